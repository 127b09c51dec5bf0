import AsyncHTTPClient
import Foundation
import NIOCore
import Store
import Vocabulary

/// One connection's worth of reading a CouchDB server.
///
/// ```
/// look at server and databases → read pages until level → follow all databases at once
///      → (a feed ends, a database is not what it was, the connection breaks) → begin again
/// ```
struct CouchSession: Sendable {
    let definition: SourceDefinition
    let client: CouchClient
    /// For feeds that are silent for no longer than their heartbeat allows.
    let following: CouchClient
    let writer: CouchWriter
    let timing: CouchTiming
    let log: @Sendable (IngestEvent) -> Void
    let report: @Sendable ((inout SourceStatus) -> Void) -> Void

    /// The databases that the mapping names, in its order.
    private var names: [String] {
        var names: [String] = []
        for table in definition.tables where !names.contains(table.name) {
            names.append(table.name)
        }
        return names
    }

    /// Reads everything up to the server's present state.
    func readUp(reloading: Bool) async throws {
        report { $0.state = .checking }
        let server = try await identity()
        var databases: [CouchDatabase] = []
        for name in names { databases.append(try await look(at: name, server)) }
        let purposes = try await writer.begin(databases, reloading: reloading)
        if purposes.values.contains(where: { $0 != .follow }) { report { $0.state = .loading } }
        for name in names {
            let purpose = purposes[name] ?? .follow
            if purpose != .follow { log(.loading(table: name)) }
            try await readPages(name)
            if purpose == .resync {
                await writer.removeUnmet(name)
                try await fetchWanted(name)
                try await writer.finishResync(name)
            }
        }
        if purposes.values.contains(.load) {
            try await writer.finishLoad()
            for name in names { try await readPages(name) }
        }
    }

    /// Follows all databases, until something ends one of the feeds.
    ///
    /// - Throws: Always: what ended it.
    func follow(progressed: @escaping @Sendable () -> Void) async throws {
        await writer.tellFollowing()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in names {
                group.addTask { try await follow(name, progressed) }
            }
            group.addTask { try await watch() }
            defer { group.cancelAll() }
            try await group.next()
        }
        throw CouchFailure.feedEnded
    }

    // MARK: Looking

    /// The server's own identity.
    ///
    /// - Throws: `CouchFailure` when it is no CouchDB.
    func identity() async throws -> String {
        let answer = try await client.json("")
        guard answer["couchdb"] != nil else {
            throw CouchFailure.foreign("its first page does not say ‘couchdb’")
        }
        return Self.text(answer["uuid"])
    }

    /// What a database is now.
    func look(at name: String, _ server: String) async throws -> CouchDatabase {
        let answer = try await client.json(Self.path(name))
        guard answer["db_name"] != nil else {
            throw CouchFailure.foreign("/\(name) is no database")
        }
        return CouchDatabase(
            name: name, started: Self.text(answer["instance_start_time"]), server: server,
            purged: Self.text(answer["purge_seq"]), newest: Self.text(answer["update_seq"]))
    }

    /// Looks at the databases now and then: a purge, for one, is in no feed.
    private func watch() async throws {
        while true {
            try await Task.sleep(for: timing.check)
            let server = try await identity()
            for name in names {
                let database = try await look(at: name, server)
                if await writer.mismatch(database) != nil {
                    throw CouchFailure.databaseChanged(name)
                }
            }
        }
    }

    // MARK: Pages

    /// Reads pages until none is left.
    ///
    /// The server is asked for the page that follows before the rows of this one are written.
    private func readPages(_ name: String) async throws {
        var stream = try await page(of: name, since: await writer.since(name))
        while true {
            await writer.beginAnswer(name, time: stream.time)
            do {
                for try await chunk in stream.body {
                    if try await writer.take(chunk, name).isEnough { try await write(name) }
                }
            } catch {
                throw try understood(error, client)
            }
            let end = try await writer.endAnswer(name)
            if end.rows == 0 || end.pending == 0 { return try await write(name) }
            async let following = page(of: name, since: end.sequence)
            try await write(name)
            stream = try await following
        }
    }

    private func page(of name: String, since: String) async throws -> CouchClient.Stream {
        try await changes(
            name,
            "\(Self.path(name))/_changes?feed=normal&include_docs=true&conflicts=true"
                + "&limit=\(timing.pageRows)&seq_interval=\(min(timing.markRows, timing.pageRows))"
                + "&since=\(Self.escaped(since))")
    }

    /// Asks for changes; a sequence that the server no longer takes is forgotten.
    private func changes(_ name: String, _ path: String) async throws -> CouchClient.Stream {
        do {
            return try await client.stream(path)
        } catch let failure as CouchFailure where failure.isMalformedSequence {
            await writer.distrust(name)
            throw CouchFailure.databaseChanged(name)
        }
    }

    private func write(_ name: String) async throws {
        try await fetchWanted(name)
        try await writer.write(name)
    }

    /// Asks for documents that rows pass to, until none is wanted.
    private func fetchWanted(_ name: String) async throws {
        while true {
            let ids = await writer.takeWanted(name)
            if ids.isEmpty { return }
            for start in stride(from: 0, to: ids.count, by: 500) {
                let some = Array(ids[start..<min(start + 500, ids.count)])
                await writer.take(try await documents(some, name), name)
            }
        }
    }

    private func documents(_ ids: [String], _ name: String) async throws -> [CouchDocument] {
        let keys = JSONValue.object([
            .init(name: "keys", value: .array(ids.map { .text($0) }))
        ])
        let answer = try await client.json(
            "\(Self.path(name))/_all_docs?include_docs=true&conflicts=true",
            posting: keys.serialized)
        guard case .array(let rows)? = answer["rows"], rows.count == ids.count else {
            throw CouchFailure.foreign("/\(name)/_all_docs without its rows")
        }
        return zip(ids, rows).map { id, row in
            if case .object? = row["doc"], let body = row["doc"] {
                return CouchDocument(
                    id: id, revision: Self.text(body["_rev"]), isDeleted: false, body: body)
            }
            return CouchDocument(
                id: id, revision: Self.text(row["value"]?["rev"]), isDeleted: true, body: nil)
        }
    }

    // MARK: Following

    /// Follows one database until its feed ends.
    private func follow(
        _ name: String, _ progressed: @escaping @Sendable () -> Void
    ) async throws {
        let since = await writer.since(name)
        let heartbeat = timing.heartbeat.components
        let milliseconds =
            heartbeat.seconds * 1000 + heartbeat.attoseconds / 1_000_000_000_000_000
        let stream = try await following.stream(
            "\(Self.path(name))/_changes?feed=continuous&include_docs=true&conflicts=true"
                + "&heartbeat=\(milliseconds)&since=\(Self.escaped(since))")
        await writer.beginAnswer(name, time: stream.time)
        do {
            for try await chunk in stream.body {
                let taken = try await writer.take(chunk, name)
                progressed()
                if taken.rows > 0 { try await write(name) } else { await writer.hear(name) }
            }
        } catch {
            throw try understood(error, following)
        }
        _ = try await writer.endAnswer(name)
        try await write(name)
        throw CouchFailure.feedEnded
    }

    /// Our own errors as they are, the client's as what they mean.
    private func understood(_ error: any Error, _ client: CouchClient) throws -> any Error {
        if error is Advice { return error }
        return try client.passing(error)
    }

    // MARK: Words

    private static func text(_ json: JSONValue?) -> String {
        switch json {
        case .text(let text)?: text
        case .number(let digits)?: digits
        default: ""
        }
    }

    private static let plain = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: plain) ?? text
    }

    /// A database's name within an address; names may hold slashes and plus signs.
    static func path(_ name: String) -> String { escaped(name) }
}
