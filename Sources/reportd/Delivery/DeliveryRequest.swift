import Vocabulary

/// What a message has to be made of: who gets which report, and what its header must say.
struct DeliveryRequest: Sendable, Hashable {
    /// The schedule.
    let schedule: Schedule
    /// The run.
    let run: Occurrence
    /// The recipient, under whose grants (`recipient.companies`) the report is computed.
    var recipient: Schedule.Recipient
    /// The identifier of the message, without angle brackets; the same at every attempt.
    let messageID: String
    /// The date of the message; the same at every attempt.
    let date: Instant
    /// The sources that have not been read as far as the report's period goes.
    var late: [LateSource] = []
    /// How the schedule's condition was found at earlier runs for this recipient, latest first.
    var past: [PastJudgement] = []
    /// Whether somebody asked for this one, so that no condition keeps it back.
    var isByHand = false
    /// The attempt that it is made for; nil for a message that is not sent, and so has no link.
    var place: DeliveryLink.Place?

    /// The period that the report covers.
    var period: Period { schedule.period(of: run) }
}

/// A message that was made and not sent.
struct Rehearsal: Sendable, Hashable {
    /// What it was made of.
    let request: DeliveryRequest
    /// The message, or why there is none.
    let rendition: Rendition
}
