import Vocabulary

/// The files of closed periods, each under the SHA-256 of its bytes.
struct CloseArchive: Sendable {
    private let files: HashedFiles

    /// Where they are.
    var folder: String { files.folder }

    /// The archive in a folder.
    init(folder: String) {
        files = HashedFiles(
            folder: folder, content: "a file of the closed period",
            loss: "the period was not closed")
    }

    /// Keeps bytes; durable when this returns.
    ///
    /// - Returns: Their SHA-256.
    /// - Throws: `Advice` of kind `storage`.
    func keep(_ bytes: [UInt8]) throws -> String { try files.keep(bytes) }

    /// The bytes of a file, as they were kept.
    ///
    /// - Throws: `Advice`: `storage` when the file is gone, `damaged` when it was changed.
    func bytes(of file: PeriodClose.File) throws -> [UInt8] {
        try files.bytes(file.sha256, naming: "archived file of ‘\(file.report)’")
    }

    /// Removes a file that no close names any more.
    func remove(_ sha256: String) { files.remove(sha256) }

    /// The SHA-256 of bytes, in hexadecimal digits.
    static func sha256(_ bytes: [UInt8]) -> String { HashedFiles.sha256(bytes) }
}
