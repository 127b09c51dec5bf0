import Testing

@testable import Store

@Suite struct ChunkTests {
    private static let extremes: [[Int64]] = [
        [], [0], [NumberVector.missing], [5, 5, 5], [5, NumberVector.missing, 5],
        [0, 255], [0, 256], [-1, 254, NumberVector.missing], [0, 65_535, NumberVector.missing],
        [0, 65_536], [-3_000_000_000, 1_294_967_294], [0, 4_294_967_294, NumberVector.missing],
        [Int64.min + 1, Int64.max], [Int64.max - 3, Int64.max, NumberVector.missing],
        [Int64.min + 1, Int64.min + 2, NumberVector.missing],
    ]

    @Test(arguments: extremes)
    func numbersComeBack(_ numbers: [Int64]) throws {
        let chunk = try #require(Chunk(encoded: NumberVector.encode(numbers).encoded()))
        let vector = try #require(NumberVector(chunk))
        #expect(vector.count == numbers.count)
        #expect((0..<numbers.count).map { vector[$0] } == numbers)
        let buffer = KernelBuffer<Int64>(StoreLimits.batchRows)
        vector.fill(0..<numbers.count, into: buffer)
        #expect((0..<numbers.count).map { buffer[$0] } == numbers)
    }

    @Test func numbersTakeTheNarrowestWidth() {
        #expect(NumberVector.encode([7, 7, 7]).codec == .constant)
        #expect(NumberVector.encode([1000, 1255, 1001]).width == 1)
        #expect(NumberVector.encode([1000, 1255, 1001, NumberVector.missing]).width == 2)
        #expect(NumberVector.encode([0, 1_000_000, 1]).width == 4)
        #expect(NumberVector.encode([0, 1 << 40, 1]).width == 8)
        // With a common step only the quotients count.
        #expect(NumberVector.encode([0, 1 << 40, 1 << 39]).width == 1)
    }

    @Test(
        arguments: [
            [], [nil], [""], ["", nil, "a"], ["Ærø", "日本", "🙂", nil], ["x", "x", "x", "x", nil],
            (0..<300).map { "customer \($0)" },
            (0..<300).map { $0 % 7 == 0 ? nil : "kind \($0 % 5)" },
        ] as [[String?]])
    func textsComeBack(_ texts: [String?]) throws {
        let chunk = try #require(Chunk(encoded: TextVector.encode(texts).encoded()))
        let vector = try #require(TextVector(chunk))
        #expect((0..<texts.count).map { vector[$0] } == texts)
    }

    @Test(
        arguments: [
            [.integer(1), .integer(-5)], [.uuid(1), .uuid(.max)], [.text("a"), .text("")],
            [.integer(1), .uuid(7), .text("i1")], [.integer(.min), .integer(.max)],
        ] as [[RowKey]])
    func keysComeBack(_ keys: [RowKey]) throws {
        let chunk = try #require(Chunk(encoded: KeyVector.encode(keys).encoded()))
        let vector = try #require(KeyVector(chunk))
        #expect((0..<keys.count).map { vector[$0] } == keys)
        #expect(keys.allSatisfy { RowKey(bytes: $0.bytes) == $0 })
    }

    @Test func checksumIsCastagnolis() {
        // The check value of the CRC catalogue for CRC-32/ISCSI.
        #expect(Checksum.crc32c(Array("123456789".utf8)) == 0xE306_9283)
        // RFC 3720, B.4: 32 bytes of zeros, and of ascending values.
        #expect(Checksum.crc32c([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(Checksum.crc32c((0..<32).map { UInt8($0) }) == 0x46DD_794E)
    }
}
