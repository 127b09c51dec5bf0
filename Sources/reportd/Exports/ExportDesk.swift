import Analytics
import Foundation
import Logging
import NIOCore
import Reports
import Store
import Vocabulary

/// Where routes, pages and commands ask for exports, look after them and take them away.
///
/// An export that somebody may not see is to them as if it did not exist. What they may see is decided
/// by the grants that they have now; what the file holds, by those they had when they asked.
final class ExportDesk: Sendable {
    let desk: AnswerDesk
    let ledger: ExportLedger
    let shelf: ExportShelf
    let settings: ExportSettings
    let audit: AuditLog
    let users: UserBook
    let apiKeys: APIKeyBook
    let key: LinkKey
    let news = ExportNews()
    /// The address that readers use.
    let publicAddress: String

    var clock: WallClock { desk.clock }

    /// Opens the desk, and the folder of exports.
    ///
    /// - Throws: `Advice` when the folder cannot be made.
    init(
        _ desk: AnswerDesk, state: StateFile, configuration: Settings, audit: AuditLog,
        bucket: ObjectStore? = nil, claimant: Claimant = .current
    ) throws {
        self.desk = desk
        self.audit = audit
        settings = configuration.exports
        ledger = ExportLedger(state, claimant: claimant)
        shelf = try ExportShelf(folder: settings.folder, bucket: bucket)
        users = UserBook(state: state)
        apiKeys = APIKeyBook(state: state)
        key = LinkKey(besides: state.path)
        publicAddress = configuration.publicAddress
    }

    /// The bucket of a configuration; nil when it names none.
    static func bucket(
        _ configuration: Settings, clock: WallClock, logger: Logger
    ) -> ObjectStore? {
        configuration.exports.bucket.map { ObjectStore($0, clock: clock, logger: logger) }
    }

    // MARK: Asking

    /// Asks for an export.
    ///
    /// - Throws: `Advice`: `denied` for who may not take files away, `request` for a profile that does
    ///   not exist, `busy` for who has too many.
    func ask(
        _ request: ExportRequest, for principal: Principal, from address: String? = nil
    ) async throws -> Export {
        try principal.mustExport()
        _ = try request.output(desk.shelf.current.programs)
        let now = clock.now()
        let pin = try await desk.aside { [desk] in
            let scope = principal.scope(in: desk.store.schema)
            return try desk.pin(request.report, request.choices, scope: scope, now: now)
        }
        let export = Export(
            id: Export.newID(), owner: principal, request: request, pin: pin, state: .waiting,
            asked: now, began: nil, ended: nil, expires: nil, attempts: 0, rows: 0,
            rowsInAll: nil, file: nil, reason: nil)
        try await ledger.ask(
            export, settings,
            event(
                .exportAsked, export, who: principal.name, address,
                ["choices": request.words, "commit": "\(pin.commit)"]))
        news.announce()
        return export
    }

    // MARK: Looking

    /// The exports that exist for somebody, the latest first.
    func list(for principal: Principal) async throws -> [Export] {
        try principal.mustExport()
        let owner = principal.role == .admin ? nil : principal.name
        return try await ledger.list(owner: owner).filter { principal.maySee($0) }
    }

    /// An export.
    ///
    /// - Throws: `Advice` of kind `unknown` when there is none that exists for them.
    func export(_ id: String, for principal: Principal) async throws -> Export {
        try principal.mustExport()
        guard let export = try await ledger.export(id), principal.maySee(export) else {
            throw Self.unknown
        }
        return export
    }

    /// The links to exports, with their addresses while they may be used.
    func links(to exports: [Export]) async throws -> [String: [ExportLink]] {
        let now = clock.now()
        let kept = exports.filter { $0.state == .done }.map(\.id)
        if kept.isEmpty { return [:] }
        return try await ledger.links(to: kept).mapValues { links in
            try links.map { link in
                var link = link
                if link.isValid(at: now) { link.address = try address(of: link) }
                return link
            }
        }
    }

    /// An export as JSON, with its links.
    func json(_ exports: [Export]) async throws -> [String] {
        let links = try await links(to: exports)
        return exports.map { $0.json(links: links[$0.id] ?? []) }
    }

    static var unknown: Advice {
        Advice(
            .unknown, "there is no such export", remedy: "GET /api/v1/exports lists yours")
    }

    // MARK: Making

    /// The report of an export as it was asked for.
    ///
    /// - Throws: `Advice` when it cannot be made any more.
    func document(of export: Export) throws -> ReportDocument {
        try desk.report(
            export.request.report, as: export.pin, scope: export.owner.scope(in: desk.store.schema),
            now: export.asked)
    }

    /// Records that a file is where it is kept.
    ///
    /// - Returns: Whether it was still wanted.
    /// - Throws: `Advice` of kind `busy` when its owner would keep more than they may.
    func finish(
        _ claim: ExportLedger.Claim, _ file: Export.File, rows: Int, filters: [String]
    ) async throws -> Bool {
        let (export, now) = (claim.export, clock.now())
        guard try await ledger.keptBytes(of: export.owner.name) + file.bytes <= settings.keptBytes
        else { throw settings.tooMuch() }
        return try await ledger.finish(
            claim, file, rows: rows,
            expires: now.adding(seconds: 86_400 * Int64(settings.keepDays)),
            now: now,
            event(
                .exportDone, export, who: export.owner.name, nil,
                [
                    "choices": export.request.words, "filters": filters.joined(separator: "; "),
                    "commit": "\(export.pin.commit)", "rows": "\(rows)", "bytes": "\(file.bytes)",
                    "sha256": file.sha256, "companies": export.pin.companies.joined(separator: " "),
                ]))
    }

    /// Records that a file cannot be made.
    func fail(_ claim: ExportLedger.Claim, _ reason: Advice) async throws {
        try await ledger.fail(
            claim, reason, now: clock.now(),
            event(
                .exportFailed, claim.export, who: claim.export.owner.name, nil,
                ["reason": reason.description]))
    }

    // MARK: Taking away

    /// Opens the file of an export and enters the download in the audit log.
    ///
    /// - Throws: `Advice`: `unknown` when there is no file, `busy` while it is being made.
    func open(
        _ export: Export, for principal: Principal, from address: String?
    ) async throws -> (file: Export.File, content: ExportShelf.Content) {
        let file = try Self.file(of: export)
        let content = try await shelf.open(export.storedName)
        try await audit.enter(
            event(.download, export, who: principal.name, address, ["sha256": file.sha256]))
        return (file, content)
    }

    private static func file(of export: Export) throws -> Export.File {
        if export.state.isOpen {
            throw Advice(
                .busy, "the file is not there yet", remedy: "ask again when its state is ‘done’")
        }
        guard export.state == .done, let file = export.file else {
            throw Advice(
                .unknown, "there is no file: \(export.reason ?? export.state.rawValue)",
                remedy: "ask for the export again")
        }
        return file
    }

    /// Cancels an export that is not done, or removes the file of one that is.
    ///
    /// - Throws: `Advice` of kind `unknown` when it is over already.
    func remove(_ export: Export, for principal: Principal, from address: String?) async throws {
        let now = clock.now()
        let changed = try await ledger.remove(
            export.id,
            reason: export.state == .done
                ? "removed by \(principal.name)"
                : "cancelled by \(principal.name)", now: now,
            event(.exportRemoved, export, who: principal.name, address, [:]))
        guard changed else {
            throw Advice(
                .unknown, "the export is over already: it is \(export.state.rawValue)",
                remedy: "nothing is left to do")
        }
        // Whoever makes it notices by itself; a file in its place goes now, or with the next round.
        if export.state == .done {
            try await shelf.remove(export.storedName)
            try await ledger.cleared(export.id)
        }
        news.announce()
    }

    // MARK: Links

    /// Makes a link to a file.
    ///
    /// - Throws: `Advice` when there is no file, or the link would last too long.
    func link(
        to export: Export, days: Int?, for principal: Principal, from address: String?
    ) async throws -> ExportLink {
        _ = try Self.file(of: export)
        let days = days ?? min(settings.linkDays, settings.keepDays)
        guard (1...settings.linkDays).contains(days) else {
            throw Advice(
                .request, "a link cannot last \(days) days",
                remedy: "choose 1 to \(settings.linkDays), or raise ‘exports: link-days’")
        }
        let now = clock.now()
        let isLocal = try await users.has(principal.name)
        var link = ExportLink(
            id: Export.newID(), export: export.id, maker: principal.name, isLocal: isLocal,
            made: now, expires: Instant(seconds: now.adding(seconds: 86_400 * Int64(days)).seconds),
            revoked: nil, downloads: 0, lastDownload: nil)
        link.address = try self.address(of: link)
        try await ledger.enter(
            link,
            event(
                .linkMade, export, who: principal.name, address,
                ["link": link.id, "expires": "\(link.expires)"]))
        news.announce()
        return link
    }

    private func address(of link: ExportLink) throws -> String {
        let token = try key.token(
            LinkKey.Claim(link: link.id, export: link.export, expires: link.expires))
        return "\(publicAddress)/files/\(token)"
    }

    /// Revokes a link.
    ///
    /// - Throws: `Advice` of kind `unknown` when there is none of the name, or it is revoked already.
    func revoke(
        _ link: String, of export: Export, for principal: Principal, from address: String?
    ) async throws {
        let changed = try await ledger.revoke(
            link, of: export.id, now: clock.now(),
            event(.linkRevoked, export, who: principal.name, address, ["link": link]))
        guard changed else {
            throw Advice(
                .unknown, "there is no such link that is in force",
                remedy: "GET /api/v1/exports/{id} lists them")
        }
        news.announce()
    }

    /// Whether the maker of a link, as far as they are known here, may still see the file.
    func mayStill(_ link: ExportLink, _ export: Export, now: Instant) async throws -> Bool {
        if link.isLocal {
            return try await users.user(link.maker).map { $0.maySee(export) } ?? false
        }
        guard link.maker.hasPrefix(APIKeyBook.nameBeginning) else { return true }
        let keys = try apiKeys.all().filter { $0.principal.name == link.maker }
        return keys.contains { $0.isValid(at: now) && $0.principal.maySee(export) }
    }

    func event(
        _ kind: AuditEvent.Kind, _ export: Export, who: String, _ address: String?,
        _ details: [String: String]
    ) -> AuditEvent {
        let own = ["export": export.id, "format": export.request.format.rawValue]
        return audit.kept(
            AuditEvent(
                kind: kind, who: who, address: address, subject: export.request.report,
                details: own.merging(details) { $1 }))
    }
}

extension UserBook {
    /// The local user of a name; nil when there is none.
    func user(_ name: String) async throws -> Principal? {
        try all().first { $0.name == name }
    }

    /// Whether there is a local user of a name.
    func has(_ name: String) async throws -> Bool { try await user(name) != nil }
}
