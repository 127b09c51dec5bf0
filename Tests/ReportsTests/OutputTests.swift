import Counterparts
import Foundation
import Reports
import Testing
import Vocabulary

@Suite("Report output") struct OutputTests {
    @Test("JSON keeps exact numbers as text, and Python finds the totals")
    func json() throws {
        let scratch = try Scratch()
        let document = Samples.document(rows: 90, currencies: [Samples.dkk, Samples.kwd])
        let path = scratch.file("r.json")
        try ReportOutput(.json, locale: .english).write(document, to: path)
        struct Answer: Decodable {
            let keys: [String]
            let period: [String: String]
            let types: [String]
            let firstAmount: [String: String]
            let missing: Bool
            let names: [String]
            let sums: [String: String]
            let totals: [[String: String]]
            let numbers: [[String]]
            let change: [String]
            let gap: Bool
            let rowCount: [Int]
        }
        let answer: Answer = try Readers.python(
            """
            d = json.load(open(sys.argv[1], encoding="utf-8"))
            b = d["blocks"]; t = b[3]; sums = {}
            for r in t["rows"]:
                m = r[6]; sums[m["currency"]] = sums.get(m["currency"], 0) + Decimal(m["amount"])
            emit({"keys": list(d), "period": d["provenance"]["period"], "types": [x["type"] for x in b],
                  "firstAmount": t["rows"][0][6], "missing": t["rows"][0][7] is None,
                  "names": [r[2] for r in t["rows"][:14]],
                  "sums": {k: str(v) for k, v in sums.items()},
                  "totals": [x["cells"][6] for x in t["totals"] if x["cells"][6] is not None],
                  "numbers": [[str(x["cells"][i]) for x in t["totals"] if x["cells"][i] is not None]
                              + [str(sum(Decimal(str(r[i])) for r in t["rows"] if r[i] is not None))] for i in (4, 5)],
                  "change": b[0]["figures"][0]["change"],
                  "gap": b[1]["chart"]["series"][0]["values"][4] is None,
                  "rowCount": [t["rowCount"], len(t["rows"])]})
            """, [path])
        #expect(answer.keys == ["name", "title", "provenance", "blocks"])
        #expect(answer.period == ["from": "2026-06-01", "to": "2026-06-30"])
        #expect(answer.types == ["figures", "chart", "chart", "table"])
        #expect(answer.firstAmount == ["amount": "0.00", "currency": "DKK"])
        #expect(answer.missing && answer.gap)
        #expect(answer.names == Array(Samples.names.prefix(14)))
        #expect(answer.change == ["0.205513"])
        #expect(answer.rowCount == [90, 90])
        // Lines and hours are those of all rows, on one line.
        for found in answer.numbers { #expect(found.count == 2 && found[0] == found[1]) }
        #expect(answer.totals.count == 2)
        for total in answer.totals {
            let code = try #require(total["currency"])
            #expect(total["amount"] == answer.sums[code])
        }
    }

    @Test("before anything was read there is no moment whose figures these are")
    func nothingRead() throws {
        let scratch = try Scratch()
        var provenance = Samples.document().provenance
        provenance.commit = 0
        let document = ReportDocument(
            name: "r", title: "R", provenance: provenance, blocks: [])
        let path = scratch.file("r.json")
        try ReportOutput(.json, locale: .english).write(document, to: path)
        let moment: [String?] = try Readers.python(
            "emit([json.load(open(sys.argv[1]))['provenance']['committedAt']])", [path])
        #expect(moment == [nil])
        let lines = ReportLocale.english.lines(of: provenance)
        #expect(lines.contains { $0.heading == "As of" && $0.text == "No data" })
    }

    @Test("a report of several tables as CSV asks which one, naming them")
    func chooseTable() throws {
        let table = Samples.register(rows: 2)
        let other = ResultTable(
            name: "other", title: "Other",
            columns: [ResultColumn(name: "a", label: "A", kind: .integer)],
            rows: [[.integer(7)]])
        let document = ReportDocument(
            name: "both", title: "Both", provenance: Samples.provenance(),
            blocks: [.table(table), .table(other)])
        let advice = #expect(throws: Advice.self) {
            try ReportOutput(.csv, locale: .english).bytes(document)
        }
        #expect(advice?.remedy == "choose a table: sales-register, other")
        let misspelt = #expect(throws: Advice.self) {
            try ReportOutput(.csv, locale: .english, table: "othr").bytes(document)
        }
        #expect(misspelt?.remedy == "did you mean ‘other’?")
        let chosen = ReportOutput(.csv, locale: .english, table: "other")
        #expect(try chosen.bytes(document) == Array("a\r\n7\r\n".utf8))
        #expect(chosen.fileName(for: document) == "both-other-2026-06.csv")
        #expect(
            ReportOutput(.pdf, locale: .english).fileName(for: document) == "both-2026-06.pdf")
        let none = ReportDocument(
            name: "none", title: "None", provenance: Samples.provenance(), blocks: [])
        #expect(throws: Advice.self) { try ReportOutput(.csv, locale: .english).bytes(none) }
    }

    @Test("a folder that does not exist is said before anything is made")
    func noFolder() throws {
        for format in ReportFormat.general {
            let advice = #expect(throws: Advice.self) {
                try ReportOutput(format, locale: .english)
                    .write(Samples.document(rows: 1), to: "/nowhere/at/all/r.\(format)")
            }
            #expect(advice?.description.contains("/nowhere/at/all does not exist") == true)
        }
        #expect(throws: Advice.self) { try ReportFormat(named: "xslx") }
        #expect(try ReportFormat(named: "PDF") == .pdf)
    }

    @Test(
        "every format writes a whole file and leaves nothing else behind",
        arguments: ReportFormat.general)
    func nothingElse(format: ReportFormat) throws {
        let scratch = try Scratch()
        let output = ReportOutput(format, locale: ReportLocale("da"))
        let document = Samples.document(rows: 20)
        try output.write(document, to: scratch.file("r"))
        #expect(scratch.names == ["r"])
        let written = try Data(contentsOf: URL(fileURLWithPath: scratch.file("r")))
        #expect(try output.bytes(document) == [UInt8](written))
        #expect(!output.format.contentType.isEmpty)
    }

    @Test("a table whose rows stop short of its announced number is refused")
    func rowCount() throws {
        let table = ResultTable(
            name: "short", title: "Short",
            columns: [ResultColumn(name: "a", label: "A", kind: .integer)],
            rowCount: 3, totals: []
        ) { try $0([[.integer(1)]]) }
        let document = ReportDocument(
            name: "s", title: "S", provenance: Samples.provenance(), blocks: [.table(table)])
        for format in ReportFormat.general {
            let advice = #expect(throws: Advice.self) {
                try ReportOutput(format, locale: .english).bytes(document)
            }
            #expect(advice?.happened == "table ‘short’ announces 3 rows but has 1")
        }
    }
}
