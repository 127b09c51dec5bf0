import Vocabulary

/// One message to one recipient for one run of a schedule, as the ledger knows it.
///
///                 claim                    answer 2xx
///     planned ───────────────▶ sending ────────────────▶ sent
///        ▲                      │ │ │      answer 5xx, or no retry left
///        │  answer 4xx, or not  │ │ └──────────────────▶ failed
///        └──── handed over ─────┘ │  message handed over and no answer,
///                                 │  or the process died
///                                 └────────────────────▶ unknown
///
/// A `planned` delivery that is not to be sent, because its schedule's condition is not met or its
/// recipient gets nothing any more, becomes `skipped`.
/// `sending` is on disk before the first byte goes to the mail server. So whatever dies whenever,
/// a message that may have been sent is never `planned`, and only what is `planned` is ever sent.
/// Nothing leaves `sent`, `failed` or `unknown` by itself, with one exception: a process that was
/// thought dead and was not still writes down the answer it got.
struct Delivery: Sendable, Hashable, Identifiable {
    /// How far a delivery has come.
    enum State: String, Sendable, Hashable, CaseIterable {
        /// Not sent yet: its first or next attempt is due at `nextTry`.
        case planned
        /// A process is talking to the mail server.
        case sending
        /// The mail server has taken the message.
        case sent
        /// The mail server refused it for good, or all attempts were used up.
        case failed
        /// It may have been sent or not; a person decides.
        case unknown
        /// There was nothing to send, as the schedule's condition says.
        case skipped
    }

    /// One attempt to send.
    struct Attempt: Sendable, Hashable {
        /// How an attempt ended.
        enum Outcome: String, Sendable, Hashable, CaseIterable {
            /// The mail server took the message.
            case accepted
            /// The mail server refused it for now (4xx).
            case deferred
            /// The mail server refused it for good (5xx).
            case refused
            /// The message was not handed over, for reasons that lie outside of it.
            case unavailable
            /// The message was handed over and the answer is not known.
            case lost
            /// The message could not be made, so no server was asked.
            case unrendered
            /// The delivery was given up because its schedule or recipient is gone.
            case withdrawn
            /// The schedule's condition was not met, so nothing was sent.
            case leftOut = "left-out"
            /// The recipient gets nothing of the schedule: they have unsubscribed, or do not exist.
            case suppressed
        }

        /// Counted from 1.
        let number: Int
        /// When it began.
        let began: Instant
        /// When its end was written down; nil while it lasts, and for ever if the process died.
        let ended: Instant?
        /// How it ended; nil while it lasts.
        let outcome: Outcome?
        /// The mail server's reply code; nil when it gave none.
        let code: Int?
        /// The mail server's words, or what went wrong.
        let reply: String
        /// SHA-256 of the message, in hexadecimal; nil when none was made.
        let bytesHash: String?
        /// Length of the message in bytes.
        let byteCount: Int
        /// SHA-256 of the report that it was made of, as JSON; nil when it was not kept.
        var reportHash: String?
        /// Whether message and report are kept.
        var isArchived = false
    }

    /// The ledger's number of the delivery.
    let id: Int64
    /// The schedule's name.
    let schedule: String
    /// The run: its scheduled local time and when it was due.
    let run: Occurrence
    /// The recipient's address.
    let recipient: String
    /// How far it has come.
    let state: State
    /// The identifier that every attempt's message bears, without angle brackets.
    let messageID: String
    /// When it was planned; the date that every attempt's message bears.
    let planned: Instant
    /// When the next attempt is due, if it is `planned`.
    let nextTry: Instant
    /// The attempts, in order.
    let attempts: [Attempt]
    /// Whether somebody asked for it by its number, so that no condition keeps it back.
    var isByHand = false
    /// The companies whose figures its messages may show: those of its schedule whenever one was made;
    /// nil where an older version of the program planned it and nobody knows.
    var companies: [String]?
}

/// When a delivery is tried again.
enum RetryPolicy {
    /// Seconds from the n-th failed attempt to the next one; together about a day.
    ///
    /// The first steps are long enough for greylisting, which asks for a minute to a quarter of an
    /// hour.
    static let delays: [Int64] = [
        60, 300, 900, 1800, 3600, 7200, 14_400, 14_400, 21_600, 21_600,
    ]

    /// When to try again after the failure of an attempt, counted from 1; nil when it was the last.
    static func next(afterAttempt attempt: Int, at time: Instant) -> Instant? {
        precondition(attempt >= 1, "attempts are counted from 1")
        return attempt <= delays.count ? time.adding(seconds: delays[attempt - 1]) : nil
    }
}
