import Analytics
import ArgumentParser
import Foundation
import Reports
import Store
import Vocabulary

/// Closes periods, opens them again and makes their files anew.
struct CloseDesk: Sendable {
    /// The formats of the files that a close archives.
    static let formats = [ReportFormat.json, .pdf, .xlsx]

    let desk: AnswerDesk
    let scope: Scope

    private var book: CloseBook { desk.closes }

    /// Closes a period of a company: freezes its reports at the newest commit.
    ///
    /// - Parameters:
    ///   - company: Its code.
    ///   - name: The period, which must be over.
    ///   - reports: The reports to freeze; those that their definitions name when there are none.
    ///   - by: Who closes it.
    ///   - locale: The language of the files.
    /// - Returns: The close, entered and durable.
    /// - Throws: `Advice` when the period is not over, is closed, or has no reports; nothing is closed
    ///   then.
    func close(
        _ company: String, _ name: PeriodName, reports: [String], by: String, locale: String
    ) throws -> PeriodClose {
        let definitions = desk.shelf.current.analytics
        let snapshot = try desk.store.snapshot(scope, of: .companies([company]))
        let now = desk.clock.now()
        let zone = snapshot.companies[0].zone
        let days = try FiscalCalendar.days(
            of: name, today: zone.day(of: now), snapshot.companies)
        guard days.end <= zone.day(of: now) else {
            throw Advice(
                .request, "\(days) is not over", remedy: "close it from \(days.end) on")
        }
        guard snapshot.commit.number > 0 else {
            throw Advice(
                .request, "the store is empty", remedy: "run ‘reportd ingest’ first")
        }
        let overlapping = try book.inForce(company).first { close in
            close.first <= days.last && days.start <= close.last && !close.covers(days)
                && !(days.start <= close.first && close.last <= days.last)
        }
        if let overlapping {
            throw Advice(
                .request, "\(days) overlaps \(overlapping.period), which is closed",
                remedy: "close whole months, quarters or years")
        }
        let chosen =
            reports.isEmpty
            ? definitions.reports(withDataIn: snapshot).filter(\.isFrozenByCloses)
            : try reports.map { try definitions.report($0) }
        guard !chosen.isEmpty else {
            throw Advice(
                .request, "no report of \(company) is frozen by a close",
                remedy: "write ‘close: true’ in a report's definition, or name reports")
        }
        var draft = PeriodClose(
            id: 0, company: company, first: days.start, last: days.last,
            commit: snapshot.commit.number, committedAt: snapshot.commit.time, closedAt: now,
            closedBy: by, build: Self.build, locale: locale, files: [], reopening: nil)
        var files: [PeriodClose.File] = []
        for report in chosen.sorted(by: { $0.name < $1.name }) {
            for format in Self.formats {
                let bytes = try render(report.name, format, draft)
                files.append(
                    PeriodClose.File(
                        report: report.name, definition: report.hash, format: format,
                        sha256: try book.archive.keep(bytes), bytes: bytes.count,
                        replacement: nil))
                Failpoint.hit("close-file")
            }
        }
        draft = PeriodClose(
            id: 0, company: company, first: days.start, last: days.last,
            commit: snapshot.commit.number, committedAt: snapshot.commit.time, closedAt: now,
            closedBy: by, build: Self.build, locale: locale, files: files, reopening: nil)
        return try book.enter(draft)
    }

    /// A file of a closed report, made anew.
    private func render(
        _ report: String, _ format: ReportFormat, _ close: PeriodClose
    ) throws -> [UInt8] {
        let choices = ViewChoices(
            companies: [close.company], from: "\(close.first)", to: "\(close.last)")
        let document = try desk.closedReport(report, choices, close, scope: scope)
        return try ReportOutput(format, locale: ReportLocale(close.locale)).bytes(document)
    }

    // MARK: Verifying

    /// What making a closed report's files anew showed.
    struct Finding: Sendable, Hashable {
        let close: PeriodClose
        let file: PeriodClose.File
        /// What is wrong; nil when the file was made again byte by byte.
        let problem: String?
        /// Whether the figures are other ones, or nobody can tell.
        let isFailure: Bool
    }

    /// Makes the files of all closes in force anew, and compares them with those archived.
    ///
    /// Figures are compared by the JSON file, which every build writes alike.
    ///
    /// - Throws: `Advice` when the state file cannot be read.
    func verify() throws -> [Finding] {
        try book.all().filter(\.isInForce).flatMap { close in
            close.files.map { finding(on: $0, of: close) }
        }
    }

    private func finding(on file: PeriodClose.File, of close: PeriodClose) -> Finding {
        do {
            let archived = try book.archive.bytes(of: file)
            let now = try render(file.report, file.format, close)
            if now == archived {
                return Finding(close: close, file: file, problem: nil, isFailure: false)
            }
            let hash = try desk.shelf.current.analytics.report(file.report).hash
            guard file.format != .json, close.build != Self.build else {
                return Finding(
                    close: close, file: file,
                    problem: hash == file.definition
                        ? "it comes out differently" : "its definition has changed",
                    isFailure: true)
            }
            return Finding(
                close: close, file: file, problem: "another build writes other bytes",
                isFailure: false)
        } catch {
            return Finding(
                close: close, file: file, problem: Problem.advice(error).description,
                isFailure: true)
        }
    }

    // MARK: Erasure

    /// Replaces archived files that may hold rows which were erased.
    ///
    /// Of a period that was opened again the store may no longer know the state; its files are removed
    /// then.
    ///
    /// - Returns: The files that were replaced.
    /// - Throws: `Advice` when one cannot be made; run the erasure again then.
    func replaceFiles(after erasure: Erasure) throws -> [PeriodClose.File] {
        var replaced: [PeriodClose.File] = []
        for close in try book.all() {
            for file in close.files {
                let reason = "rows were erased by commit \(erasure.commit.number)"
                do {
                    let bytes = try render(file.report, file.format, close)
                    let sha256 = CloseArchive.sha256(bytes)
                    guard sha256 != file.sha256 else { continue }
                    _ = try book.archive.keep(bytes)
                    try book.replace(
                        file, of: close.id, sha256: sha256, bytes: bytes.count, because: reason)
                } catch let advice as Advice where advice.kind == .unknown && !close.isInForce {
                    try book.replace(
                        file, of: close.id, sha256: "", bytes: 0, because: "removed: \(reason)")
                }
                replaced.append(file)
            }
        }
        let kept = Set(try book.all().flatMap { $0.files.map(\.sha256) })
        for file in replaced where !kept.contains(file.sha256) {
            book.archive.remove(file.sha256)
        }
        return replaced
    }

    // MARK: The build

    /// Which program this is: its version, size and time of making.
    static let build: String = {
        let path =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let size = (attributes?[.size] as? NSNumber)?.int64Value ?? 0
        let made = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        return "\(Reportd.configuration.version) \(size)-\(Int64(made))"
    }()
}
