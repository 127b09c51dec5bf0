import Analytics
import Foundation
import Testing
import Vocabulary

@testable import SourceSystems

/// What the metrics of a pack must be, each as SQL over the source's own tables.
///
/// A file of `Oracles` begins with lines that say what it is about:
///
///     -- metrics: payables              the files of metrics
///     -- source: teddykids              the mapping
///     -- companies: tisa teddy-cafe     whose figures are asked for
///     -- start: 2026-03-31T12:00:00Z    when the source is read for the first time
///     -- span: 2026-01-01..2026-06-30   where the days of questions lie
///     -- currency: EUR closing          in which figures are asked for; own ones if it says nothing
///     -- countries: NL DK               of which companies have one each, chosen at random; if it
///                                       says nothing, they keep their own
///     -- queries: vat.queries           a file that goes on where this one ends, and others share
///     -- rounds: 1                      how many questions are asked of each metric; else 4
///
/// Statements after them are run once, before that. `-- change` begins statements of a later day,
/// `-- metric: name` a query, which returns `value` and, for amounts, `currency`; no row means
/// nothing. It may use `:company`, `:country` and `:zone` (texts), `:from` and `:until` (the first day of a step
/// and the first one after it), `:today`, `:first` and `:end` (the first day of the period; its last
/// one, or today while it is not over).
struct PackOracle: Sendable, CustomTestStringConvertible {
    let name: String
    let metrics: [String]
    let source: String
    let companies: [String]
    let start: Instant
    let span: Period
    let currency: ReportingCurrency?
    let countries: [String]
    let rounds: Int
    let prelude: String
    let changes: [String]
    let queries: [(metric: String, sql: String)]

    var testDescription: String { name }

    /// All that there are.
    static let all: [PackOracle] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().filter { $0.hasSuffix(".sql") }.map { name in
            do { return try PackOracle(file: name) } catch { preconditionFailure("\(error)") }
        }
    }()

    private static let folder = repositoryFolder + "/Tests/PackTests/Oracles"

    private init(file: String) throws {
        name = file
        var text = try String(contentsOfFile: Self.folder + "/" + file, encoding: .utf8)
        func optional(_ key: String) -> String? {
            for line in text.split(separator: "\n") where line.hasPrefix("-- \(key): ") {
                return String(line.dropFirst(key.count + 5))
            }
            return nil
        }
        func word(_ key: String) throws -> String {
            if let found = optional(key) { return found }
            throw Advice(.input, "\(file) does not say its ‘\(key)’")
        }
        if let shared = optional("queries") {
            text += try String(contentsOfFile: Self.folder + "/" + shared, encoding: .utf8)
        }
        metrics = try word("metrics").split(separator: " ").map(String.init)
        source = try word("source")
        companies = try word("companies").split(separator: " ").map(String.init)
        guard let start = Instant(try word("start")) else {
            throw Advice(.input, "\(file): ‘start’ is no moment")
        }
        self.start = start
        span = try PeriodName(word("span")).period(today: .earliest)
        currency = try optional("currency").map { try ReportingCurrency(parsing: $0) }
        rounds = optional("rounds").flatMap { Int($0) } ?? 4
        countries = optional("countries")?.split(separator: " ").map(String.init) ?? []
        var parts = [(head: "", lines: [Substring]())]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("-- change") || line.hasPrefix("-- metric: ") {
                parts.append((String(line.dropFirst(3)), []))
            } else if !line.hasPrefix("--") {
                parts[parts.count - 1].lines.append(line)
            }
        }
        let sections = parts.map { part in
            (
                head: part.head,
                sql: part.lines.joined(separator: "\n").trimmingCharacters(
                    in: CharacterSet(charactersIn: "; \n"))
            )
        }
        prelude = sections[0].sql
        changes = sections.filter { $0.head.hasPrefix("change") }.map(\.sql)
        queries = sections.filter { $0.head.hasPrefix("metric: ") }.map {
            (String($0.head.dropFirst(8)).trimmingCharacters(in: .whitespaces), $0.sql)
        }
    }

    /// A question: whose rows, on which clock, when, in which steps.
    struct Question: Sendable, CustomStringConvertible {
        let company: String
        let country: String
        let zone: String
        let from: LocalDay
        /// The first day after the period.
        let until: LocalDay
        /// A word of `date_trunc`; nil for one figure over the whole period.
        let grain: String?
        let today: LocalDay

        var description: String {
            "\(company) of \(country) on the clock of \(zone), \(from)..<\(until) by \(grain ?? "period"), "
                + "today \(today)"
        }

        /// One row per step and currency: first day, currency, value.
        func statement(_ sql: String) -> String {
            let length = grain == "quarter" ? "3 months" : "1 \(grain ?? "day")"
            let steps =
                grain.map { grain in
                    """
                    SELECT greatest(s::date, date '\(from)') AS first, s::date AS start,
                        least((s + interval '\(length)')::date, date '\(until)') AS after
                    FROM generate_series(
                        date_trunc('\(grain)', timestamp '\(from)'),
                        timestamp '\(until)' - interval '1 day', interval '\(length)') s
                    """
                }
                ?? "SELECT date '\(from)' AS first, date '\(from)' AS start, date '\(until)' AS after"
            let last = until.adding(days: -1)
            let end = from <= today && today <= last ? today : last
            var query = sql
            for (name, value) in [
                (":company", "'\(company)'"), (":country", "'\(country)'"), (":zone", "'\(zone)'"),
                (":today", "date '\(today)'"),
                (":first", "date '\(from)'"), (":end", "date '\(end)'"), (":from", "step.first"),
                (":until", "step.after"),
            ] {
                query = query.replacing(name, with: value)
            }
            return """
                SELECT step.start::text, to_jsonb(answer) ->> 'currency',
                    round((to_jsonb(answer) ->> 'value')::numeric, 15)::text, answer IS NULL
                FROM (\(steps)) step LEFT JOIN LATERAL (\(query)) answer ON true ORDER BY 1, 2
                """
        }
    }
}
