import Foundation
import Reports
import Vocabulary

/// A period of a company whose books were closed: its figures stay those of one commit.
struct PeriodClose: Sendable, Hashable {
    /// A file that was made when the period was closed.
    struct File: Sendable, Hashable {
        let report: String
        /// The hash of the report's definition then.
        let definition: String
        let format: ReportFormat
        let sha256: String
        let bytes: Int
        /// Why the file is not the one that was made first; nil when it is.
        let replacement: String?
    }

    /// Who opened the period again, when and why.
    struct Reopening: Sendable, Hashable {
        let time: Instant
        let by: String
        let reason: String
    }

    let id: Int64
    let company: String
    let first: LocalDay
    let last: LocalDay
    /// The commit whose state holds the figures.
    let commit: UInt64
    let committedAt: Instant
    let closedAt: Instant
    let closedBy: String
    /// Which program made the files: the same one makes the same bytes.
    let build: String
    let locale: String
    let files: [File]
    let reopening: Reopening?

    /// Whether the period is closed.
    var isInForce: Bool { reopening == nil }

    /// The reports that were frozen.
    var reports: [String] {
        var names: [String] = []
        for file in files where !names.contains(file.report) { names.append(file.report) }
        return names
    }

    /// The days by their usual name, as a question takes them.
    var period: String { "\(first)..\(last)" }

    /// How pages and files say it.
    var words: String {
        "closed on \(closedAt) by \(closedBy): figures as known at commit \(commit) of \(committedAt)"
    }

    /// Whether all days of a period are closed.
    func covers(_ period: Period) -> Bool { first <= period.start && period.last <= last }

    /// The close as one JSON object.
    func json() -> String {
        let files = files.map { file in
            "{\"report\":\(JSONText.quoted(file.report)),\"format\":\"\(file.format.rawValue)\","
                + "\"sha256\":\"\(file.sha256)\",\"bytes\":\(file.bytes),"
                + "\"definition\":\(JSONText.quoted(file.definition)),"
                + "\"replacement\":\(file.replacement.map(JSONText.quoted) ?? "null")}"
        }
        let reopened =
            reopening.map {
                "{\"at\":\"\($0.time)\",\"by\":\(JSONText.quoted($0.by)),"
                    + "\"reason\":\(JSONText.quoted($0.reason))}"
            } ?? "null"
        return "{\"id\":\(id),\"company\":\(JSONText.quoted(company)),\"from\":\"\(first)\","
            + "\"to\":\"\(last)\",\"commit\":\(commit),\"committedAt\":\"\(committedAt)\","
            + "\"closedAt\":\"\(closedAt)\",\"closedBy\":\(JSONText.quoted(closedBy)),"
            + "\"build\":\(JSONText.quoted(build)),\"reopened\":\(reopened),"
            + "\"files\":[\(files.joined(separator: ","))]}"
    }
}
