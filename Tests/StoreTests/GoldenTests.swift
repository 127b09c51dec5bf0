import Foundation
import Testing
import Vocabulary

@testable import Store

/// Files of format version 1, which this and every later version must read.
///
/// `Golden/values.txt` has a line per file: its name, its codec, its rows, and the CRC-32C of its
/// values as text, one to a line. The format is frozen: a file that is there is never written anew.
/// `REPORTD_GOLDEN=add swift test --filter GoldenTests` adds those of samples that have none yet.
@Suite struct GoldenTests {
    private struct Line: Equatable {
        var name: String
        var codec: String
        var rows: Int
        var checksum: UInt32

        var text: String { "\(name) \(codec) \(rows) \(String(checksum, radix: 16))" }
    }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden")
    private static let storeName = "store.sqlite.zst"

    private static func checksum(_ values: some Sequence<String>) -> UInt32 {
        Checksum.crc32c(Array(values.joined(separator: "\n").utf8))
    }

    /// The values of a chunk as text, one per row.
    private static func values(_ chunk: Chunk) throws -> [String] {
        switch chunk.codec {
        case .plainText, .dictionaryText:
            let vector = try #require(TextVector(chunk))
            return (0..<chunk.count).map { vector[$0].map { "=\($0)" } ?? "" }
        case .uuid:
            let vector = try #require(KeyVector(chunk))
            return (0..<chunk.count).map { "\(vector[$0])" }
        case .filter:
            let filter = try #require(KeyFilter(chunk))
            return (0..<UInt64(4000)).map { "\(filter.mayContain($0 &* 0x9E37_79B9_7F4A_7C15))" }
        default:
            let source = chunk.codec == .related ? try relatedSource() : nil
            let vector = try #require(CodecSamples.vector(chunk, source: source))
            return vector.all.map { "\($0)" }
        }
    }

    /// The chunk that the numbers of related ones follow from.
    private static func relatedSource() throws -> Chunk {
        try chunk("related-source.chunk")
    }

    private static func chunk(_ name: String) throws -> Chunk {
        let data = try Data(contentsOf: folder.appendingPathComponent(name))
        return try #require(Chunk(encoded: [UInt8](data)), "\(name)")
    }

    private static func lines() throws -> [String] {
        try String(contentsOf: folder.appendingPathComponent("values.txt"), encoding: .utf8)
            .split(separator: "\n").map(String.init)
    }

    @Test func everyGoldenChunkIsReadAsItWasWritten() throws {
        if ProcessInfo.processInfo.environment["REPORTD_GOLDEN"] == "add" { try Self.add() }
        var codecs: Set<String> = []
        for line in try Self.lines() {
            let name = try #require(line.split(separator: " ").first.map(String.init))
            if name == Self.storeName { continue }
            let chunk = try Self.chunk(name)
            let found = Line(
                name: name, codec: "\(chunk.codec)", rows: chunk.count,
                checksum: Self.checksum(try Self.values(chunk)))
            #expect(found.text == line)
            codecs.insert(found.codec)
        }
        #expect(codecs == Set(Chunk.Codec.allCases.map { "\($0)" }))
    }

    @Test func theGoldenStoreIsReadAsItWasWritten() throws {
        let stored = [UInt8](
            try Data(contentsOf: Self.folder.appendingPathComponent(Self.storeName)))
        let bytes = try #require(
            ChunkLayer.restored(
                stored[4...],
                Chunk.Layer(elementBytes: 1, rawBytes: Int(stored.littleEndian32(at: 0)))))
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        try Data(bytes).write(to: URL(fileURLWithPath: fixture.path))
        let store = try fixture.open()
        #expect(try Self.lines().contains(try Self.line(store).text))
        #expect(try store.verify().isWell)
        // It can be written as well.
        var batch = ChangeBatch()
        batch.delete(model: "sale", origin: "a", key: .integer(12))
        try store.commit(batch)
        try store.close()
    }

    private static func line(_ store: Store) throws -> Line {
        let columns = ["number", "customer", "status", "net", "currency", "sold_at"]
        var rows: [String] = []
        for commit in 1...store.latest.number {
            let snapshot = try store.snapshot(ShopFixture.everyone, at: .commit(commit))
            try snapshot.rows(RowRequest(model: "sale", columns: columns.map { ColumnPath($0) }))
                .forEachBatch {
                    rows += $0.map { "\(commit) \($0.map(text).joined(separator: " "))" }
                }
        }
        return Line(
            name: storeName, codec: "store", rows: rows.count, checksum: checksum(rows.sorted()))
    }

    private static func text(_ cell: Cell) -> String {
        switch cell {
        case .missing: "-"
        case .number(let number): "\(number)"
        case .text(let text): "=\(text)"
        case .key(let key): "\(key)"
        case .reference(let reference): "\(reference.company)/\(reference.index)"
        }
    }

    // MARK: Writing

    private static func add() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var lines = (try? lines()) ?? []
        func place(_ name: String, _ bytes: [UInt8], _ line: () throws -> Line) throws {
            let file = folder.appendingPathComponent(name)
            guard !FileManager.default.fileExists(atPath: file.path) else { return }
            try Data(bytes).write(to: file)
            lines.append(try line().text)
        }
        // The source of the related ones comes before them.
        for (name, chunk) in CodecSamples.chunks(1100, seed: 20_260_101) {
            let file = "\(name.replacing(" ", with: "-")).chunk"
            try place(file, chunk.encoded()) {
                let read = try self.chunk(file)
                return Line(
                    name: file, codec: "\(read.codec)", rows: read.count,
                    checksum: checksum(try values(read)))
            }
        }
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        try fill(store)
        let told = try line(store)
        try store.close()
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture.path)))
        var stored: [UInt8] = []
        stored.append(littleEndian: UInt32(bytes.count))
        stored += try #require(
            ChunkLayer.compressed(
                bytes, elementBytes: 1, level: 19, limit: bytes.count, in: EncodingRoom()))
        try place(storeName, stored) { told }
        try (lines.joined(separator: "\n") + "\n").write(
            to: folder.appendingPathComponent("values.txt"), atomically: true, encoding: .utf8)
    }

    /// A load, changes, a seal, and changes that are not sealed.
    private static func fill(_ store: Store) throws {
        let load = try store.beginLoad(source: "a", segmentRows: 100)
        for number in 0..<250 {
            let company = ["north", "south", "east"][number % 3]
            try load.append(
                model: "customer", origin: "a", company: company, key: .text("c\(number)"),
                cells: ShopFixture.customer("Customer \(number)", kind: "B2C"))
            try load.append(
                model: "sale", origin: "a", company: company, key: .integer(Int64(number)),
                cells: ShopFixture.sale(
                    net: Int64(number * number), currency: number % 5 == 0 ? nil : "EUR"))
        }
        _ = try load.finish(position: SourcePosition(text: "0/1", sourceTime: nil))
        for turn in 0..<3 {
            var batch = ChangeBatch()
            for number in stride(from: turn, to: 260, by: 7) {
                batch.upsert(
                    model: "sale", origin: "a", company: "north", key: .integer(Int64(number)),
                    cells: ShopFixture.sale(customer: Int64(turn), net: Int64(number)))
            }
            batch.delete(model: "sale", origin: "a", key: .integer(Int64(turn) + 100))
            try store.commit(batch)
            if turn == 1 { try store.seal(minimum: 1) }
        }
    }
}
