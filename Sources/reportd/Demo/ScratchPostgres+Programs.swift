import Foundation
import Vocabulary

extension ScratchPostgres {
    /// Where PostgreSQL's programs are, and the system user that the server runs as.
    struct Programs: Sendable {
        /// Makes a cluster.
        let initdb: String
        /// The server.
        let postgres: String
        /// Tells whether a server answers.
        let isReady: String
        /// The client that reads SQL.
        let psql: String
        /// Runs a program as another user and ties its life to ours.
        let setpriv: String

        /// Looks for the programs of the newest version.
        ///
        /// - Parameter folders: Where to look, in order of preference.
        /// - Returns: Their full paths.
        /// - Throws: `Advice` that names what is missing and the package that has it.
        static func locate(in folders: [String] = searchFolders()) throws -> Programs {
            func find(_ name: String, package: String) throws -> String {
                for folder in folders {
                    let path = folder + "/" + name
                    if FileManager.default.isExecutableFile(atPath: path) { return path }
                }
                throw Advice(
                    .unreachable, "PostgreSQL's program \(name) is not on this machine",
                    remedy: "run: apt-get install \(package)",
                    cause: "looked in \(folders.joined(separator: ", "))")
            }
            return Programs(
                initdb: try find("initdb", package: "postgresql"),
                postgres: try find("postgres", package: "postgresql"),
                isReady: try find("pg_isready", package: "postgresql"),
                psql: try find("psql", package: "postgresql"),
                setpriv: try find("setpriv", package: "util-linux"))
        }

        /// Debian's folders of server programs, newest version first, then the folders of PATH.
        static func searchFolders() -> [String] {
            let root = "/usr/lib/postgresql"
            let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [])
                .compactMap { name in Int(name).map { (number: $0, name: name) } }
                .sorted { $0.number > $1.number }
                .map { "\(root)/\($0.name)/bin" }
            let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
            return versions + path.split(separator: ":").map(String.init)
                + ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]
        }
    }

    /// Who runs the server: PostgreSQL refuses to run as root.
    enum ServerUser: Sendable {
        /// We ourselves, an ordinary user.
        case ourselves(uid: UInt32)
        /// The system user of Debian's package, because we are root.
        case postgres(uid: UInt32, gid: UInt32)

        /// Chooses the user.
        ///
        /// - Throws: `Advice` when we are root and there is no user `postgres`.
        static func choose() throws -> ServerUser {
            let uid = geteuid()
            guard uid == 0 else { return .ourselves(uid: uid) }
            // /etc/passwd is where Debian's package puts its user: name:x:uid:gid:…
            let table = (try? String(contentsOfFile: "/etc/passwd", encoding: .utf8)) ?? ""
            for line in table.split(separator: "\n") where line.hasPrefix("postgres:") {
                let fields = line.split(separator: ":", omittingEmptySubsequences: false)
                if fields.count >= 4, let uid = UInt32(fields[2]), let gid = UInt32(fields[3]) {
                    return .postgres(uid: uid, gid: gid)
                }
            }
            throw Advice(
                .unreachable, "PostgreSQL refuses to run as root and there is no user ‘postgres’",
                remedy: "run: apt-get install postgresql, or start reportd as an ordinary user")
        }

        /// The user's number.
        var uid: UInt32 {
            switch self {
            case .ourselves(let uid), .postgres(let uid, _): uid
            }
        }

        /// The arguments of setpriv that make a program this user's.
        var privileges: [String] {
            switch self {
            case .ourselves: []
            case .postgres(let uid, let gid): ["--reuid=\(uid)", "--regid=\(gid)", "--init-groups"]
            }
        }
    }
}
