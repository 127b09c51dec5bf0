import ArgumentParser
import Foundation
import Reports
import Store
import Vocabulary

/// `reportd close`: freezes the figures of a period.
struct CloseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "close",
        abstract: "Close a period of a company: freeze its reports; list or verify closes.",
        discussion: """
            The reports that say ‘close: true’, or those named, are made from the newest commit and \
            archived as JSON, PDF and XLSX; the store keeps that state for good. From then on the \
            period's figures are shown as closed. --verify makes all archived files anew and \
            compares them (exit code 1 when one comes out differently).
            """)

    @Argument(help: "The company, by code.")
    var company: String?

    @Argument(help: "The period, which must be over: 2026-06, 2026-Q2, last-month …")
    var period: String?

    @Argument(help: "Reports to freeze; without any, those whose definitions say so.")
    var reports: [String] = []

    @OptionGroup var common: CommonOptions

    @Flag(help: "List all closes.")
    var list = false

    @Flag(help: "Make the archived files anew and compare.")
    var verify = false

    @Option(help: "Who closes it; the name of this system's user without it.")
    var by: String?

    @Option(help: "Language and region of the files: en, da, nl, sw, en-KE, en-MW.")
    var locale = "en"

    func run() async throws {
        let workplace = try common.workplace()
        let desk = CloseDesk(desk: AnswerDesk(workplace), scope: workplace.everything)
        if list { return try show(workplace.closes) }
        if verify { return try Self.verify(desk) }
        guard let company, let period else {
            throw Advice(
                .request, "it is not said what to close",
                remedy: "write ‘reportd close COMPANY PERIOD’, or --list or --verify")
        }
        try Workplace.makeFolder(of: workplace.configuration.state)
        let close = try desk.close(
            company, try PeriodName(period), reports: reports, by: by ?? NSUserName(),
            locale: locale)
        for (source, position) in workplace.store.positions.sorted(by: { $0.key < $1.key }) {
            let time = position.sourceTime.map { ", changes up to \($0)" } ?? ""
            Terminal.note("\(source): \(position.text)\(time)")
        }
        for file in close.files {
            Terminal.write("\(file.sha256)  \(file.report).\(file.format.rawValue)\n")
        }
        Terminal.note("\(close.company) \(close.period) \(close.words)")
    }

    private func show(_ book: CloseBook) throws {
        for close in try book.all() where company == nil || close.company == company {
            Terminal.write("\(close.id)  \(close.company) \(close.period) \(close.words)\n")
            Terminal.write("    \(close.reports.joined(separator: ", "))\n")
            for file in close.files {
                guard let reason = file.replacement else { continue }
                Terminal.write("    \(file.report).\(file.format.rawValue) replaced: \(reason)\n")
            }
            if let reopening = close.reopening {
                Terminal.write(
                    "    opened again on \(reopening.time) by \(reopening.by): "
                        + "\(reopening.reason)\n")
            }
        }
    }

    private static func verify(_ desk: CloseDesk) throws {
        let findings = try desk.verify()
        for finding in findings {
            guard let problem = finding.problem else { continue }
            Terminal.write(
                "\(finding.isFailure ? "✘" : "–") \(finding.close.company) "
                    + "\(finding.close.period) \(finding.file.report)."
                    + "\(finding.file.format.rawValue): \(problem)\n")
        }
        let same = findings.count { $0.problem == nil }
        Terminal.write("\(same) of \(findings.count) files are the same byte by byte\n")
        if findings.contains(where: \.isFailure) { throw ExitCode(1) }
    }
}

/// `reportd reopen`: takes a close back.
struct ReopenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reopen",
        abstract: "Open a closed period again; who did it and why stays in the books.",
        discussion: """
            For whoever operates the program. The archived files stay; the store may forget the \
            state when it lies behind the horizon.
            """)

    @Argument(help: "The company, by code.")
    var company: String

    @Argument(help: "The period, as it was closed.")
    var period: String

    @Option(help: "Why.")
    var reason: String

    @Option(help: "Who opens it; the name of this system's user without it.")
    var by: String?

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let workplace = try common.workplace()
        let now = workplace.clock.now()
        let known = try workplace.companies.company(company)
        let days = try FiscalCalendar.days(
            of: try PeriodName(period), today: known.zone.day(of: now), [known])
        let found = try workplace.closes.inForce(company).first {
            $0.first == days.start && $0.last == days.last
        }
        guard let found else {
            throw Advice(
                .unknown, "\(period) of \(company) is not closed",
                remedy: "‘reportd close --list’ shows what is")
        }
        try workplace.closes.reopen(
            found.id,
            PeriodClose.Reopening(time: now, by: by ?? NSUserName(), reason: reason))
        Terminal.note("\(found.company) \(found.period) is open again")
    }
}
