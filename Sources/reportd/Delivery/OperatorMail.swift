import Reports
import Vocabulary

/// The mail that tells the operator which deliveries are late, failed or unknown.
///
/// It holds no figures. It is noted as told once the mail server has taken it: a program that dies in
/// between tells it twice, which does no harm.
struct OperatorMail: Sendable {
    /// Deliveries named in one mail.
    static let most = 200

    /// The message.
    ///
    /// - Throws: `Advice` when an address is not one.
    static func bytes(
        _ deliveries: [Delivery], from server: MailServer, to recipient: EnvelopeAddress,
        now: Instant
    ) throws -> [UInt8] {
        let lines = deliveries.map { delivery in
            let word: String =
                switch delivery.state {
                case .failed: "failed"
                case .unknown: "unknown, it may have been sent or not"
                default: "late"
                }
            let reply = delivery.attempts.last.map { ": \($0.reply)" } ?? ""
            return "#\(delivery.id) \(delivery.schedule) \(delivery.run.local) to "
                + "\(delivery.recipient): \(word)\(reply)"
        }
        let text =
            "These deliveries need somebody's attention:\n\n"
            + lines.joined(separator: "\n")
            + "\n\nreportd schedules deliveries shows all attempts, reportd schedules resend "
            + "NUMBER sends one again.\n"
        let key = lines.joined(separator: "\n") + "\(now)"
        let identifier = DeliveryLedger.hash(Array(key.utf8)).prefix(32)
        let count = deliveries.count
        return try MailMessage(
            from: try MailAddress(server.sender.text, name: server.senderName),
            to: [try MailAddress(recipient.text)],
            subject: count == 1
                ? "A delivery needs attention" : "\(count) deliveries need attention",
            messageID: "\(identifier)@\(server.sender.domain)", date: now, text: text
        ).bytes()
    }
}
