import Vocabulary

/// What a mail server answered: a code of RFC 5321 and its words.
struct MailReply: Sendable, Hashable, CustomStringConvertible {
    /// Three digits: 2xx yes, 4xx not now, 5xx no.
    let code: Int
    /// The words, lines joined by spaces, printable ASCII only.
    let text: String

    /// Code and words.
    var description: String { text.isEmpty ? "\(code)" : "\(code) \(text)" }
}

/// How the handing over of one message ended.
enum MailOutcome: Sendable, Hashable, CustomStringConvertible {
    /// The server took the message; it is the server's now.
    case accepted(MailReply)
    /// The server refused the message or its recipient for now (4xx); it may be tried again.
    case deferred(MailReply)
    /// The server refused the message or its recipient for good (5xx).
    case refused(MailReply)
    /// The message was not handed over, for a reason that concerns every message: no connection, no
    /// trust, no sign-in. It may be tried again.
    case unavailable(Advice)
    /// The message was handed over whole, and the connection ended before the answer came.
    case lost(Advice)

    /// The server's answer about this message, if it gave one.
    var reply: MailReply? {
        switch self {
        case .accepted(let reply), .deferred(let reply), .refused(let reply): reply
        case .unavailable, .lost: nil
        }
    }

    /// One line: the server's words, or what happened and what to do.
    var description: String {
        switch self {
        case .accepted(let reply), .deferred(let reply), .refused(let reply): reply.description
        case .unavailable(let advice), .lost(let advice): advice.description
        }
    }
}
