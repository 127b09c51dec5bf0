import ArgumentParser
import Foundation
import Store
import Vocabulary

/// Options that every command takes.
struct CommonOptions: ParsableArguments {
    @Option(help: "The configuration file.")
    var config = "reportd.yaml"

    @Option(help: "Act as if this were the present moment (RFC 3339), as 2026-11-20T12:00:00Z.")
    var now: String?

    /// The clock that the command goes by.
    func clock() throws -> WallClock {
        guard let now else { return .system }
        guard let instant = Instant(now) else {
            throw Advice(
                .request, "--now ‘\(now)’ is not a moment",
                remedy: "write it as 2026-11-20T12:00:00Z")
        }
        return .fixed(instant)
    }

    /// Reads the configuration.
    func configuration() throws -> Settings { try Settings(contentsOf: config) }

    /// Opens the state file alone, for commands that work whatever the definitions are like.
    func state() throws -> StateFile {
        let path = try configuration().state
        try Workplace.makeFolder(of: path)
        return try StateFile(path: path)
    }

    /// Opens definitions and store.
    func workplace(_ access: Store.Access = .readOnly) throws -> Workplace {
        try Workplace(try configuration(), access: access, clock: try clock())
    }
}

/// Options that choose companies, period and state, for commands that show figures.
struct ViewOptions: ParsableArguments {
    @Option(name: .long, help: "A company's code; may be repeated. All companies without it.")
    var company: [String] = []

    @Option(help: "A group of companies.")
    var group: String?

    @Option(help: "A period: this-month, last-30-days, 2026-06, 2026-Q2, 2026 …")
    var period: String?

    @Option(help: "The first day, as 2026-06-01; together with --to.")
    var from: String?

    @Option(help: "The last day, included.")
    var to: String?

    @Option(help: "Hold against: previous-period, last-year, same-weekday or none.")
    var compare: String?

    @Option(help: "A condition such as status=PAID; may be repeated.")
    var `where`: [String] = []

    @Option(help: "Show what was known at this moment: RFC 3339, or the number of a commit.")
    var knownAt: String?

    @Option(
        help: """
            Convert amounts: EUR, group (the group's currency), own; then perhaps a policy \
            (transaction, closing, average, fixed 2026-01-02) and a table, as “EUR closing”.
            """)
    var currency: String?

    var choices: ViewChoices {
        ViewChoices(
            companies: company, group: group, period: period, from: from, to: to,
            compare: compare, conditions: self.where, knownAt: knownAt,
            currency: currency)
    }
}
