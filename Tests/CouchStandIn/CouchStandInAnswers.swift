import Foundation
import Glibc
import Synchronization

/// What a request for changes asks for.
private struct ChangesQuery {
    var since = CouchStandInDatabase.Place(0)
    var limit = Int.max
    var withDocuments = false
    var withConflicts = false
    var isDescending = false
    var listsLeaves = false
    var interval = 1
    var feed = "normal"
    /// Milliseconds.
    var heartbeat: Int?
    var timeout = 60_000
}

extension CouchStandIn {
    private static let reasons = [
        200: "OK", 201: "Created", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
        404: "Object Not Found", 405: "Method Not Allowed", 412: "Precondition Failed",
        500: "Internal Server Error", 503: "Service Unavailable",
    ]
    private static let server = "Server: CouchDB/3.5.0 (Erlang OTP/25)\r\n"

    func answer(_ request: CouchStandInRequest, on wire: CouchStandInWire) {
        let fault = content.withLock { content -> Fault in
            guard
                let index = content.faults.firstIndex(where: { request.target.contains($0.part) })
            else { return .none }
            return content.faults.remove(at: index).fault
        }
        wire.arm(fault)
        if case .status(let status, let body) = fault {
            return send(status, body, request, wire)
        }
        let parts = request.path.split(separator: "/").map {
            $0.removingPercentEncoding ?? String($0)
        }
        if parts.first == "_session" { return session(request, wire) }
        if parts.isEmpty {
            return send(
                200,
                #"{"couchdb":"Welcome","version":"3.5.0","git_sha":"11f0d3643","uuid":"#
                    + #""0a959b9b8227188afc2ac26ccdf345a6","features":["access-ready","#
                    + #""partitioned","pluggable-storage-engines","reshard","scheduler"],"#
                    + #""vendor":{"name":"The Apache Software Foundation"}}"#, request, wire)
        }
        if parts == ["_up"] {
            return send(200, #"{"status":"ok","seeds":{}}"#, request, wire)
        }
        if let refusal = refusal(of: request) {
            return send(refusal.status, refusal.body, request, wire)
        }
        if forbidden.contains(parts[0]) {
            return send(
                403, #"{"error":"forbidden","reason":"You are not allowed to access this db."}"#,
                request, wire)
        }
        guard let database = content.withLock({ $0.databases[parts[0]] }) else {
            return send(
                404, #"{"error":"not_found","reason":"Database does not exist."}"#, request, wire)
        }
        switch parts.dropFirst().first {
        case nil: information(database, request, wire)
        case "_changes"?: changes(database, request, wire, fault)
        case "_all_docs"?: allDocuments(database, request, wire)
        case let id?: document(database, id, request, wire)
        }
    }

    // MARK: Who asks

    /// Why a request may not be answered; nil when it may.
    private func refusal(of request: CouchStandInRequest) -> (status: Int, body: String)? {
        guard let user else { return nil }
        if let cookie = request.headers["cookie"], cookie.hasPrefix("AuthSession=") {
            let value = String(cookie.dropFirst("AuthSession=".count))
            if content.withLock({ $0.cookies.contains(value) }) { return nil }
            if value.count < 20 {
                return (
                    400,
                    #"{"error":"bad_request","reason":"Malformed AuthSession cookie. "#
                        + #"Please clear your cookies."}"#
                )
            }
        } else if let header = request.headers["authorization"], header.hasPrefix("Basic ") {
            let token = Data("\(user.name):\(user.password)".utf8).base64EncodedString()
            if header == "Basic " + token { return nil }
            return (
                401, #"{"error":"unauthorized","reason":"Name or password is incorrect."}"#
            )
        }
        return (
            401,
            #"{"error":"unauthorized","reason":"You are not authorized to access this db."}"#
        )
    }

    private func session(_ request: CouchStandInRequest, _ wire: CouchStandInWire) {
        let given = (try? JSONSerialization.jsonObject(with: Data(request.body))) as? [String: Any]
        guard let user, request.method == "POST",
            given?["name"] as? String == user.name,
            given?["password"] as? String == user.password
        else {
            return send(
                401, #"{"error":"unauthorized","reason":"Name or password is incorrect."}"#,
                request, wire)
        }
        let cookie = content.withLock { content -> String in
            content.cookieCount += 1
            content.logins += 1
            let cookie = "cmVwb3J0ZDo" + Self.digest("\(content.cookieCount)").prefix(30)
            content.cookies.insert(String(cookie))
            return String(cookie)
        }
        send(
            200, #"{"ok":true,"name":\#(CouchStandInJSON.quoted(user.name)),"roles":[]}"#, request,
            wire,
            more: "Set-Cookie: AuthSession=\(cookie); Version=1; Expires="
                + "\(Self.date(Date(timeIntervalSinceNow: 600))); Max-Age=600; Path=/; HttpOnly\r\n"
        )
    }

    // MARK: Plain answers

    private func send(
        _ status: Int, _ body: String, _ request: CouchStandInRequest, _ wire: CouchStandInWire,
        more: String = ""
    ) {
        let bytes = Array((body + "\n").utf8)
        wire.head(
            "HTTP/1.1 \(status) \(Self.reasons[status] ?? "Status")\r\n"
                + "Cache-Control: must-revalidate\r\nContent-Length: \(bytes.count)\r\n"
                + "Content-Type: application/json\r\nDate: \(Self.date(Date()))\r\n"
                + Self.server + more + "\r\n")
        if request.method != "HEAD" { wire.body(bytes) }
    }

    private func beginChunks(_ wire: CouchStandInWire, tag: String?) {
        wire.head(
            "HTTP/1.1 200 OK\r\nCache-Control: must-revalidate\r\n"
                + "Content-Type: application/json\r\nDate: \(Self.date(Date()))\r\n"
                + (tag.map { "ETag: \"\($0)\"\r\n" } ?? "") + Self.server
                + "Transfer-Encoding: chunked\r\n\r\n")
    }

    static func date(_ date: Date) -> String {
        var moment = time_t(date.timeIntervalSince1970)
        var parts = tm()
        gmtime_r(&moment, &parts)
        var text = [CChar](repeating: 0, count: 64)
        strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
        return String(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func information(
        _ database: CouchStandInDatabase, _ request: CouchStandInRequest, _ wire: CouchStandInWire
    ) {
        let living = database.documents.values.count { !$0.winner.isDeleted }
        send(
            200,
            "{\"instance_start_time\":\"\(database.started)\",\"db_name\":"
                + "\(CouchStandInJSON.quoted(database.name)),\"purge_seq\":\"\(database.purges)-g1AA\","
                + "\"update_seq\":\"\(database.sequence(database.changes))\","
                + "\"sizes\":{\"file\":66784,\"external\":1024,\"active\":2048},\"props\":{},"
                + "\"doc_del_count\":\(database.documents.count - living),"
                + "\"doc_count\":\(living),\"disk_format_version\":8,\"compact_running\":false,"
                + "\"cluster\":{\"q\":2,\"n\":1,\"w\":1,\"r\":1}}", request, wire)
    }

    private func document(
        _ database: CouchStandInDatabase, _ id: String, _ request: CouchStandInRequest,
        _ wire: CouchStandInWire
    ) {
        guard let found = database.documents[id] else {
            return send(404, #"{"error":"not_found","reason":"missing"}"#, request, wire)
        }
        guard !found.winner.isDeleted else {
            return send(404, #"{"error":"not_found","reason":"deleted"}"#, request, wire)
        }
        send(200, found.body, request, wire)
    }

    private func allDocuments(
        _ database: CouchStandInDatabase, _ request: CouchStandInRequest, _ wire: CouchStandInWire
    ) {
        let withDocuments = request.parameters["include_docs"] == "true"
        let withConflicts = request.parameters["conflicts"] == "true"
        func row(_ found: CouchStandInDatabase.Document) -> String {
            let id = CouchStandInJSON.quoted(found.id)
            let body = withConflicts ? found.bodyWithConflicts : found.body
            return "{\"id\":\(id),\"key\":\(id),\"value\":{\"rev\":\"\(found.winner.revision)\"}"
                + (withDocuments ? ",\"doc\":\(body)" : "") + "}"
        }
        let living = database.documents.values.filter { !$0.winner.isDeleted }
            .sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
        var rows: [String] = []
        var offset = "0"
        if request.method == "POST" {
            let given =
                (try? JSONSerialization.jsonObject(with: Data(request.body))) as? [String: Any]
            guard let keys = given?["keys"] as? [String] else {
                return send(
                    400,
                    #"{"error":"bad_request","reason":"`keys` body member must be an array."}"#,
                    request, wire)
            }
            offset = "null"
            rows = keys.map { id in
                let key = CouchStandInJSON.quoted(id)
                guard let found = database.documents[id] else {
                    return "{\"key\":\(key),\"error\":\"not_found\"}"
                }
                guard found.winner.isDeleted else { return row(found) }
                return "{\"id\":\(key),\"key\":\(key),\"value\":{\"rev\":"
                    + "\"\(found.winner.revision)\",\"deleted\":true}"
                    + (withDocuments ? ",\"doc\":null" : "") + "}"
            }
        } else {
            rows = living.map(row)
        }
        beginChunks(wire, tag: Self.digest("\(database.changes)"))
        wire.add("{\"total_rows\":\(living.count),\"offset\":\(offset),\"rows\":[\r\n")
        for (index, text) in rows.enumerated() {
            wire.add(index == 0 ? text : ",\r\n" + text)
        }
        wire.add("\r\n]}\n")
        wire.endChunks()
    }

    // MARK: Changes

    private func query(
        _ database: CouchStandInDatabase, _ request: CouchStandInRequest
    ) -> (ChangesQuery?, status: Int, refusal: String) {
        var query = ChangesQuery()
        let parameters = request.parameters
        if let since = parameters["since"] {
            guard let place = database.place(of: since) else {
                return (
                    nil, 400,
                    #"{"error":"bad_request","reason":"Malformed sequence supplied in 'since' "#
                        + #"parameter."}"#
                )
            }
            query.since = place
        }
        if let limit = parameters["limit"] {
            guard let number = Int(limit) else {
                return (nil, 500, #"{"error":"unknown_error","reason":"badarg","ref":1793775513}"#)
            }
            query.limit = number
        }
        if let heartbeat = parameters["heartbeat"] {
            guard let number = heartbeat == "true" ? 60_000 : Int(heartbeat), number > 0 else {
                return (
                    nil, 400,
                    #"{"error":"bad_request","reason":"Invalid heartbeat value. Expecting a "#
                        + #"positive integer value (in milliseconds)."}"#
                )
            }
            query.heartbeat = number
        }
        query.timeout = parameters["timeout"].flatMap { Int($0) } ?? query.timeout
        query.withDocuments = parameters["include_docs"] == "true"
        query.withConflicts = parameters["conflicts"] == "true"
        query.isDescending = parameters["descending"] == "true"
        query.listsLeaves = parameters["style"] == "all_docs"
        query.interval = max(1, parameters["seq_interval"].flatMap { Int($0) } ?? 1)
        query.feed = parameters["feed"] ?? "normal"
        guard ["normal", "continuous", "live", "longpoll"].contains(query.feed) else {
            return (
                nil, 400,
                #"{"error":"bad_request","reason":"Supported `feed` types: normal, continuous, "#
                    + #"live, longpoll, eventsource"}"#
            )
        }
        return (query, 200, "")
    }

    private func row(
        _ document: CouchStandInDatabase.Document, sequence: String?, _ query: ChangesQuery
    ) -> String {
        let winner = document.winner
        var leaves = [winner.revision]
        if query.listsLeaves {
            leaves += document.leaves.map(\.revision).filter { $0 != winner.revision }.sorted(by: >)
        }
        let changes = leaves.map { "{\"rev\":\"\($0)\"}" }.joined(separator: ",")
        var text = "{\"seq\":" + (sequence.map { "\"\($0)\"" } ?? "null")
        text += ",\"id\":\(CouchStandInJSON.quoted(document.id)),\"changes\":[\(changes)]"
        if winner.isDeleted { text += ",\"deleted\":true" }
        if query.withDocuments {
            text += ",\"doc\":" + (query.withConflicts ? document.bodyWithConflicts : document.body)
        }
        return text + "}"
    }

    /// The rows after a place, with the place after each.
    private func rows(
        of database: CouchStandInDatabase, after since: CouchStandInDatabase.Place,
        descending: Bool, fault: Fault
    ) -> [(place: CouchStandInDatabase.Place, document: CouchStandInDatabase.Document)] {
        var start = descending ? CouchStandInDatabase.Place(0) : since
        switch fault {
        case .rewind(let count): start = .init(max(0, start.base - count))
        case .reorder(let seed) where start.base == start.end:
            start = .init(base: start.base, end: database.changes, seed: seed, offset: 0)
        default: break
        }
        var found = database.rows(after: start)
        if descending { found.reverse() }
        if case .duplicates = fault { found = found.flatMap { [$0, $0] } }
        return found
    }

    private func changes(
        _ database: CouchStandInDatabase, _ request: CouchStandInRequest,
        _ wire: CouchStandInWire, _ fault: Fault
    ) {
        let (query, status, refusal) = query(database, request)
        guard let query else { return send(status, refusal, request, wire) }
        if query.feed == "continuous" || query.feed == "live" {
            return follow(database, query, wire, fault)
        }
        beginChunks(
            wire, tag: query.feed == "normal" ? Self.digest("\(database.sequence(0))") : nil)
        if request.method == "HEAD" { return }
        wire.add("{\"results\":[\n")
        var database = database
        var found = rows(
            of: database, after: query.since, descending: query.isDescending, fault: fault)
        if query.feed == "longpoll", found.isEmpty {
            wire.flush()
            guard let changed = wait(database, query, wire, beating: { wire.add("\n") }) else {
                return
            }
            database = changed
            found = rows(of: database, after: query.since, descending: false, fault: fault)
        }
        let page = found.prefix(max(0, query.limit))
        let pace = content.withLock { $0.pace }
        let began = ContinuousClock.now
        for (index, one) in page.enumerated() {
            if case .errorLine(let count) = fault, index == count {
                wire.add("\n{\"error\":\"internal_server_error\",\"reason\":\"shard lost\"}\n")
                return wire.endChunks()
            }
            let isMarked = index % query.interval == 0
            let text = row(
                one.document, sequence: isMarked ? database.sequence(one.place) : nil, query)
            wire.add(index == 0 ? text : ",\r\n" + text)
            if wire.isBroken { return }
            if let pace, index % 100 == 99 {
                let due = began + .seconds(1) * index / pace
                let early = ContinuousClock.now.duration(to: due)
                if early > .milliseconds(1) {
                    usleep(UInt32(early.components.attoseconds / 1_000_000_000_000))
                }
            }
        }
        let last =
            page.count < found.count || query.isDescending
            ? page.last?.place ?? query.since : .init(database.changes)
        wire.add(
            "\n],\n\"last_seq\":\"\(database.sequence(last))\","
                + "\"pending\":\(found.count - page.count)}\n\n")
        wire.endChunks()
    }

    /// Waits for a change; nil when the other side has gone or the wait is over.
    private func wait(
        _ database: CouchStandInDatabase, _ query: ChangesQuery, _ wire: CouchStandInWire,
        beating: () -> Void
    ) -> CouchStandInDatabase? {
        let end = Date(timeIntervalSinceNow: Double(query.timeout) / 1000)
        var beat = query.heartbeat.map { Date(timeIntervalSinceNow: Double($0) / 1000) }
        while true {
            condition.lock()
            let now = content.withLock { $0.databases[database.name] }
            if let now, now.identity == database.identity, now.changes <= database.changes {
                _ = condition.wait(until: min(beat ?? end, Date(timeIntervalSinceNow: 0.05)))
            }
            condition.unlock()
            if wire.isAbandoned || content.withLock({ $0.isClosed }) { return nil }
            let present = content.withLock { $0.databases[database.name] }
            guard let present, present.identity == database.identity else { return database }
            if present.changes > database.changes { return present }
            if let due = beat, let period = query.heartbeat {
                if Date() >= due {
                    beating()
                    wire.flush()
                    beat = due.addingTimeInterval(Double(period) / 1000)
                }
            } else if Date() >= end {
                return database
            }
        }
    }

    private func follow(
        _ database: CouchStandInDatabase, _ query: ChangesQuery, _ wire: CouchStandInWire,
        _ fault: Fault
    ) {
        beginChunks(wire, tag: nil)
        var database = database
        var since = query.since
        var fault = fault
        var left = query.limit
        while !wire.isBroken {
            let found = rows(of: database, after: since, descending: false, fault: fault)
            fault = .none
            for one in found where left > 0 {
                wire.add(
                    row(one.document, sequence: database.sequence(one.place), query) + "\n")
                since = one.place
                left -= 1
            }
            wire.flush()
            if left == 0 { break }
            since = .init(database.changes)
            guard let changed = wait(database, query, wire, beating: { wire.add("\n") }) else {
                return
            }
            if changed.changes == database.changes { break }
            database = changed
        }
        wire.add("{\"last_seq\":\"\(database.sequence(since))\",\"pending\":0}\n")
        wire.endChunks()
    }
}
