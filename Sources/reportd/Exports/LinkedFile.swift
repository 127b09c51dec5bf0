import Logging
import Reports
import Vocabulary

/// A file that is about to be handed to whoever has a link to it.
struct LinkedFile: Sendable {
    let file: Export.File
    let contentType: String
    let content: ExportShelf.Content
}

extension ExportDesk {
    /// Opens a file for whoever has a link to it.
    ///
    /// Forged, expired and revoked ones are told apart in the audit log only.
    ///
    /// - Throws: `Advice` of kind `unknown`.
    func open(token: String, from address: String?, log: Logger) async throws -> LinkedFile {
        guard let claim = try key.claim(of: token) else {
            await refuse("forged, or made with an older key", nil, address, log)
            throw Self.noLink
        }
        if let place = DeliveryLink.Place(claim.link) {
            return try await open(place, claim, from: address, log)
        }
        return try await open(claim, from: address, log)
    }

    /// Opens a file that was too large for a mail.
    private func open(
        _ place: DeliveryLink.Place, _ claim: LinkKey.Claim, from address: String?, _ log: Logger
    ) async throws -> LinkedFile {
        let (ledger, now) = (DeliveryLedger(audit.state), clock.now())
        guard let (link, delivery) = try await ledger.link(place), link.isValid(at: now),
            now < claim.expires, link.file.sha256 == claim.export
        else {
            await refuse("expired, revoked, or without a file", claim.link, address, log)
            throw Self.noLink
        }
        // Who would not be sent the file now does not get it by an older message either.
        let schedule = desk.shelf.current.schedules.schedules.first {
            $0.name == delivery.schedule
        }
        guard let recipient = schedule?.recipient(at: delivery.recipient),
            Set(recipient.companies).isSuperset(of: link.companies)
        else {
            await refuse(
                "its recipient may not see the file any more", claim.link, address, log)
            throw Self.noLink
        }
        let pieces: ExportShelf.FilePieces
        do {
            pieces = try MailArchive(besides: audit.state.path).open(link.file.sha256)
        } catch {
            // Where it should be is for the operator to know.
            log.error("a file that a link leads to cannot be read", error: error)
            throw Self.noLink
        }
        try await ledger.countDownload(
            by: place, now: now,
            audit.kept(
                DeliveryLedger.event(.linkDownload, link, of: delivery, from: address)))
        return LinkedFile(
            file: link.file, contentType: link.contentType, content: .file(pieces))
    }

    private func open(
        _ claim: LinkKey.Claim, from address: String?, _ log: Logger
    ) async throws -> LinkedFile {
        let now = clock.now()
        guard let export = try await ledger.export(claim.export),
            let link = try await ledger.links(to: [claim.export])[claim.export]?.first(where: {
                $0.id == claim.link
            }), link.isValid(at: now), now < claim.expires, export.state == .done,
            let file = export.file
        else {
            await refuse("expired, revoked, or without a file", claim.link, address, log)
            throw Self.noLink
        }
        // If the maker could not take the file away any more, nobody does in their name.
        guard try await mayStill(link, export, now: now) else {
            await refuse("its maker may not see the file any more", claim.link, address, log)
            throw Self.noLink
        }
        let content = try await shelf.open(export.storedName)
        try await ledger.countDownload(
            by: link.id, now: now,
            event(
                .linkDownload, export, who: link.maker, address,
                ["link": link.id, "sha256": file.sha256]))
        return LinkedFile(
            file: file, contentType: export.request.format.contentType, content: content)
    }

    private func refuse(_ why: String, _ link: String?, _ address: String?, _ log: Logger) async {
        var event = AuditEvent(
            kind: .linkRefused, address: address, subject: "link", details: ["reason": why])
        event.details["link"] = link
        await audit.enterRefusal(event, log: log)
    }

    private static var noLink: Advice {
        Advice(
            .unknown, "this link does not lead to a file, or not any more",
            remedy: "ask whoever gave it to you for another")
    }
}
