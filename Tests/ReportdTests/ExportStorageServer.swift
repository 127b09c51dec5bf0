import Counterparts
import Foundation
import Logging
import Synchronization
import Testing
import Vocabulary

@testable import reportd

/// A storage that speaks the S3 protocol and checks signatures; it is `Tests/Support/s3_server.py`,
/// and ends with the test process.
final class ExportStorageServer: Sendable {
    private struct Start: Decodable {
        let port: Int
        let bucket: String
        let region: String
        let key: String
        let secret: String
    }

    private let start: Start
    /// Its end is the server's end.
    private let life: FileHandle

    static let shared = Result { try ExportStorageServer() }

    private init() throws {
        (start, life) = try Readers.serve("s3_server.py")
    }

    var address: String { "http://127.0.0.1:\(start.port)" }

    func settings(
        key: String? = nil, secret: String? = nil, bucket: String? = nil, endpoint: String? = nil
    ) throws -> BucketSettings {
        try BucketSettings(
            endpoint: endpoint ?? address, name: bucket ?? start.bucket, region: start.region,
            keyID: key ?? start.key, secret: secret ?? start.secret)
    }

    /// A line of a configuration that leads here; the secret stands in a file.
    func configuration(secretFile: String) throws -> String {
        try start.secret.write(toFile: secretFile, atomically: true, encoding: .utf8)
        return "bucket: {endpoint: \"\(address)\", name: \(start.bucket), region: \(start.region), "
            + "key-id: \(start.key), secret-file: \"\(secretFile)\"}"
    }

    /// Sets what happens to later requests; nothing without any.
    func strike(_ faults: String = "{}") throws {
        try Readers.run("curl", ["-sf", "-X", "POST", "-d", faults, address + "/faults"])
    }

    /// The lines of all requests so far.
    func requests() throws -> [String] {
        try JSONDecoder().decode(
            [String].self, from: Readers.run("curl", ["-sf", address + "/requests"]))
    }

    /// Names of uploads in parts that are not complete.
    func uploads() throws -> [String] {
        try JSONDecoder().decode(
            [String].self, from: Readers.run("curl", ["-sf", address + "/uploads"]))
    }

    /// Does something with a client, whose pauses are written down and not made.
    func with<Result>(
        _ settings: BucketSettings? = nil, clock: WallClock = .system,
        partBytes: Int = ObjectStore.partBytes,
        _ work: (ObjectStore, Pauses) async throws -> Result
    ) async throws -> Result {
        let pauses = Pauses()
        let store = ObjectStore(
            try settings ?? self.settings(), clock: clock, logger: Logger(label: "test"),
            partBytes: partBytes, pause: { pauses.add($0) })
        defer { try? strike() }
        do {
            let result = try await work(store, pauses)
            await store.close()
            return result
        } catch {
            await store.close()
            throw error
        }
    }
}

/// Pauses that were asked for.
final class Pauses: Sendable {
    private let all = Mutex<[Duration]>([])

    func add(_ pause: Duration) { all.withLock { $0.append(pause) } }

    var list: [Duration] { all.withLock { $0 } }
}
