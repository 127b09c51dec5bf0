import AsyncHTTPClient
import Crypto
import Foundation
import Glibc
import NIOCore
import Vocabulary

/// Where the files of exports are: in a folder of ours, or in a bucket beyond it.
///
/// Files are made in the folder in any case, and stay there unless there is a bucket. Only this user
/// may look into it. What lies in it that no export wants is removed when the program starts.
struct ExportShelf: Sendable {
    /// Bytes that are read and sent at a time.
    private static let pieceBytes = 256 << 10

    let folder: String
    let bucket: ObjectStore?
    private let bench = Workbench(workers: 2)

    /// Makes the folder, if there is none.
    ///
    /// - Throws: `Advice` when that is not possible.
    init(folder: String, bucket: ObjectStore? = nil) throws {
        self.folder = folder
        self.bucket = bucket
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw Advice(
                .storage, "cannot make the folder \(folder) for exports",
                remedy: "make it yourself, or choose another under ‘exports’ in the configuration",
                cause: "\(error)")
        }
    }

    /// The path at which a file is made.
    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// What a file is: its bytes and their SHA-256, however large it is.
    ///
    /// - Throws: `Advice` when it cannot be read.
    static func look(at path: String) throws -> (bytes: Int, sha256: String) {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw Self.gone }
        defer { try? handle.close() }
        var (hash, count) = (SHA256(), 0)
        while let piece = try handle.read(upToCount: pieceBytes), !piece.isEmpty {
            hash.update(data: piece)
            count += piece.count
        }
        return (count, hash.finalize().hexadecimal)
    }

    /// Puts a complete file where it is kept.
    func keep(_ name: String) async throws {
        guard let bucket else { return }
        try await bucket.put(path(name), as: name)
        unlink(name)
    }

    /// Removes a file, also one that is not there.
    func remove(_ name: String) async throws {
        unlink(name)
        try await bucket?.remove(name)
    }

    private func unlink(_ name: String) {
        try? FileManager.default.removeItem(atPath: path(name))
    }

    /// Removes files that no export wants: whole ones and those that a killed program left in part.
    ///
    /// Only names that we give are looked at.
    func sweep(keeping wanted: Set<String>) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names {
            let plain = name.hasPrefix(".") ? name.dropFirst() : Substring(name)
            let id = plain.prefix { $0 != "." }
            guard Export.isID(id), !wanted.contains(String(id)) else { continue }
            unlink(name)
        }
    }

    /// A file that is about to be read.
    enum Content: Sendable {
        case file(FilePieces)
        case object(HTTPClientResponse.Body)
    }

    /// Opens a file, before its reader is told that it comes.
    ///
    /// - Throws: `Advice`, of kind `unknown` when the file is gone.
    func open(_ name: String) async throws -> Content {
        if let bucket { return .object(try await bucket.get(name)) }
        guard let handle = FileHandle(forReadingAtPath: path(name)) else { throw Self.gone }
        return .file(FilePieces(handle: handle))
    }

    /// Hands out a file piece by piece, and the last one only when all are what they were.
    ///
    /// So a reader gets the whole file as it was made, or is broken off.
    struct Pieces {
        private enum Source {
            case file(FilePieces, Workbench)
            case object(HTTPClientResponse.Body.AsyncIterator)
        }

        private let file: Export.File
        private var source: Source
        private var hash = SHA256()
        private var count = 0
        private var held: ByteBuffer?

        fileprivate init(_ content: Content, _ file: Export.File, _ bench: Workbench) {
            self.file = file
            source =
                switch content {
                case .file(let pieces): .file(pieces, bench)
                case .object(let body): .object(body.makeAsyncIterator())
                }
        }

        /// The next piece; nil after the last one.
        ///
        /// - Throws: `Advice` of kind `damaged`, instead of the last piece, when the file was changed.
        mutating func next() async throws -> ByteBuffer? {
            while let piece = try await read() {
                hash.update(data: Data(piece.readableBytesView))
                count += piece.readableBytes
                let ready = held
                held = piece
                if let ready { return ready }
            }
            guard let last = held else { return nil }
            guard count == file.bytes, hash.finalize().hexadecimal == file.sha256 else {
                throw Advice(
                    .damaged, "the file of the export is not as it was made",
                    remedy: "ask for the export again")
            }
            held = nil
            return last
        }

        private mutating func read() async throws -> ByteBuffer? {
            switch source {
            case .file(let pieces, let bench):
                return try await bench.run { try pieces.next(pieceBytes) }.map {
                    ByteBuffer(bytes: $0)
                }
            case .object(var iterator):
                let piece = try await iterator.next(isolation: #isolation)
                source = .object(iterator)
                return piece
            }
        }
    }

    /// The pieces of an open file.
    func pieces(_ content: Content, _ file: Export.File) -> Pieces {
        Pieces(content, file, bench)
    }

    private static var gone: Advice {
        Advice(
            .unknown, "the file of the export is gone", remedy: "ask for the export again")
    }

    /// A file that is read on another thread, by one reader at a time.
    final class FilePieces: @unchecked Sendable {
        // Unchecked: the next piece is asked for only when the last one has come.
        private let handle: FileHandle

        init(handle: FileHandle) { self.handle = handle }

        deinit { try? handle.close() }

        func next(_ count: Int) throws -> Data? {
            let data = try handle.read(upToCount: count)
            return data.flatMap { $0.isEmpty ? nil : $0 }
        }
    }
}
