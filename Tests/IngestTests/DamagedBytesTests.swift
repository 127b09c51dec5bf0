import Foundation
import Testing
import Vocabulary

@testable import Ingest

/// Row 33 of the failure table, below the rows: bytes that are not what they should be.
///
/// Whatever arrives is read or refused with an error; a trap would end the test's process. Samples
/// are damaged at random: bytes changed, cut out, doubled and put in.
@Suite struct DamagedBytesTests {
    private static let rounds = KillCount.of(usual: 20) * 200

    private static let extremes: [[UInt8]] = [
        [0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0xFF, 0xFF, 0xFF], [0, 0],
    ]

    private func damage(_ sample: [UInt8], _ dice: inout KillDice) -> [UInt8] {
        var bytes = sample
        for _ in 0..<Int.random(in: 1...4, using: &dice) {
            guard !bytes.isEmpty else { break }
            let place = Int.random(in: 0..<bytes.count, using: &dice)
            switch Int.random(in: 0..<6, using: &dice) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &dice)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &dice)
            case 2: bytes.removeSubrange(place...)
            case 3: bytes.remove(at: place)
            case 4:
                // Lengths and counts that mean far too much.
                let extreme = Self.extremes[Int.random(in: 0...2, using: &dice)]
                let end = min(place + extreme.count, bytes.count)
                bytes.replaceSubrange(place..<end, with: extreme)
            default:
                let end = Int.random(in: place...min(place + 9, bytes.count), using: &dice)
                bytes.insert(contentsOf: bytes[place..<end], at: place)
            }
        }
        return bytes
    }

    /// Reads damaged samples and counts those that were refused and those that could be read.
    private func read(
        _ samples: [[UInt8]], rounds: Int = Self.rounds, _ body: ([UInt8]) throws -> Void
    ) -> (refused: Int, read: Int) {
        var dice = KillDice()
        var counts = (refused: 0, read: 0)
        for round in 0..<rounds {
            let bytes = damage(samples[round % samples.count], &dice)
            do {
                try body(bytes)
                counts.read += 1
            } catch {
                counts.refused += 1
            }
        }
        return counts
    }

    @Test func row33MessagesOfTheStream() {
        let tuple = MessageBytes.of("I").int(9, bytes: 4).raw("N").tuple(["a", nil, "\u{0}", "bcd"])
        let samples = [
            MessageBytes.of("B").int(16, bytes: 8).int(0, bytes: 8).int(7, bytes: 4),
            MessageBytes.of("C").byte(0).int(1, bytes: 8).int(2, bytes: 8).int(3, bytes: 8),
            MessageBytes.of("R").int(9, bytes: 4).text("public").text("sales").byte(100)
                .int(2, bytes: 2).byte(1).text("id").int(2950, bytes: 4).int(0, bytes: 4).byte(0)
                .text("name").int(25, bytes: 4).int(0, bytes: 4),
            tuple,
            MessageBytes.of("U").int(9, bytes: 4).raw("K").tuple(["a"]).raw("N").tuple(["\u{0}"]),
            MessageBytes.of("D").int(9, bytes: 4).raw("O").tuple(["a", "b"]),
            MessageBytes.of("T").int(2, bytes: 4).byte(0).int(9, bytes: 4).int(10, bytes: 4),
            MessageBytes.of("M").byte(1).int(5, bytes: 8).text("reportd").int(2, bytes: 4).raw(
                "hi"),
        ].map(\.bytes)
        let counts = read(samples) { bytes in
            let message = try ReplicationMessage(bytes.span, in: 0..<bytes.count)
            if case .insert(_, let cells) = message {
                var fields: [ReplicationMessage.Field] = []
                try cells.read(bytes.span, into: &fields)
                for case .text(let range) in fields { #expect(range.upperBound <= bytes.count) }
            }
        }
        #expect(counts.refused > 0 && counts.read > 0)
        let frames = samples.map {
            MessageBytes.of("w").int(1, bytes: 8).int(2, bytes: 8).int(3, bytes: 8).bytes + $0
        }
        let framed = read(frames) { bytes in _ = try ReplicationFrame(bytes.span) }
        #expect(framed.refused > 0 && framed.read > 0)
    }

    @Test func row33RowsOfACopy() {
        let signature =
            Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0] + [UInt8](repeating: 0, count: 8)
        let row = MessageBytes(bytes: []).int(3, bytes: 2).int(2, bytes: 4).raw("ab")
            .int(UInt64(UInt32.max), bytes: 4).int(0, bytes: 4).bytes
        let counts = read([row, signature + row]) { bytes in
            var format = CopyFormat(columnCount: 3)
            var fields: [Range<Int>?] = []
            if bytes.first != signature[0] {
                _ = try format.row(signature.span, into: &fields)
            }
            _ = try format.row(bytes.span, into: &fields)
            for case .some(let field) in fields { #expect(field.upperBound <= bytes.count) }
        }
        #expect(counts.refused > 0 && counts.read > 0)
    }

    @Test func row33ValuesOfEveryType() {
        let types: [PostgresType] = [
            .boolean, .int2, .int4, .int8, .float4, .float8, .numeric, .text, .uuid, .timestamp,
            .timestamptz, .date, .json, .jsonb,
        ]
        // 12345.6700 in base 10,000; a moment; JSON with its version.
        let samples: [[UInt8]] = [
            [0, 3, 0, 1, 0, 0, 0, 4, 0, 1, 9, 0x29, 0x1A, 0x2C], [0, 2, 0x8B, 0x10, 9, 9, 1, 0],
            [1] + Array(#"{"a":[1,2.5e3,"\u00e6"]}"#.utf8), [0xC3, 0xA6, 0xFF, 0xFE],
        ]
        let counts = read(samples) { bytes in
            for type in types { _ = try type.value(binary: bytes.span, in: 0..<bytes.count) }
        }
        #expect(counts.refused > 0)
        // The text form takes anything for what it is, or for odd.
        for sample in [
            "12345.67", "-Infinity", "2026-02-29 25:61:61.5+99", "10000-01-01 00:00:00 BC", "t",
            "1e400", "{\"a\":", "\u{FFFD}",
        ] {
            _ = read([Array(sample.utf8)], rounds: Self.rounds / 10) { bytes in
                for type in types { _ = type.value(text: String(decoding: bytes, as: UTF8.self)) }
            }
        }
    }

    @Test func row33DocumentsAndFeeds() {
        let row =
            #"{"seq":"12-g1AAA","id":"sale_1_1","changes":[{"rev":"2-ab"}],"doc":{"_id":"sale_1_1","#
            + #""_rev":"2-ab","amount":-1.50e+2,"name":"\ud83c\udf5e \"½\"","tags":[null,true,{}]}}"#
        let json = read([Array(row.utf8)]) { bytes in
            var parser = JSONParser(bytes)
            _ = try parser.value()
        }
        #expect(json.refused > 0 && json.read > 0)
        let page =
            "{\"results\":[\n\(row),\r\n\(row)\n],\n\"last_seq\":\"13-x\",\"pending\":0}\n\n"
        let feed = "\(row)\n\n\(row)\n{\"last_seq\":\"13-x\",\"pending\":0}\n"
        let counts = read([Array(page.utf8), Array(feed.utf8)]) { bytes in
            var reader = CouchFeedReader(longestRow: 10_000)
            // In two pieces, as they may arrive.
            reader.append(bytes.prefix(bytes.count / 2))
            while try reader.next() != nil {}
            reader.append(bytes.dropFirst(bytes.count / 2))
            while try reader.next() != nil {}
        }
        #expect(counts.refused > 0 && counts.read > 0)
    }

    /// Addresses and connection strings come from people, positions from the store's file.
    @Test func row33WordsOfPeople() {
        let address = "https://us%65r:p%40ss@[::1]:6984/a/b?auth=basic&ca=%2Fx.pem"
        let addresses = read([Array(address.utf8)]) { bytes in
            _ = try CouchAddress(String(decoding: bytes, as: UTF8.self), source: "s")
        }
        #expect(addresses.refused > 0 && addresses.read > 0)
        for position in [
            "0/1A2B of 730 on 1 for t with public.a=ff@0/20 b%20c=00",
            "polled-1 1000 of 7 on 1 for t with public.a=ff(5:6,7:8)",
        ] {
            _ = read([Array(position.utf8)]) { bytes in
                let text = String(decoding: bytes, as: UTF8.self)
                _ = PostgresPosition(text)
                _ = PollingPosition(text)
                _ = CouchPosition(text)
            }
        }
    }
}
