@testable import Store

/// Columns of many shapes, made from a seed: what codecs are tested with.
enum CodecSamples {
    static let missing = NumberVector.missing

    /// A name and numbers for each shape.
    static func numbers(_ count: Int, seed: UInt64) -> [(name: String, numbers: [Int64])] {
        var dice = Dice(seed: seed)
        func column(_ next: (Int, inout Dice) -> Int64) -> [Int64] {
            (0..<count).map { next($0, &dice) }
        }
        func sparse(_ numbers: [Int64], percent: Int) -> [Int64] {
            numbers.map { dice.chance(percent) ? missing : $0 }
        }
        var time = Int64(1_700_000_000)
        let times = column { _, dice in
            time += Int64.random(in: 0..<90, using: &dice)
            return time * 1_000_000
        }
        let amounts = column { _, dice in
            Int64.random(in: 1...3000, using: &dice) * Int64.random(in: 1...3000, using: &dice)
        }
        let small = column { _, dice in Int64.random(in: 0..<6, using: &dice) }
        let prices = (0..<40).map { _ in Int64.random(in: 0..<1_000_000_000, using: &dice) }
        return [
            ("constant", column { _, _ in 42 }),
            ("all missing", column { _, _ in missing }),
            ("one present", column { row, _ in row == count / 2 ? 7 : missing }),
            ("codes", small), ("codes with gaps", sparse(small, percent: 20)),
            ("bytes with gaps", column { row, _ in row % 300 == 0 ? missing : Int64(row % 256) }),
            ("days", column { row, _ in 19_000 + Int64(row / 100) }),
            ("short runs", column { row, _ in Int64(row / 9 % 1000) * 1_000_003 }),
            ("runs with gaps", column { row, _ in row / 50 % 3 == 0 ? missing : Int64(row / 50) }),
            (
                "wide runs",
                column { row, _ in row / 20 % 2 == 0 ? .min + 1 + Int64(row) / 20 : .max }
            ),
            ("times", times), ("times with gaps", sparse(times, percent: 30)),
            ("sorted times in two parts", Array(times[(count / 2)...] + times[..<(count / 2)])),
            ("keys", column { row, _ in Int64(row) * 3 - 500 }),
            ("keys from a great one", column { row, _ in .max - Int64(count) + Int64(row) }),
            ("keys from the least", column { row, _ in .min + 1 + Int64(row) }),
            ("amounts", amounts), ("amounts with gaps", sparse(amounts, percent: 10)),
            ("whole kroner", amounts.map { $0 * 100 }),
            ("negative", amounts.map { -$0 }),
            ("price list", column { _, dice in prices[Int.random(in: 0..<40, using: &dice)] }),
            ("pattern", column { row, _ in Int64(row * row % 977) * 1_000_003 }),
            ("skewed", column { _, dice in dice.chance(2) ? 5 : 0 }),
            (
                "any", column { _, dice in Int64.random(in: (.min + 1)...(.max), using: &dice) }
            ),
            (
                "any with gaps",
                column { row, dice in
                    row % 5 == 0 ? missing : Int64.random(in: (.min + 1)...(.max), using: &dice)
                }
            ),
            ("extremes", column { row, _ in row % 2 == 0 ? .min + 1 : .max }),
            (
                "extremes with gaps",
                column { row, _ in [.min + 1, .max, missing, 0][row % 4] }
            ),
            ("least and missing", column { row, _ in row % 2 == 0 ? .min + 1 : missing }),
            ("32 bits", column { _, dice in Int64(UInt32.random(in: 0...(.max), using: &dice)) }),
            (
                "wide steps",
                column { _, dice in Int64.random(in: 0..<1 << 20, using: &dice) << 42 }
            ),
        ]
    }

    static func texts(_ count: Int, seed: UInt64) -> [(name: String, texts: [String?])] {
        var dice = Dice(seed: seed)
        let words = ["", "a", "Ærø", "日本", "🙂", "rug", String(repeating: "x", count: 300)]
        return [
            ("no texts", [String?](repeating: nil, count: count)),
            ("words", (0..<count).map { _ in dice.pick(words) }),
            ("words with gaps", (0..<count).map { _ in dice.chance(30) ? nil : dice.pick(words) }),
            ("one word", (0..<count).map { $0 % 50 == 0 ? nil : "same" }),
            ("numbered", (0..<count).map { "INV-2026-\($0 + 1)" }),
            ("numbered with gaps", (0..<count).map { $0 % 3 == 0 ? nil : "order \($0)" }),
            (
                "long",
                (0..<count).map { "\($0)" + String(repeating: "notes ", count: $0 % 5 * 20) }
            ),
        ]
    }

    static func keys(_ count: Int, seed: UInt64) -> [(name: String, keys: [RowKey])] {
        var dice = Dice(seed: seed)
        return [
            ("ascending", (0..<count).map { .integer(Int64($0 * 2)) }),
            (
                "integers",
                (0..<count).map { _ in .integer(.random(in: (.min)...(.max), using: &dice)) }
            ),
            ("uuids", (0..<count).map { _ in .uuid(.random(in: 0...(.max), using: &dice)) }),
            (
                "uuids in time",
                (0..<count).map { .uuid(UInt128($0) << 80 | .random(in: 0...0xFFFF, using: &dice)) }
            ),
            ("texts", (0..<count).map { .text("key \($0)") }),
            (
                "mixed",
                (0..<count).map {
                    [.integer(Int64($0)), .text("\($0)"), .uuid(UInt128($0))][$0 % 3]
                }
            ),
        ]
    }

    /// The numbers that related samples follow from; some are missing.
    static func source(_ count: Int) -> [Int64] {
        (0..<Int64(count)).map { $0 % 11 == 0 ? missing : ($0 * 7919 % 100_003 - 20_000) * 3 }
    }

    /// Numbers of a related sample, and the chunk that they become.
    static func related(
        _ count: Int
    ) -> [(name: String, numbers: [Int64], chunk: Chunk)] {
        let (source, room) = (source(count), EncodingRoom())
        let column = ChunkColumn(7)
        func chunk(_ numbers: [Int64], _ link: RelatedCodec.Link, _ own: [Int64]?) -> Chunk {
            RelatedCodec.encode(
                NumberAnalysis(numbers, mayHaveRuns: false).header(.related), link,
                own: own ?? [], in: room)
        }
        let later = source.enumerated().map { row, number in
            row % 3 == 0 ? missing : (number == missing ? 5 : number + Int64(row % 50))
        }
        let taxes = source.enumerated().map { row, number in
            number == missing
                ? missing : row % 10 == 0 ? 0 : Int64((Double(number) / 4).rounded(.down))
        }
        let wide = source.map { $0 == missing ? missing : $0 * (1 << 40) }
        let difference = RelatedCodec.Link(column: column, relation: .difference)
        let share = RelatedCodec.Link(
            column: column, relation: .share, multiplier: 1, divisor: 4, addend: 0)
        let days = source.map { $0 == missing ? missing : $0 < 0 ? Int64(-1) : 0 }
        return [
            (
                "related difference", later,
                chunk(later, difference, RelatedCodec.differences(later, source))
            ),
            (
                "related share", taxes,
                chunk(taxes, share, RelatedCodec.exceptions(taxes, source, share))
            ),
            (
                "related wide", wide,
                chunk(wide, difference, RelatedCodec.differences(wide, source))
            ),
            (
                "related days", days,
                chunk(
                    days, RelatedCodec.Link(column: column, relation: .localDay),
                    [Int64](repeating: 0, count: count))
            ),
        ]
    }

    /// The numbers of a chunk, which may follow from those of another one.
    static func vector(_ chunk: Chunk, source: Chunk? = nil) -> NumberVector? {
        guard let link = RelatedCodec.link(of: chunk) else { return NumberVector(chunk) }
        let stored = NumberVector.encode(Self.source(chunk.count)).encoded()
        guard let source = source ?? Chunk(encoded: stored), let numbers = NumberVector(source)
        else { return nil }
        return RelatedCodec.decode(chunk, link, source: numbers, source.summary)
    }

    /// Chunks of every codec, with and without compression, missing rows and steps.
    static func chunks(_ count: Int, seed: UInt64) -> [(name: String, chunk: Chunk)] {
        numbers(count, seed: seed).map { ($0.name, NumberVector.encode($0.numbers)) }
            + texts(count, seed: seed).map { ($0.name, TextVector.encode($0.texts)) }
            + keys(count, seed: seed).map { ($0.name, KeyVector.encode($0.keys)) }
            + [
                (
                    "filter",
                    KeyFilter(hashes: (0..<UInt64(count)).map { $0 &* 0x9E37_79B9_7F4A_7C15 })
                        .encode(rows: count)
                )
            ] + [("related source", NumberVector.encode(source(count)))]
            + related(count).map { ($0.name, $0.chunk) }
    }
}
