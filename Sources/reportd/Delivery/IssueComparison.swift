import Foundation
import Vocabulary

/// What differs between two issues of one report, as they were sent.
struct IssueComparison: Sendable {
    /// Rows of one table that are told, gone and new ones each.
    static let mostRows = 50

    /// A cell in words.
    private struct Cell: Decodable, Hashable {
        let text: String

        private struct Amount: Decodable {
            let amount: String
            let currency: String
        }

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                text = "–"
            } else if let words = try? value.decode(String.self) {
                text = words
            } else if let number = try? value.decode(Int64.self) {
                text = "\(number)"
            } else if let truth = try? value.decode(Bool.self) {
                text = truth ? "true" : "false"
            } else {
                let amount = try value.decode(Amount.self)
                text = "\(amount.amount) \(amount.currency)"
            }
        }
    }

    private struct Issue: Decodable {
        struct Figure: Decodable {
            let name: String
            let label: String
            let values: [Cell]
            var words: String { values.map(\.text).joined(separator: ", ") }
        }
        struct Block: Decodable {
            let type: String
            let name: String?
            let title: String?
            let figures: [Figure]?
            let rows: [[Cell]]?
        }
        let name: String
        let blocks: [Block]

        var figures: [Figure] { blocks.flatMap { $0.figures ?? [] } }
        var tables: [Block] { blocks.filter { $0.type == "table" } }
    }

    /// One line for each difference; empty when both show the same.
    let lines: [String]

    /// Compares two issues, each a report's JSON.
    ///
    /// Rows are compared as wholes: one that has changed is gone as it was and new as it is.
    ///
    /// - Throws: `Advice` when they are not issues of one report.
    init(_ before: [UInt8], _ after: [UInt8]) throws {
        let (old, new) = (try Self.issue(before), try Self.issue(after))
        guard old.name == new.name else {
            throw Advice(
                .request, "one is an issue of ‘\(old.name)’, the other of ‘\(new.name)’",
                remedy: "compare two deliveries of one report")
        }
        var lines: [String] = []
        for figure in new.figures {
            let earlier = old.figures.first { $0.name == figure.name }?.words ?? "–"
            if earlier != figure.words {
                lines.append("\(figure.label): \(earlier) → \(figure.words)")
            }
        }
        for figure in old.figures where !new.figures.contains(where: { $0.name == figure.name }) {
            lines.append("\(figure.label): \(figure.words) → –")
        }
        let names = new.tables.map(\.name) + old.tables.map(\.name)
        var seen: Set<String?> = []
        for name in names where seen.insert(name).inserted {
            let (left, right) = (
                old.tables.first { $0.name == name }, new.tables.first { $0.name == name }
            )
            let gone = Self.rows(left?.rows ?? [], without: right?.rows ?? [])
            let fresh = Self.rows(right?.rows ?? [], without: left?.rows ?? [])
            guard !gone.isEmpty || !fresh.isEmpty else { continue }
            let title = right?.title ?? left?.title ?? ""
            lines.append("\(title): \(gone.count) rows gone, \(fresh.count) new")
            lines += Self.told(gone, "-") + Self.told(fresh, "+")
        }
        self.lines = lines
    }

    private static func issue(_ bytes: [UInt8]) throws -> Issue {
        do {
            return try JSONDecoder().decode(Issue.self, from: Data(bytes))
        } catch {
            throw Advice(
                .damaged, "a kept report cannot be read",
                remedy: "it may be of another version of the program", cause: "\(error)")
        }
    }

    /// The rows that another list does not have, as often as it does not, in order.
    private static func rows(_ rows: [[Cell]], without others: [[Cell]]) -> [[Cell]] {
        var left: [[Cell]: Int] = [:]
        for row in others { left[row, default: 0] += 1 }
        return rows.filter { row in
            guard let count = left[row], count > 0 else { return true }
            left[row] = count - 1
            return false
        }
    }

    private static func told(_ rows: [[Cell]], _ sign: String) -> [String] {
        let lines = rows.prefix(mostRows).map { row in
            "\(sign) " + row.map(\.text).joined(separator: " | ")
        }
        let more = rows.count - lines.count
        return lines + (more > 0 ? ["\(sign) … and \(more) more"] : [])
    }
}
