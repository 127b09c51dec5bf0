import Logging
import Reports
import Synchronization
import Vocabulary

/// Hands the mails that bring people addresses to the mail server.
///
/// They are not kept as messages of schedules are, and not tried again: whoever has it in hand has the
/// address, and a new one is soon made.
final class PersonalPost: Sendable {
    /// Mails that may be on their way at a time without anybody waiting for them.
    static let most = 100

    let server: MailServer
    private let mailer: Mailer
    private let logger: Logger
    private let underWay = Mutex(0)

    /// Opens the post; no connection is made before the first mail.
    ///
    /// - Throws: `Advice` when the mail library cannot be used.
    init(_ server: MailServer, logger: Logger) throws {
        self.server = server
        self.logger = logger
        mailer = try Mailer(server)
    }

    /// Sends a mail.
    ///
    /// - Throws: `Advice` when it is none; what goes wrong on the way is an outcome.
    func send(_ mail: PersonalMail, now: Instant) async throws -> MailOutcome {
        try await mailer.send(try mail.bytes(from: server, now: now), to: mail.recipient)
    }

    /// Tells the log that a mail was not taken, without the words of a reply: they may name a mailbox.
    func note(_ outcome: MailOutcome) {
        if case .accepted = outcome { return }
        let words = outcome.reply.map { "the mail server answered \($0.code)" }
        logger.error("a mail to a user was not sent: \(words ?? outcome.description)")
    }

    /// Does something that ends with mails while its asker goes on.
    ///
    /// What goes wrong is for the log: an answer would tell whether there is such a user.
    func aside(_ work: @escaping @Sendable () async throws -> Void) {
        let isTaken = underWay.withLock { count in
            guard count < Self.most else { return false }
            count += 1
            return true
        }
        guard isTaken else {
            logger.warning("more than \(Self.most) mails to people are waiting; one was left out")
            return
        }
        Task { [self] in
            do {
                try await work()
            } catch {
                logger.error("a mail to a user was not sent: \(Problem.advice(error))")
            }
            underWay.withLock { $0 -= 1 }
        }
    }
}
