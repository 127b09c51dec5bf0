import Foundation
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// A real PgBouncer before a server, on a Unix socket of its own.
final class PooledServer: Sendable {
    let folder: String
    private let owner: String

    /// Starts it before the shared cluster; it sends a statement of its own as soon as it has
    /// connected, if one is given.
    init(connectQuery: String? = nil) throws {
        let number = UInt32.random(in: 0...UInt32.max)
        folder = FileManager.default.temporaryDirectory.path + "/reportd-pool-\(number)"
        owner = getuid() == 0 ? "postgres" : NSUserName()
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let query = connectQuery.map { " connect_query='\($0)'" } ?? ""
        // With ‘any’, whoever comes is the user that the database names.
        let settings = """
            [databases]
            * = host=\(ScratchCluster.shared.folder) port=5432 user=postgres\(query)
            [pgbouncer]
            listen_addr =
            unix_socket_dir = \(folder)
            listen_port = 6432
            auth_type = any
            pool_mode = transaction
            default_pool_size = 2
            logfile = \(folder)/log
            pidfile = \(folder)/pid
            [users]
            """
        try settings.write(toFile: folder + "/pgbouncer.ini", atomically: true, encoding: .utf8)
        let start = getuid() == 0 ? "runuser -u postgres -- " : ""
        let code = system(
            "chown -R \(owner) '\(folder)' && \(start)/usr/sbin/pgbouncer -q -d '\(folder)/pgbouncer.ini' "
                + ">'\(folder)/out' 2>&1 </dev/null")
        guard code == 0 else {
            let said = try? String(contentsOfFile: folder + "/out", encoding: .utf8)
            try? FileManager.default.removeItem(atPath: folder)
            throw Advice(.input, "pgbouncer did not start: \(said ?? "")")
        }
        // It has gone into the background before it listens.
        for _ in 0..<500 where !FileManager.default.fileExists(atPath: folder + "/.s.PGSQL.6432") {
            usleep(20_000)
        }
    }

    deinit {
        if let text = try? String(contentsOfFile: folder + "/pid", encoding: .utf8),
            let process = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines))
        {
            kill(process, SIGTERM)
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    func connection(_ database: String) -> String {
        "host=\(folder) port=6432 dbname=\(database) user=postgres"
    }
}
