import Foundation
import Vocabulary

/// One measured case: ours and another side's figure in one unit.
struct BenchCase {
    /// Name: the subject, the number of rows, the variant.
    let name: String
    let ours: Double
    /// The other program, or `bar` for an absolute limit.
    let peer: String
    let theirs: Double
    /// The unit of both: of times, bytes and megabytes less is better, of `rows/s` and the like more.
    let unit: String
    /// How many rows were in the data, or how many events were timed.
    let rows: Int
    /// The ratio that has to be reached: the greatest, or of a rate the least; nil when none is set.
    let bar: Double?

    init(
        name: String, ours: Double, peer: String, theirs: Double, unit: String, rows: Int,
        bar: Double? = nil
    ) {
        self.name = name
        self.ours = ours
        self.peer = peer
        self.theirs = theirs
        self.unit = unit
        self.rows = rows
        self.bar = bar ?? (peer == "bar" ? 1 : nil)
    }

    /// Ours divided by theirs.
    var ratio: Double { ours / theirs }
    /// Whether more is better.
    var isRate: Bool { unit.contains("/") }
    /// Whether the bar is reached; nil when none is set.
    var isMet: Bool? { bar.map { isRate ? ratio >= $0 : ratio <= $0 } }

    /// Whether the bar is reached, in words.
    var verdict: String {
        switch isMet {
        case true?: "met"
        case false?: "MISSED"
        case nil: ""
        }
    }

    /// The line of `bench.jsonl`.
    var line: String {
        for word in [name, peer, unit] {
            precondition(word.utf8.allSatisfy { (33...126).contains($0) && $0 != 34 && $0 != 92 })
        }
        return "{\"case\":\"\(name)\",\"ours\":\(Self.json(ours)),\"peer\":\"\(peer)\","
            + "\"theirs\":\(Self.json(theirs)),\"ratio\":\(Self.json(ratio)),"
            + "\"unit\":\"\(unit)\",\"rows\":\(rows)}\n"
    }

    private static func json(_ number: Double) -> String {
        precondition(number.isFinite, "a measured figure is finite")
        return String(format: "%.6g", number)
    }
}

/// The results of one run: a line in a file as soon as a case is measured, a table at the end.
struct BenchReport {
    private let path: String
    private(set) var cases: [BenchCase] = []

    /// Begins a report; the file of an earlier run is replaced.
    ///
    /// - Throws: `Advice` of kind `storage` when the file cannot be written.
    init(path: String) throws {
        self.path = path
        try write("")
    }

    /// Adds a case.
    mutating func add(_ measured: BenchCase) throws {
        cases.append(measured)
        try write(cases.map(\.line).joined())
    }

    private func write(_ text: String) throws {
        do {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw Advice(
                .storage, "cannot write \(path)", remedy: "make room, or check its rights",
                cause: "\(error)")
        }
    }

    /// The table for people.
    var table: String {
        let heads = ["case", "ours", "peer", "theirs", "ratio", "bar", "unit", "rows", ""]
        let rows =
            [heads]
            + cases.map { one in
                [
                    one.name, Self.figure(one.ours), one.peer, Self.figure(one.theirs),
                    Self.figure(one.ratio),
                    one.bar.map { "\(one.isRate ? "≥" : "≤") \(String(format: "%g", $0))" } ?? "",
                    one.unit, String(one.rows), one.verdict,
                ]
            }
        let widths = heads.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let isNumber = [false, true, false, true, true, true, false, true, false]
        let lines = rows.map { row in
            row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return isNumber[column] ? space + row[column] : row[column] + space
            }.joined(separator: "  ").trimmingCharacters(in: .whitespaces)
        }
        let verdicts = cases.compactMap(\.isMet)
        let summary = "\(verdicts.count { $0 }) of \(verdicts.count) bars met"
        return (lines + [summary]).joined(separator: "\n")
    }

    private static func figure(_ number: Double) -> String {
        String(
            format: number >= 1000
                ? "%.0f" : number >= 10 ? "%.1f" : number >= 0.1 ? "%.3f" : "%.4f",
            number)
    }
}
