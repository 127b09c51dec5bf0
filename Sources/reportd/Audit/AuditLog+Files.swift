import Foundation
import Hummingbird
import Reports
import Store
import Vocabulary

extension AuditLog {
    /// Enters that somebody takes a file away that was made for them at once.
    ///
    /// - Throws: `Advice` when it cannot be entered; the file must not be handed out then.
    func enterDownload(
        of report: String, _ format: ReportFormat, choices: String, rows: Int? = nil,
        commit: UInt64? = nil, filters: [String] = [], bytes: [UInt8], by principal: Principal,
        from address: String?
    ) async throws {
        var details = [
            "format": format.rawValue, "choices": choices, "sha256": CloseArchive.sha256(bytes),
            "bytes": "\(bytes.count)",
        ]
        details["rows"] = rows.map(String.init)
        details["commit"] = commit.map(String.init)
        if !filters.isEmpty { details["filters"] = filters.joined(separator: "; ") }
        try await enter(
            AuditEvent(
                kind: .download, who: principal.name, address: address, subject: report,
                details: details))
    }

    /// Enters that somebody signed in, or was refused.
    ///
    /// A name that nobody has is kept too: it shows that names are being tried. What is longer than a
    /// name is cut.
    func enterSignIn(
        _ principal: Principal?, as name: String, _ context: ReportContext, subject: String
    ) async {
        let event = AuditEvent(
            kind: principal == nil ? .signInRefused : .signIn,
            who: principal?.name ?? String(name.prefix(100)), address: context.address,
            subject: subject, details: principal.map { ["role": $0.role.rawValue] } ?? [:])
        await enterRefusal(event, log: context.logger)
    }

    /// The log of a configuration, for commands.
    ///
    /// - Throws: `Advice` when the state file cannot be opened.
    static func open(_ settings: Settings, clock: WallClock) throws -> AuditLog {
        try Workplace.makeFolder(of: settings.state)
        return AuditLog(
            try StateFile(path: settings.state), clock: clock,
            keepsAddresses: settings.auditsAddresses)
    }
}

extension ReportOutput {
    /// Rows of the tables that a file of this output holds.
    func rowCount(of document: ReportDocument) -> Int {
        document.tables.filter { format != .csv || table == nil || $0.name == table }
            .reduce(0) { $0 + $1.rowCount }
    }
}
