import Crypto
import Vocabulary

/// What somebody did that others may want to know of later.
struct AuditEvent: Sendable, Hashable {
    /// The kinds of events.
    enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Somebody signed in.
        case signIn = "sign-in"
        /// A name and password were refused.
        case signInRefused = "sign-in-refused"
        /// A token was refused: forged, expired or for another use.
        case tokenRefused = "token-refused"
        /// Somebody who is known asked for what they may not have.
        case denied
        /// An export was asked for.
        case exportAsked = "export-asked"
        /// An export was made; its file is there.
        case exportDone = "export-done"
        /// An export could not be made.
        case exportFailed = "export-failed"
        /// An export was cancelled, or its file removed.
        case exportRemoved = "export-removed"
        /// A file was taken away.
        case download
        /// A link to a file was made.
        case linkMade = "link-made"
        /// A link was revoked, or all of them by a new key.
        case linkRevoked = "link-revoked"
        /// A file was taken away by a link.
        case linkDownload = "link-download"
        /// A link was refused.
        case linkRefused = "link-refused"
        /// A period was closed.
        case closed
        /// A closed period was opened again.
        case reopened
        /// An attempt to deliver a report ended.
        case delivery
        /// Somebody is sent no more of a schedule, or is again.
        case subscription
        /// A schedule was paused, resumed, run by hand, made, changed or removed.
        case schedule
        /// A dashboard was made, changed or removed through the pages.
        case dashboard
        /// A user was added, changed or removed.
        case user
        /// Somebody was invited, again, not any more, or came.
        case invitation
        /// Somebody who forgot their password was sent an address, or chose another there.
        case passwordReset = "password-reset"
        /// Somebody ended sessions of theirs.
        case sessionEnded = "session-ended"
        /// A token for a program was made or revoked.
        case token
        /// An API key was made or revoked.
        case key
        /// A link by which guests see a dashboard was made or revoked.
        case guest
        /// Definitions or the configuration changed.
        case configuration
    }

    let kind: Kind
    /// Who did it: the user's name, or as whom they tried; empty where nobody is known.
    var who = ""
    /// The address that they came from; nil for commands, and where addresses are left out.
    var address: String?
    /// What it is about: a report, a path, a period.
    var subject = ""
    /// More about it, by name; neither figures nor personal data.
    var details: [String: String] = [:]

    /// The details as a JSON object with its names in order.
    var detailsText: String {
        "{"
            + details.sorted { $0.key < $1.key }.map {
                "\(JSONText.quoted($0.key)):\(JSONText.quoted($0.value))"
            }.joined(separator: ",") + "}"
    }
}

/// One line of the audit log.
struct AuditEntry: Sendable, Hashable {
    /// Counted from 1, without gaps.
    let number: Int64
    let time: Instant
    let kind: String
    let who: String
    let address: String?
    let subject: String
    /// A JSON object.
    let details: String
    /// SHA-256 of the entry before and of this one, in hexadecimal digits.
    let hash: String

    /// What the first entry follows.
    static let origin = String(repeating: "0", count: 64)

    /// The hash that an entry with these contents has after another one.
    ///
    /// It is SHA-256 of the JSON array `[hash before, number, time in µs, kind, who, address or null,
    /// subject, details]`, whose last element is the text of the details.
    static func hash(
        after previous: String, number: Int64, time: Instant, kind: String, who: String,
        address: String?, subject: String, details: String
    ) -> String {
        let fields = [
            JSONText.quoted(previous), "\(number)", "\(time.microseconds)", JSONText.quoted(kind),
            JSONText.quoted(who), address.map(JSONText.quoted) ?? "null", JSONText.quoted(subject),
            JSONText.quoted(details),
        ]
        return CloseArchive.sha256(Array("[\(fields.joined(separator: ","))]".utf8))
    }

    /// The hash that this entry should have after another one.
    func hash(after previous: String) -> String {
        Self.hash(
            after: previous, number: number, time: time, kind: kind, who: who, address: address,
            subject: subject, details: details)
    }

    /// The entry as one JSON object.
    func json() -> String {
        "{\"number\":\(number),\"time\":\"\(time)\",\"kind\":\(JSONText.quoted(kind)),"
            + "\"who\":\(JSONText.quoted(who)),"
            + "\"address\":\(address.map(JSONText.quoted) ?? "null"),"
            + "\"subject\":\(JSONText.quoted(subject)),\"details\":\(details),"
            + "\"hash\":\"\(hash)\"}"
    }
}
