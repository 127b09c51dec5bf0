import Foundation
import Vocabulary

extension ScratchPostgres {
    /// Where a cluster's files and socket lie.
    ///
    /// Usually all is in the folder that was asked for. Two limits of the system can move a part:
    /// a socket's path may have 107 bytes, and as root we run the server as user `postgres`, who
    /// must be able to enter every folder on the way.
    struct Location: Sendable {
        /// The cluster's folder: data, log, and usually the socket.
        let folder: String
        /// The folder of the socket.
        let socketFolder: String
        /// What was moved and why, one sentence each; empty as a rule.
        let notes: [String]

        /// The data directory.
        var data: String { folder + "/data" }
        /// The server's log.
        var log: String { folder + "/postgres.log" }

        /// The longest path of a Unix socket, from `sun_path` of `sockaddr_un` less its NUL.
        static let longestSocketPath = 107
        /// The socket's file name for port 5432.
        static let socketName = "/.s.PGSQL.5432"

        /// Decides where a cluster asked for in `folder` lies.
        init(folder wanted: String, user: ServerUser) {
            let absolute = URL(fileURLWithPath: wanted).standardizedFileURL.path
            var notes: [String] = []
            var folder = absolute
            if case .postgres = user, let closed = Self.firstClosedFolder(above: absolute) {
                folder = "/var/tmp" + "/reportd-\(Self.shortName(of: absolute))"
                notes.append(
                    "the database is kept in \(folder), because user postgres may not enter "
                        + closed)
            }
            var socketFolder = folder
            if (folder + Self.socketName).utf8.count > Self.longestSocketPath {
                socketFolder = "/tmp" + "/reportd-\(Self.shortName(of: folder))"
                notes.append(
                    "the database's socket is in \(socketFolder), because the path of "
                        + "\(folder) is too long for one")
            }
            self.folder = folder
            self.socketFolder = socketFolder
            self.notes = notes
        }

        /// The first folder on the way to `path` that other users may not enter.
        private static func firstClosedFolder(above path: String) -> String? {
            var current = ""
            for part in path.split(separator: "/").dropLast() {
                current += "/" + part
                let attributes = try? FileManager.default.attributesOfItem(atPath: current)
                // Folders that do not exist yet are made by us, open to others.
                guard let mode = attributes?[.posixPermissions] as? NSNumber else { return nil }
                if mode.intValue & 0o001 == 0 { return current }
            }
            return nil
        }

        /// Twelve hexadecimal digits that stay the same for a path (FNV-1a).
        private static func shortName(of path: String) -> String {
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
            let digits = String(hash, radix: 16)
            return String((String(repeating: "0", count: 16 - digits.count) + digits).prefix(12))
        }
    }
}
