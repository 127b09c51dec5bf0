/// What became of making a message.
struct Rendition: Sendable, Hashable {
    /// The message after RFC 5322; nil when the run is not to be sent to this recipient.
    let message: [UInt8]?
    /// How the schedule's condition was found; nil for a schedule without one.
    let finding: Judgement?
    /// The report that the message was made of, as JSON; nil when there is none, or it is too large.
    let report: [UInt8]?
    /// The file that the message has a link to; nil when it is attached, or there is none.
    let linked: Linked?

    /// A file that is too large for a mail, and the link that stands for it.
    struct Linked: Sendable, Hashable {
        let link: DeliveryLink
        let bytes: [UInt8]
    }

    /// A message, with what was found.
    init(
        _ message: [UInt8], _ finding: Judgement? = nil, report: [UInt8]? = nil,
        linked: Linked? = nil
    ) {
        self.message = message
        self.report = report
        self.linked = linked
        self.finding = finding
    }

    /// Nothing to send, and why.
    init(leavingOut finding: Judgement) {
        message = nil
        report = nil
        linked = nil
        self.finding = finding
    }
}
