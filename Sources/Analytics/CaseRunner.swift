import Foundation
import Store
public import Vocabulary

/// How a case came out.
public struct CaseOutcome: Sendable, Hashable {
    /// What the case shows.
    public let name: String
    /// Where it is written.
    public let place: Place
    /// Every difference in words; empty when the case holds.
    public let problems: [String]

    /// Whether the case holds.
    public var holds: Bool { problems.isEmpty }
}

/// Runs the cases of a definitions folder, each against a store of its own.
public enum CaseRunner {
    /// Runs all cases of `cases/`.
    ///
    /// - Parameters:
    ///   - folder: The definitions folder.
    ///   - definitions: The definitions that the cases speak of.
    /// - Returns: One outcome per case, in the order of files and cases.
    /// - Throws: `Advice` when a case cannot be read; a case that fails is an outcome, not an error.
    public static func run(folder: String, definitions: Definitions) throws -> [CaseOutcome] {
        try DefinitionFolder.files(in: "cases", of: folder).flatMap { path in
            try run(
                DefinitionNode(contentsOf: path, relativeTo: folder), definitions: definitions)
        }
    }

    /// Runs the cases of one file.
    ///
    /// - Throws: `Advice` when a case cannot be read.
    public static func run(
        _ file: DefinitionNode, definitions: Definitions
    ) throws -> [CaseOutcome] {
        let (cases, own) = try DefinitionCase.cases(in: file, definitions: definitions)
        return try cases.map { try run($0, definitions: own) }
    }

    private static func run(
        _ item: DefinitionCase, definitions: Definitions
    ) throws -> CaseOutcome {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("reportd-case-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw Advice(
                .storage, "cannot create a scratch folder for a case",
                remedy: "check TMPDIR and the free space there", cause: "\(error)")
        }
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try Store(
            path: folder.path + "/case.sqlite", schema: definitions.schema,
            clock: .fixed(item.now))
        defer { try? store.close() }
        try store.commit(item.changes)
        let scope = Scope(companies: definitions.schema.companies.companies.map(\.code))
        do {
            let snapshot = try store.snapshot(scope, of: item.selection)
            let answer = try definitions.answer(item.query, on: snapshot, now: item.now)
            return CaseOutcome(
                name: item.name, place: item.place,
                problems: differences(answer, item.expectation)
                    + remarkProblems(answer.provenance.remarks, item.remark))
        } catch let error as Advice {
            if case .refusal(let words) = item.expectation, error.description.contains(words) {
                return CaseOutcome(name: item.name, place: item.place, problems: [])
            }
            return CaseOutcome(
                name: item.name, place: item.place, problems: ["refused: \(error.description)"])
        }
    }

    private static func remarkProblems(_ remarks: [String], _ wanted: String?) -> [String] {
        guard let wanted else { return [] }
        let found = remarks.joined(separator: "; ")
        if wanted == "none" {
            return remarks.isEmpty ? [] : ["expected no remark, found ‘\(found)’"]
        }
        return remarks.contains { $0.contains(wanted) }
            ? [] : ["expected the remark ‘\(wanted)’, found ‘\(found)’"]
    }

    private static func differences(
        _ answer: MetricAnswer, _ expectation: DefinitionCase.Expectation
    ) -> [String] {
        guard case .rows(let headings, let expected) = expectation else {
            return ["the question was answered, and should have been refused"]
        }
        let found = answer.rows.map { row in headings.map { text(of: $0, row, answer) } }
        var problems: [String] = []
        if found.count != expected.count {
            problems.append("expected \(expected.count) rows, found \(found.count)")
        }
        for (number, (wanted, row)) in zip(expected, found).enumerated() {
            for (heading, (want, have)) in zip(headings, zip(wanted, row))
            where !CaseValue.same(want, have) {
                problems.append(
                    "row \(number + 1), \(heading): expected ‘\(want)’, found ‘\(have)’")
            }
        }
        if !problems.isEmpty {
            problems.append("found:\n" + aligned([headings] + found))
        }
        return problems
    }

    private static func text(
        of heading: String, _ row: MetricAnswer.Row, _ answer: MetricAnswer
    ) -> String {
        if heading == "step" { return row.step?.label ?? "" }
        if let index = answer.dimensions.firstIndex(where: { $0.name == heading }) {
            return row.members[index].label
        }
        for (index, metric) in answer.metrics.enumerated() {
            let values: [Value?]
            switch heading {
            case metric.name: values = row.cells[index].map(\.value)
            case "\(metric.name) before": values = row.cells[index].map(\.previous)
            case "\(metric.name) change": values = row.cells[index].map(\.change)
            default: continue
            }
            return values.map { CaseValue.text($0 ?? .missing) }.joined(separator: " + ")
        }
        return ""
    }

    /// The rows as a table again, so that a right answer can be copied into the case.
    private static func aligned(_ rows: [[String]]) -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: " | ")
        }.joined(separator: "\n")
    }
}

/// How figures are written in cases.
private enum CaseValue {
    static func text(_ value: Value) -> String {
        switch value {
        case .missing: "missing"
        case .integer(let number): String(number)
        case .decimal(let number): "\(number)"
        case .money(let money): "\(money)"
        case .text(let text): text
        case .boolean(let flag): flag ? "yes" : "no"
        case .day(let day): "\(day)"
        case .instant(let instant): "\(instant)"
        }
    }

    /// Whether two texts say the same: `0.250000`, `0.25` and `25 %` do.
    static func same(_ left: String, _ right: String) -> Bool {
        let (first, second) = (tokens(left), tokens(right))
        guard first.count == second.count else { return false }
        return zip(first, second).allSatisfy { pair in
            pair.0 == pair.1 || number(pair.0).map { $0 == number(pair.1) } ?? false
        }
    }

    private static func tokens(_ text: String) -> [Substring] {
        text.replacing(" %", with: "%").split(separator: " ")
    }

    private static func number(_ text: Substring) -> ExactDecimal? {
        guard text.hasSuffix("%") else { return ExactDecimal(text) }
        return ExactDecimal(text.dropLast()).map { $0 * ExactDecimal(unscaled: 1, scale: 2) }
    }
}
