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
    /// The unit of both: of `cpu-ms` and `ms` less is better, of `rows/s` more.
    let unit: String
    /// How many rows were in the data, or how many events were timed.
    let rows: Int

    /// Ours divided by theirs.
    var ratio: Double { ours / theirs }
    /// Whether more is better.
    var isRate: Bool { unit.hasSuffix("/s") }

    /// How much better ours is than theirs, in words.
    var verdict: String {
        let gain = isRate ? ratio : 1 / ratio
        if peer == "bar" { return gain >= 1 ? "within the bar" : "MISSES THE BAR" }
        return gain >= 1
            ? String(format: "%.1f× faster", gain) : String(format: "%.1f× SLOWER", 1 / gain)
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
        let heads = ["case", "ours", "peer", "theirs", "ratio", "unit", "rows", ""]
        let rows =
            [heads]
            + cases.map { one in
                [
                    one.name, Self.figure(one.ours), one.peer, Self.figure(one.theirs),
                    String(format: "%.3f", one.ratio), one.unit, String(one.rows), one.verdict,
                ]
            }
        let widths = heads.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let isNumber = [false, true, false, true, true, false, true, false]
        return rows.map { row in
            row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return isNumber[column] ? space + row[column] : row[column] + space
            }.joined(separator: "  ").trimmingCharacters(in: .whitespaces)
        }.joined(separator: "\n")
    }

    private static func figure(_ number: Double) -> String {
        String(format: number >= 1000 ? "%.0f" : number >= 10 ? "%.1f" : "%.3f", number)
    }
}
