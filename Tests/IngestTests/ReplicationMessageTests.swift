import Foundation
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems
@testable import Store

/// Builds messages as the server sends them.
struct MessageBytes {
    var bytes: [UInt8] = []

    static func of(_ letter: Character) -> MessageBytes {
        MessageBytes(bytes: [letter.asciiValue ?? 0])
    }
    func byte(_ value: UInt8) -> MessageBytes { MessageBytes(bytes: bytes + [value]) }
    func int(_ value: UInt64, bytes count: Int) -> MessageBytes {
        MessageBytes(
            bytes: bytes
                + (0..<count).map {
                    UInt8(truncatingIfNeeded: value >> UInt64((count - 1 - $0) * 8))
                })
    }
    func text(_ value: String) -> MessageBytes {
        MessageBytes(bytes: bytes + Array(value.utf8) + [0])
    }
    func raw(_ value: String) -> MessageBytes { MessageBytes(bytes: bytes + Array(value.utf8)) }
    /// A tuple of text cells; nil is null, "\u{0}" an unchanged value.
    func tuple(_ cells: [String?]) -> MessageBytes {
        var message = int(UInt64(cells.count), bytes: 2)
        for cell in cells {
            guard let cell else {
                message = message.byte(UInt8(ascii: "n"))
                continue
            }
            if cell == "\u{0}" {
                message = message.byte(UInt8(ascii: "u"))
            } else {
                message = message.byte(UInt8(ascii: "t")).int(UInt64(cell.utf8.count), bytes: 4)
                    .raw(cell)
            }
        }
        return message
    }
}

@Suite struct ReplicationMessageTests {
    private let samples: [[UInt8]] = [
        MessageBytes.of("B").int(0x10, bytes: 8).int(4, bytes: 8).int(7, bytes: 4).bytes,
        MessageBytes.of("C").byte(0).int(1, bytes: 8).int(2, bytes: 8).int(3, bytes: 8).bytes,
        MessageBytes.of("R").int(9, bytes: 4).text("public").text("sales").byte(100)
            .int(1, bytes: 2).byte(1).text("id").int(2950, bytes: 4).int(0, bytes: 4).bytes,
        MessageBytes.of("I").int(9, bytes: 4).raw("N").tuple(["a", nil]).bytes,
        MessageBytes.of("U").int(9, bytes: 4).raw("K").tuple(["a"]).raw("N").tuple(["\u{0}"]).bytes,
        MessageBytes.of("D").int(9, bytes: 4).raw("K").tuple(["a"]).bytes,
        MessageBytes.of("T").int(2, bytes: 4).byte(0).int(9, bytes: 4).int(10, bytes: 4).bytes,
        MessageBytes.of("M").byte(1).int(5, bytes: 8).text("reportd").int(2, bytes: 4).raw("hi")
            .bytes,
    ]

    @Test func messagesAreRead() throws {
        func read(_ index: Int) throws -> ReplicationMessage {
            let sample = samples[index]
            return try ReplicationMessage(sample.span, in: 0..<sample.count)
        }
        #expect(
            try read(0)
                == .begin(
                    commit: LogPosition(0x10),
                    time: Instant(microseconds: 946_684_800_000_004)))
        #expect(
            try read(1)
                == .commit(
                    end: LogPosition(2), time: Instant(microseconds: 946_684_800_000_003)))
        #expect(
            try read(2)
                == .relation(
                    id: 9, table: "public.sales",
                    columns: [.init(isKey: true, name: "id", type: 2950)]))
        func values(_ index: Int) throws -> [[ReplicationMessage.Field]] {
            let tuples: [ReplicationMessage.Tuple?] =
                switch try read(index) {
                case .insert(9, let new): [new]
                case .update(9, let old, let new): [old, new]
                case .delete(9, let old): [old]
                default: []
                }
            return try tuples.compactMap(\.self).map { tuple in
                var fields: [ReplicationMessage.Field] = []
                let sample = samples[index]
                try tuple.read(sample.span, into: &fields)
                return fields
            }
        }
        #expect(try values(3) == [[.text(13..<14), .null]])
        #expect(try values(4) == [[.text(13..<14)], [.unchanged]])
        #expect(try values(5) == [[.text(13..<14)]])
        #expect(try read(6) == .truncate(relations: [9, 10]))
        #expect(try read(7) == .logical(prefix: "reportd", content: "hi"))
    }

    @Test func cutMessagesAreErrorsNotTraps() {
        for sample in samples {
            for length in 0..<sample.count {
                let cut = Array(sample[..<length])
                #expect(throws: ProtocolMistake.self) {
                    _ = try ReplicationMessage(cut.span, in: 0..<length)
                }
            }
        }
        let unknown = [UInt8(ascii: "?")]
        #expect(throws: ProtocolMistake.self) {
            _ = try ReplicationMessage(unknown.span, in: 0..<1)
        }
    }

    private func frame(_ message: MessageBytes) throws -> ReplicationFrame {
        let bytes = message.bytes
        return try ReplicationFrame(bytes.span)
    }

    @Test func framesAndStatus() throws {
        let keepalive = MessageBytes.of("k").int(0x1_0000_0002, bytes: 8).int(0, bytes: 8).byte(1)
        #expect(
            try frame(keepalive)
                == .keepalive(end: try #require(LogPosition("1/2")), wantsReply: true))
        let data = MessageBytes.of("w").int(1, bytes: 8).int(2, bytes: 8).int(3, bytes: 8).raw("B")
        #expect(try frame(data) == .message(25..<26))
        let status = ReplicationFrame.status(
            received: LogPosition(5), durable: LogPosition(3),
            now: Instant(microseconds: 946_684_800_000_001), asking: true)
        #expect(status.count == 34 && status[33] == 1)
        #expect(status[8] == 5 && status[16] == 3 && status[24] == 3 && status[32] == 1)
        #expect(LogPosition("16/B374D848")?.description == "16/B374D848")
        #expect(LogPosition("16B374D848") == nil)
        var position = PostgresPosition(
            log: LogPosition(0x10), system: "730", timeline: 3, tenants: "def",
            tables: [
                "public.sales": TableMark(fingerprint: "ab", from: nil),
                "a b.Ærø=%@": TableMark(fingerprint: "cd", from: LogPosition(0x20)),
            ])
        #expect(PostgresPosition(position.description) == position)
        position.advance(to: LogPosition(0x1F))
        #expect(position.tables["a b.Ærø=%@"]?.from == LogPosition(0x20))
        position.advance(to: LogPosition(0x20))
        #expect(position.tables["a b.Ærø=%@"]?.from == nil)
        #expect(
            PostgresPosition("0/1 of 7 on 1 for t with")
                == PostgresPosition(log: LogPosition(1), system: "7", timeline: 1, tenants: "t"))
        #expect(PostgresPosition("1/2") == nil)
    }

    // MARK: From messages to changes

    private func translator(
        folder: String = "/tmp", largeChanges: Int = 20_000,
        fetch: @escaping (TableMapping, [SourceValue]) throws -> [SourceValue]? = { _, _ in nil }
    ) throws -> ChangeTranslator {
        let schema = Schema(
            models: [
                Model(
                    name: "note", label: "Note",
                    columns: [
                        Column(name: "title", label: "Title", type: .text),
                        Column(name: "body", label: "Body", type: .text),
                    ], timeColumn: nil)
            ], companies: try testCompanies())
        let definition = try SourceDefinition(
            DefinitionNode(
                parsing: """
                    source: notes
                    kind: postgres
                    company: tekup
                    tables:
                      - table: notes
                        model: note
                        key: id
                        columns: {title: title, body: body}
                    """, file: "notes.yaml"), schema: schema)
        let tenants = Tenants(nil)
        let translator = ChangeTranslator(
            definition: definition,
            placements: definition.tables.map {
                RowPlacement($0, companies: schema.companies, tenants: tenants)
            }, tenants: tenants, parents: ParentCompanies(definition, schema.companies),
            types: PostgresTypes(), quarantine: Quarantine([], limit: 10), folder: folder,
            largeChanges: largeChanges,
            ask: SourceQuestions(row: fetch, children: { _, _, _ in }))
        try take(
            translator,
            MessageBytes.of("R").int(1, bytes: 4).text("public").text("notes").byte(100)
                .int(3, bytes: 2).byte(1).text("id").int(23, bytes: 4).int(0, bytes: 4)
                .byte(0).text("body").int(25, bytes: 4).int(0, bytes: 4)
                .byte(0).text("title").int(25, bytes: 4).int(0, bytes: 4))
        return translator
    }

    private func take(_ translator: ChangeTranslator, _ message: MessageBytes) throws {
        let bytes = message.bytes
        try translator.take(bytes.span, in: 0..<bytes.count)
    }

    private var begin: MessageBytes {
        MessageBytes.of("B").int(0, bytes: 8).int(0, bytes: 8).int(1, bytes: 4)
    }
    private func commit(_ end: UInt64) -> MessageBytes {
        MessageBytes.of("C").byte(0).int(0, bytes: 8).int(end, bytes: 8).int(0, bytes: 8)
    }
    private func insert(_ cells: [String?]) -> MessageBytes {
        MessageBytes.of("I").int(1, bytes: 4).raw("N").tuple(cells)
    }

    @Test func onlyWholeTransactionsAreReady() throws {
        let translator = try translator()
        try take(translator, begin)
        try take(translator, insert(["1", "b", "t"]))
        #expect(translator.isInTransaction)
        #expect(translator.takeReady() == nil)
        try take(translator, commit(50))
        try take(translator, begin)
        try take(translator, insert(["2", "b", "t"]))
        let group = try #require(translator.takeReady())
        #expect(group.transactions == 1 && titles(group.changes) == ["1 t"])
        #expect(group.end == LogPosition(50))
        #expect(translator.takeReady() == nil)
        // What had come of the second one waits for its end.
        try take(translator, insert(["3", "b", "u"]))
        try take(translator, commit(60))
        #expect(translator.takeReady().map { titles($0.changes) } == ["2 t", "3 u"])
        #expect(throws: ProtocolMistake.self) { try take(translator, MessageBytes.of("?")) }
    }

    @Test func changesOutsideATransactionAreLoud() throws {
        let translator = try translator()
        #expect(throws: ProtocolMistake.self) { try take(translator, insert(["1", "b", "t"])) }
        #expect(throws: ProtocolMistake.self) { try take(translator, commit(1)) }
        try take(translator, begin)
        #expect(throws: ProtocolMistake.self) {
            try take(translator, MessageBytes.of("I").int(77, bytes: 4).raw("N").tuple(["1"]))
        }
    }

    @Test func largeValuesThatWereNotSentSurviveAChangeOfKey() throws {
        // Fields in the order of the mapping: id, title, body.
        let translator = try translator { _, values in
            values[0] == .integer(9) ? [.integer(9), .text("later"), .text("long body")] : nil
        }
        try take(translator, begin)
        // Without a change of key the row before keeps what was not sent.
        try take(
            translator, MessageBytes.of("U").int(1, bytes: 4).raw("N").tuple(["1", "\u{0}", "new"]))
        try take(
            translator,
            MessageBytes.of("U").int(1, bytes: 4).raw("K").tuple(["1", nil, nil]).raw("N")
                .tuple(["9", "\u{0}", "new"]))
        try take(translator, commit(5))
        let batch = try #require(translator.takeReady()).changes.batch
        guard batch.operations.count == 4, case .sourceTime = batch.operations[0],
            case .upsert("note", "notes", "tekup", .integer(1), 0, 2) = batch.operations[1],
            case .delete("note", "notes", .integer(1)) = batch.operations[2],
            case .upsert("note", "notes", "tekup", .integer(9), 2, 2) = batch.operations[3]
        else {
            Issue.record("\(batch)")
            return
        }
        #expect(batch.cells == [.text("new"), nil, .text("new"), .text("long body")])
    }

    @Test func goneColumnsAndNewTypesAskForTheCatalog() throws {
        let translator = try translator()
        func describe(_ columns: [(name: String, type: UInt64)]) throws {
            var message = MessageBytes.of("R").int(1, bytes: 4).text("public").text("notes")
                .byte(100).int(UInt64(columns.count), bytes: 2)
            for column in columns {
                message = message.byte(0).text(column.name).int(column.type, bytes: 4)
                    .int(0, bytes: 4)
            }
            try take(translator, message)
        }
        // A description alone does no harm: it may be older than what we have of the table.
        try describe([("id", 23), ("title", 25)])
        try take(translator, begin)
        #expect(throws: SchemaChanged(table: "public.notes", what: "column ‘body’ is gone")) {
            try take(translator, insert(["1", "t"]))
        }
        try describe([("id", 23), ("title", 99_999), ("body", 25)])
        try take(translator, begin)
        #expect(
            throws: SchemaChanged(table: "public.notes", what: "column ‘title’ has a new type")
        ) {
            try take(translator, insert(["1", "t", "b"]))
        }
        try describe([("body", 25), ("id", 23), ("title", 25)])
        try take(translator, begin)
        try take(translator, insert(["b", "1", "t"]))
        try take(translator, commit(9))
        #expect(translator.takeReady()?.changes.count == 1)
    }

    private func titles(_ changes: GatheredChanges) -> [String] {
        changes.batch.operations.compactMap { change in
            switch change {
            case .upsert(_, _, _, let key, let start, _):
                if case .text(let title)? = changes.batch.cells[start] { return "\(key) \(title)" }
                return "\(key)"
            case .delete(_, _, let key): return "-\(key)"
            case .sourceTime: return nil
            default: return "\(change)"
            }
        }
    }

    @Test func aTableThatWaitsKeepsItsChangesFromAPositionOn() throws {
        let translator = try translator()
        try translator.wait(for: 0)
        for number in UInt64(1)...6 {
            try take(
                translator,
                MessageBytes.of("B").int(number * 10, bytes: 8).int(0, bytes: 8).int(1, bytes: 4))
            if number <= 4 { try take(translator, insert(["\(number)", "b", "t\(number)"])) }
            if number == 4 {
                // The columns change places on the way.
                try take(
                    translator,
                    MessageBytes.of("R").int(1, bytes: 4).text("public").text("notes").byte(100)
                        .int(3, bytes: 2).byte(0).text("title").int(25, bytes: 4).int(0, bytes: 4)
                        .byte(1).text("id").int(23, bytes: 4).int(0, bytes: 4)
                        .byte(0).text("body").int(25, bytes: 4).int(0, bytes: 4))
                try take(translator, insert(["again", "4", "b"]))
            }
            if number > 4 { try take(translator, insert(["u\(number)", "7", "b"])) }
            try take(translator, commit(number * 10 + 5))
            #expect(translator.takeReady()?.changes.isEmpty == true)
        }
        let next = try #require(
            try translator.endWaiting(for: 0, readAt: LogPosition(30), aside: []))
        var found: [String] = []
        while let changes = try next() { found += titles(changes) }
        #expect(found == ["3 t3", "4 t4", "4 again", "7 u5", "7 u6"])
        // From then on it takes changes at once, but not those that its rows have.
        for (lsn, wanted) in [(UInt64(29), 0), (30, 1)] {
            try take(
                translator,
                MessageBytes.of("B").int(lsn, bytes: 8).int(0, bytes: 8).int(1, bytes: 4))
            try take(translator, insert(["x", "8", "b"]))
            try take(translator, commit(lsn + 1))
            #expect(translator.takeReady()?.changes.count == wanted)
        }
    }

    @Test func theRestOfALargeTransactionIsKeptAsMessages() throws {
        let folder = try ScratchFolder()
        let translator = try translator(folder: folder.path, largeChanges: 100)
        try take(translator, begin)
        for number in 1...40_000 {
            try take(translator, insert(["\(number)", String(repeating: "b", count: 50), "t"]))
        }
        try take(translator, commit(50))
        let group = try #require(translator.takeReady())
        #expect(group.changes.count == 100)
        let next = try translator.changes(of: try #require(group.rest))
        var keys = titles(group.changes)
        while let changes = try next() {
            #expect(changes.count <= 5000)
            keys += titles(changes)
        }
        #expect(keys == (1...40_000).map { "\($0) t" })
        #expect(!translator.isInTransaction)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
}

/// The companies of this repository.
func testCompanies() throws -> CompanyDirectory {
    try CompanyDirectory(
        DefinitionNode(
            contentsOf: definitionsFolder + "/companies.yaml", relativeTo: definitionsFolder))
}
