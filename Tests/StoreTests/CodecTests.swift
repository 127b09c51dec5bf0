import Testing

@testable import Store

/// Every codec gives back what it was given, and nothing else for good.
@Suite struct CodecTests {
    @Test(arguments: [1, 2, 7, 31, 33, 1000, 1023, 1024, 1025, 4097, 30_000])
    func numbersOfEveryShapeComeBack(_ count: Int) throws {
        for seed in 1...(count < 5000 ? 4 : 1) {
            for (name, numbers) in CodecSamples.numbers(count, seed: UInt64(seed)) {
                try expectBack(numbers, "\(name), \(count) rows, seed \(seed)")
            }
        }
    }

    @Test func aFullSegmentsNumbersComeBack() throws {
        for (name, numbers) in CodecSamples.numbers(StoreLimits.segmentRows, seed: 9) {
            try expectBack(numbers, name)
        }
    }

    private func expectBack(_ numbers: [Int64], _ comment: String) throws {
        let chunk = try #require(
            Chunk(encoded: NumberVector.encode(numbers).encoded()), "\(comment)")
        let vector = try #require(NumberVector(chunk), "\(comment)")
        #expect(vector.count == numbers.count)
        #expect(vector.all == numbers, "\(comment)")
        for row in [0, numbers.count / 2, numbers.count - 1] {
            #expect(vector[row] == numbers[row], "\(comment), row \(row)")
        }
        let present = numbers.filter { $0 != NumberVector.missing }
        #expect(chunk.missing == numbers.count - present.count, "\(comment)")
        #expect(chunk.least == present.min() ?? 0 && chunk.greatest == present.max() ?? 0)
    }

    @Test(arguments: [1, 9, 1000, 5000])
    func textsAndKeysOfEveryShapeComeBack(_ count: Int) throws {
        for (name, texts) in CodecSamples.texts(count, seed: 3) {
            let chunk = try #require(Chunk(encoded: TextVector.encode(texts).encoded()))
            let vector = try #require(TextVector(chunk), "\(name)")
            #expect((0..<count).map { vector[$0] } == texts, "\(name), \(count) rows")
            guard let (codes, list) = vector.dictionary else { continue }
            let looked = codes.all.map { $0 == NumberVector.missing ? nil : list.all[Int($0)] }
            #expect(looked == texts, "\(name), \(count) rows")
        }
        for (name, keys) in CodecSamples.keys(count, seed: 3) {
            let chunk = try #require(Chunk(encoded: KeyVector.encode(keys).encoded()))
            let vector = try #require(KeyVector(chunk), "\(name)")
            #expect((0..<count).map { vector[$0] } == keys, "\(name), \(count) rows")
        }
    }

    @Test func columnsTakeTheCodecThatSuitsThem() throws {
        let count = StoreLimits.segmentRows
        let samples = CodecSamples.numbers(count, seed: 5)
        func chunk(_ name: String) throws -> Chunk {
            NumberVector.encode(try #require(samples.first { $0.name == name }).numbers)
        }
        #expect(try chunk("constant").codec == .constant)
        #expect(try chunk("all missing").codec == .constant)
        #expect(try chunk("days").codec == .runs)
        #expect(try chunk("times").codec == .delta)
        #expect(try chunk("times").step == 1_000_000)
        #expect(try chunk("times").width == 4)
        #expect(try chunk("times with gaps").codec == .delta)
        #expect(try chunk("sorted times in two parts").codec == .delta)
        #expect(try chunk("keys").codec == .delta)
        #expect(try chunk("keys").payload.count < 300)
        #expect(try chunk("codes").codec == .packed)
        #expect(try chunk("codes").payload.count * 8 < count * 3 + count / 8)
        #expect(try chunk("amounts").codec == .packed)
        #expect(try chunk("whole kroner").step == 100)
        #expect(try chunk("whole kroner").payload.count == chunk("amounts").payload.count)
        #expect(try chunk("pattern").codec == .frame)
        #expect(try chunk("pattern").layer?.elementBytes == 2)
        #expect(try chunk("any").codec == .frame)
        let days = try #require(NumberVector(chunk("days")))
        guard case .runs = days.shape else {
            Issue.record("days do not stay runs in memory")
            return
        }
        let short = try #require(NumberVector(chunk("short runs")))
        guard case .frame = short.shape else {
            Issue.record("short runs stay runs in memory")
            return
        }
        let texts = CodecSamples.texts(5000, seed: 5)
        func text(_ name: String) throws -> Chunk {
            TextVector.encode(try #require(texts.first { $0.name == name }).texts)
        }
        #expect(try text("words").codec == .dictionaryText)
        #expect(try text("numbered").codec == .plainText)
        #expect(try text("numbered").layer != nil)
        let keys = CodecSamples.keys(5000, seed: 5)
        #expect(
            KeyVector.encode(try #require(keys.first { $0.name == "uuids" }).keys).codec == .uuid)
    }

    @Test func everyCodecIsAmongTheSamples() {
        let seen = Set(CodecSamples.chunks(30_000, seed: 1).map(\.chunk.codec))
        #expect(seen == Set(Chunk.Codec.allCases))
    }

    // MARK: Damage

    @Test func everyFlippedBitIsNoticed() {
        for (name, chunk) in CodecSamples.chunks(60, seed: 2) {
            let stored = chunk.encoded()
            for byte in stored.indices {
                for bit in 0..<8 {
                    var damaged = stored
                    damaged[byte] ^= 1 << UInt8(bit)
                    #expect(Chunk(encoded: damaged) == nil, "\(name), byte \(byte), bit \(bit)")
                }
            }
            for length in 0..<stored.count {
                #expect(Chunk(encoded: Array(stored[..<length])) == nil, "\(name)")
            }
            #expect(Chunk(encoded: stored + [0]) == nil, "\(name)")
        }
    }

    /// What a checksum does not find, because it was made for the damaged bytes, must not trap.
    @Test func damageWithARightChecksumNeverTraps() {
        var dice = Dice(seed: 77)
        var survivors = 0
        for (name, chunk) in CodecSamples.chunks(200, seed: 4) {
            let stored = chunk.encoded()
            for turn in 0..<150 {
                var damaged = stored
                // The first bytes decide most; a third of the damage goes there.
                let reach = turn % 3 == 0 ? min(64, damaged.count) : damaged.count
                for _ in 0..<Int.random(in: 1...4, using: &dice) {
                    let byte = Int.random(in: 4..<reach, using: &dice)
                    damaged[byte] = dice.pick([0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255)])
                }
                if dice.chance(10) { damaged.removeLast(min(damaged.count - 64, 5)) }
                if turn % 2 == 0 {
                    // The length of the payload is right, so that its content is looked at.
                    var length: [UInt8] = []
                    length.append(littleEndian: UInt32(damaged.count - Chunk.headerBytes))
                    damaged.replaceSubrange(56..<60, with: length)
                    if damaged[5] & 2 == 0 { damaged.replaceSubrange(52..<56, with: length) }
                }
                survivors += Self.read(Self.sealed(damaged), name)
            }
        }
        // Damage to a number is another number: the test reaches beyond the header.
        #expect(survivors > 500)
    }

    /// The bytes with the checksum that belongs to them.
    private static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        var sealed = bytes
        var checksum: [UInt8] = []
        checksum.append(
            littleEndian: Checksum.crc32c(bytes[64...], from: Checksum.crc32c(bytes[..<60])))
        sealed.replaceSubrange(60..<64, with: checksum)
        return sealed
    }

    /// Reads all rows of whatever the bytes are; 1 when they are something.
    private static func read(_ bytes: [UInt8], _ name: String) -> Int {
        guard let chunk = Chunk(encoded: bytes) else { return 0 }
        // Rows come from the segment, whose number the reader compares.
        guard chunk.count <= 1 << 20 else { return 0 }
        var found = 0
        if let numbers = CodecSamples.vector(chunk) {
            _ = numbers.all
            found = 1
        }
        if let texts = TextVector(chunk) {
            for row in 0..<chunk.count { _ = texts[row] }
            _ = texts.dictionary?.texts.all
            found = 1
        }
        if let keys = KeyVector(chunk) {
            for row in 0..<chunk.count { _ = keys[row] }
            found = 1
        }
        if let filter = KeyFilter(chunk) {
            _ = (0..<100).map { filter.mayContain(UInt64($0) << 57) }
            found = 1
        }
        return found
    }

    // MARK: Relations

    @Test(arguments: [2, 60, 5000])
    func relatedNumbersComeBack(_ count: Int) throws {
        for (name, numbers, chunk) in CodecSamples.related(count) {
            #expect(chunk.codec == .related)
            let read = try #require(Chunk(encoded: chunk.encoded()))
            let vector = try #require(CodecSamples.vector(read), "\(name)")
            #expect(vector.all == numbers, "\(name)")
            // Beside another source they are not what the header says.
            let link = try #require(RelatedCodec.link(of: read))
            let other = [Int64](repeating: 1_000_000, count: count)
            #expect(
                RelatedCodec.decode(
                    read, link, source: NumberVector(other), NumberVector.encode(other).summary)
                    == nil, "\(name)")
        }
    }

    @Test func sharesAreExact() {
        var dice = Dice(seed: 99)
        for _ in 0..<2000 {
            let divisor = Int64.random(in: 1...100_000, using: &dice)
            let multiplier = Int64.random(in: 1...1000, using: &dice)
            let reach = (Int64(1) << 51) / multiplier - divisor - 1
            let source = (0..<64).map { place in
                // Exact multiples and their neighbours are where rounding would show.
                let near = Int64.random(in: (-reach / divisor)...(reach / divisor), using: &dice)
                return place % 2 == 0
                    ? max(-reach, min(reach, near * divisor + Int64(place / 2 % 3) - 1))
                    : Int64.random(in: -reach...reach, using: &dice)
            }
            let link = RelatedCodec.Link(
                column: .key, relation: .share, multiplier: multiplier, divisor: divisor,
                addend: divisor / 2)
            let numbers = source.map { number in
                let product = number * multiplier + divisor / 2
                return product / divisor - (product % divisor < 0 ? 1 : 0)
            }
            let own = RelatedCodec.exceptions(numbers, source, link)
            #expect(own?.allSatisfy { $0 == NumberVector.missing } == true)
        }
    }

    // MARK: Filter

    @Test func filterHasEveryKeyAndFewOthers() throws {
        var dice = Dice(seed: 8)
        let hashes = (0..<20_000).map { _ in dice.next() }
        let chunk = try #require(
            Chunk(encoded: KeyFilter(hashes: hashes).encode(rows: hashes.count).encoded()))
        let filter = try #require(KeyFilter(chunk))
        #expect(hashes.allSatisfy(filter.mayContain))
        let wrong = (0..<100_000).count { _ in filter.mayContain(dice.next()) }
        #expect(wrong < 2500)
        #expect(chunk.payload.count < 20_000 * 10 / 8 + 64)
    }
}
