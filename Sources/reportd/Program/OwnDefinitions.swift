import Foundation
import Glibc
import Vocabulary

/// Definitions that are made through the pages: files like those of the operator, in a folder of their own
/// beside the state file, so that a page and its file are one thing.
///
///     own-definitions/schedules/NAME.yaml
///     own-definitions/dashboards/NAME.yaml
///
/// Invariants: each is a `WholeFile`, durable when a change returns; whoever changes one names the state
/// that they saw, and is refused when it has become another since.
struct OwnDefinitions: Sendable, Hashable {
    /// What can be made.
    enum Kind: String, Sendable { case schedules, dashboards }

    /// Bytes of a file.
    static let mostBytes = 32 << 10

    /// The folder that holds the kinds' folders.
    let folder: String

    /// Those beside a state file.
    init(besides state: String) {
        folder =
            URL(fileURLWithPath: state).deletingLastPathComponent().path + "/own-definitions"
    }

    /// What paths begin with that people are not told.
    var base: String { URL(fileURLWithPath: folder).deletingLastPathComponent().path }

    /// The paths of a kind's files, by name.
    func files(in kind: Kind) -> [String] { DefinitionFolder.files(in: kind.rawValue, of: folder) }

    /// The path of a definition; its name is an identifier, so it leads nowhere else.
    private func path(_ kind: Kind, _ name: String) -> String {
        "\(folder)/\(kind.rawValue)/\(name).yaml"
    }

    /// How a file is told of: `own-definitions/schedules/month-end.yaml`.
    func shown(_ kind: Kind, _ name: String) -> String {
        String(path(kind, name).dropFirst(base.count + 1))
    }

    /// A file's text; nil when there is none.
    func text(_ kind: Kind, _ name: String) -> String? {
        FileManager.default.contents(atPath: path(kind, name)).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// What stands for a state of a file: the SHA-256 of its text, empty for no file.
    static func version(_ text: String?) -> String {
        text.map { CloseArchive.sha256(Array($0.utf8)) } ?? ""
    }

    /// Writes a definition.
    ///
    /// - Parameters:
    ///   - kind: What it is.
    ///   - name: Its name, an identifier.
    ///   - text: Its text, which has been read and found to be well; nil removes the file.
    ///   - seen: The version that was seen before it was changed.
    /// - Throws: `Advice` when somebody else has changed it meanwhile, or it cannot be written; nothing
    ///   is changed then.
    func put(_ kind: Kind, _ name: String, _ text: String?, over seen: String) throws {
        let (path, place) = (path(kind, name), "\(folder)/\(kind.rawValue)")
        if let text, text.utf8.count > Self.mostBytes {
            throw Advice(
                .request, "the definition is longer than \(Self.mostBytes >> 10) KB",
                remedy: "write it as a file of your own folder of definitions")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: place, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            // Of two who change one file, each sees what the other wrote, in any process.
            let lock = unsafe Glibc.open(folder + "/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard lock >= 0, flock(lock, LOCK_EX) == 0 else {
                throw CocoaError(.fileWriteNoPermission)
            }
            defer { Glibc.close(lock) }
            guard Self.version(self.text(kind, name)) == seen else {
                throw Advice(
                    .request,
                    seen.isEmpty
                        ? "there is a definition ‘\(name)’ already"
                        : "‘\(name)’ has been changed since you opened it",
                    remedy: seen.isEmpty
                        ? "choose another name"
                        : "open it again, and make your change to what it is now")
            }
            guard let text else {
                guard unsafe unlink(path) == 0 else { throw CocoaError(.fileWriteUnknown) }
                return try WholeFile.synchronize(place)
            }
            try WholeFile.write(Data(text.utf8), to: path)
        } catch let advice as Advice {
            throw advice
        } catch {
            throw Advice(
                .storage, "cannot write \(path)",
                remedy: "check the disk and that this user may write there", cause: "\(error)")
        }
    }
}
