import Dispatch
import Vocabulary

/// Hands finished messages to a mail server, one at a time.
///
/// The connection is kept open from message to message. libcurl blocks, so the actor runs on a
/// thread queue of its own and never on the threads that tasks share. A conversation that has begun
/// is not cancelled; it ends within `MailServer.messageSeconds`.
actor Mailer {
    /// Where messages go.
    nonisolated let server: MailServer
    private nonisolated let executor = MailQueue()
    private var connection: SMTPConnection

    /// Makes a mailer; no connection is made before the first message.
    ///
    /// - Throws: `Advice` when libcurl cannot be set up, or knows no TLS.
    init(_ server: MailServer) throws {
        self.server = server
        connection = try SMTPConnection.made(for: server)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    /// Sends one message to one recipient.
    ///
    /// - Parameters:
    ///   - message: The message after RFC 5322, lines ended by CRLF.
    ///   - recipient: The envelope's recipient.
    /// - Returns: How it ended; what goes wrong on the way is an outcome, not an error.
    /// - Throws: `Advice` when the message holds a lone CR or LF, which a server might take for the
    ///   end of a line that we did not mean to end. Nothing was sent then.
    func send(_ message: [UInt8], to recipient: EnvelopeAddress) throws -> MailOutcome {
        try Self.checkLines(message)
        return connection.send(message, from: server.sender, to: recipient)
    }

    /// Checks that lines end with CRLF and only there, the last one too.
    static func checkLines(_ message: [UInt8]) throws {
        var previous = UInt8(0)
        var isWhole = !message.isEmpty
        for byte in message {
            if (byte == 10) != (previous == 13) { isWhole = false }
            previous = byte
        }
        guard isWhole, message.last == 10 else {
            throw Advice(
                .request, "the message is not in lines that end with CRLF",
                remedy: "this is a mistake of the report's mail; report it")
        }
    }
}

/// The thread queue that conversations run on.
private final class MailQueue: SerialExecutor {
    private let queue = DispatchQueue(label: "mail")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
