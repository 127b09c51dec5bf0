import Analytics
import ArgumentParser
import Foundation
import Reports
import Store
import Vocabulary

/// `reportd sql`: a SELECT over the models.
struct SQLCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql", abstract: "Run a SELECT over the models; see docs/SQL.md.",
        discussion: """
            ‘SELECT * FROM models’ lists tables and columns. The statement may use the parameters \
            :from, :to and :company, which hold the options of the same names.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, csv, json
    }

    @Argument(help: "The statement; - reads it from standard input.")
    var statement: String

    @OptionGroup var common: CommonOptions

    @Option(name: .long, help: "A company's code; may be repeated. All companies without it.")
    var company: [String] = []

    @Option(help: "A group of companies.")
    var group: String?

    @Option(help: "The first day, as 2026-06-01: the value of :from.")
    var from: String?

    @Option(help: "The last day, included: the value of :to.")
    var to: String?

    @Option(help: "Read what was known at this moment: RFC 3339, or the number of a commit.")
    var knownAt: String?

    @Option(help: "table, csv or json.")
    var format = Format.table

    @Option(help: "Language and region of the table's numbers: en, da, nl, sw, en-KE, en-MW.")
    var locale = "en"

    func run() async throws {
        let workplace = try common.workplace()
        let choices = ViewChoices(companies: company, group: group, knownAt: knownAt)
        let snapshot = try workplace.store.snapshot(
            workplace.everything, of: try choices.selection(), at: try choices.moment())
        let result = try SQLReader(snapshot).result(
            of: try text(), parameters: try parameters(snapshot))
        switch format {
        case .json: Terminal.write(SQLAnswer(result).json(commit: snapshot.commit) + "\n")
        case .csv:
            let writer = CSVWriter(profile: .machine, zone: .utc)
            try writer.write(SQLAnswer(result).table) { Terminal.write($0) }
        case .table:
            Terminal.write(
                try TerminalTable(locale: ReportLocale(locale), zone: .utc)
                    .text(SQLAnswer(result).table))
            Terminal.note("\(result.rows.count) rows; as of commit \(snapshot.commit.number)")
        }
    }

    private func text() throws -> String {
        guard statement == "-" else { return statement }
        let data = try FileHandle.standardInput.readToEnd() ?? Data()
        guard let text = String(data: data, encoding: .utf8) else {
            throw Advice(
                .input, "the statement on standard input is not UTF-8", remedy: "save it as UTF-8")
        }
        return text
    }

    private func parameters(_ snapshot: Snapshot) throws -> [String: SQLValue] {
        var parameters: [String: SQLValue] = [:]
        for (name, day) in [("from", from), ("to", to)] {
            guard let day else { continue }
            guard LocalDay(day) != nil else {
                throw Advice(
                    .request, "--\(name) ‘\(day)’ is not a day", remedy: "write it as 2026-06-01")
            }
            parameters[name] = .text(day)
        }
        if let only = snapshot.companies.first, snapshot.companies.count == 1 {
            parameters["company"] = .text(only.code)
        }
        return parameters
    }
}

/// The answer to an SQL statement as the writers of files take it.
///
/// SQL has no types for columns, so a column is what all of its values are.
struct SQLAnswer {
    private let result: SQLResult
    /// Decimals of real numbers that are shown; SQLite computes about fifteen digits.
    private static let greatestScale = 9

    init(_ result: SQLResult) { self.result = result }

    var table: ResultTable {
        let kinds = result.columns.indices.map(kind)
        let columns = zip(result.columns, kinds).map { name, kind in
            ResultColumn(name: name, label: name, kind: kind)
        }
        let rows = result.rows.map { row in
            zip(row, kinds).map { value, kind in Self.cell(value, kind) }
        }
        return ResultTable(name: "sql", title: "SQL", columns: columns, rows: rows)
    }

    /// `{"commit":7,"columns":[…],"rows":[[…],…]}`; numbers are written in full.
    func json(commit: Commit) -> String {
        let rows = result.rows.map { row in
            "[" + row.map(Self.json).joined(separator: ",") + "]"
        }
        return "{\"commit\":\(commit.number),\"columns\":["
            + result.columns.map(JSONText.quoted).joined(separator: ",") + "],\"rows\":["
            + rows.joined(separator: ",") + "]}"
    }

    private func kind(of column: Int) -> ResultColumn.Kind {
        var scale = 0
        for row in result.rows {
            switch row[column] {
            case .missing, .integer: continue
            case .real(let number):
                guard let exact = ExactDecimal("\(number)") else { return .text }
                scale = max(scale, min(exact.scale, Self.greatestScale))
            case .text, .bytes: return .text
            }
        }
        return scale == 0 ? .integer : .decimal(scale: scale)
    }

    private static func cell(_ value: SQLValue, _ kind: ResultColumn.Kind) -> Value {
        switch (value, kind) {
        case (.missing, _): .missing
        case (.text(let text), _): .text(text)
        case (.bytes(let bytes), _): .text(bytes.hexadecimal)
        case (.integer(let number), .integer): .integer(number)
        case (.integer(let number), .text): .text("\(number)")
        case (.real(let number), .text): .text("\(number)")
        case (.integer(let number), _):
            ExactDecimal("\(number)").map(Value.decimal) ?? .text("\(number)")
        case (.real(let number), .integer):
            Int64(exactly: number).map(Value.integer) ?? .text("\(number)")
        case (.real(let number), _):
            ExactDecimal("\(number)").map(Value.decimal) ?? .text("\(number)")
        }
    }

    private static func json(_ value: SQLValue) -> String {
        switch value {
        case .missing: "null"
        case .integer(let number): "\(number)"
        // JSON has no infinities.
        case .real(let number): number.isFinite ? "\(number)" : "null"
        case .text(let text): JSONText.quoted(text)
        case .bytes(let bytes): JSONText.quoted(bytes.hexadecimal)
        }
    }
}
