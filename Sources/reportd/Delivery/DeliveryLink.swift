import Vocabulary

/// The way to a file that is too large for a mail, for the one recipient that it was made for.
///
/// There is one for each attempt, entered together with it: two recipients never share one, and a
/// message that was made and dropped leads nowhere. It holds while the attempt's message is kept, until
/// it expires or is revoked, and as long as the schedule names its recipient with every company that the
/// file shows. What it leads to are the bytes that were made then, whatever the figures have become.
struct DeliveryLink: Sendable, Hashable {
    /// The attempt whose message holds a link.
    struct Place: Sendable, Hashable {
        let delivery: Int64
        /// Counted from 1.
        let attempt: Int

        init(delivery: Int64, attempt: Int) {
            self.delivery = delivery
            self.attempt = attempt
        }

        /// Reads what stands in a token, `17.1`; nil for a link to an export, which has no point.
        init?(_ text: String) {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, let delivery = Int64(parts[0]), let attempt = Int(parts[1])
            else { return nil }
            self.init(delivery: delivery, attempt: attempt)
        }

        /// As it stands in a token.
        var text: String { "\(delivery).\(attempt)" }
    }

    let place: Place
    /// The file, with its name for people.
    let file: Export.File
    let contentType: String
    /// The companies whose figures the file may show.
    let companies: [String]
    let expires: Instant
    var revoked: Instant?
    var downloads = 0
    var lastDownload: Instant?
    /// Whether the file is kept.
    var isKept = true

    /// Whether it may be used at a moment.
    func isValid(at now: Instant) -> Bool { isKept && revoked == nil && now < expires }

    /// What its token says.
    var claim: LinkKey.Claim {
        LinkKey.Claim(link: place.text, export: file.sha256, expires: expires)
    }

    /// Days that a link lasts unless the configuration says otherwise.
    static let usualDays = 14

    /// When a link made at a moment expires: at the end of its last day (UTC), so that a message that
    /// is made again on the same day is the same.
    static func expiry(after days: Int, from now: Instant) -> Instant {
        Instant(seconds: (now.seconds / 86_400 + Int64(days) + 1) * 86_400)
    }
}

/// What is needed to give a file a link instead of attaching it.
struct FileLinking: Sendable {
    let key: LinkKey
    let publicAddress: String
    /// Days that a link lasts.
    let days: Int
    /// The companies whose figures the file may show.
    let companies: [String]
    let now: Instant
    /// Bytes of the greatest file that is attached.
    let limit: Int

    /// A link to a file; nil without an https address to begin with, since whoever reads along would
    /// have the file, and for a message that is not sent.
    ///
    /// - Throws: `Advice` when the key cannot be read or made.
    func link(
        _ bytes: [UInt8], named name: String, _ contentType: String, place: DeliveryLink.Place?
    ) throws -> (made: Rendition.Linked, address: String)? {
        guard publicAddress.hasPrefix("https://"), let place else { return nil }
        let link = DeliveryLink(
            place: place,
            file: Export.File(
                name: name, bytes: bytes.count, sha256: HashedFiles.sha256(bytes)),
            contentType: contentType, companies: companies,
            expires: DeliveryLink.expiry(after: days, from: now))
        return (
            Rendition.Linked(link: link, bytes: bytes),
            "\(publicAddress)/files/\(try key.token(link.claim))"
        )
    }
}
