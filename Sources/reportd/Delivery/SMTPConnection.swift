import CCurl
import Vocabulary

/// The one owner of a libcurl handle, and with it of at most one connection to a mail server.
///
/// How an outcome is decided, in this order: what the server answered to the message itself; else
/// whether the message had been handed over whole (then nobody knows); else what the server answered
/// to the sender, the recipient or DATA; else the failure concerns the connection. libcurl sends the
/// final dot only after it was told that the message is at its end, so before that moment the server
/// cannot have taken it.
@safe
struct SMTPConnection: ~Copyable {
    private let handle: UnsafeMutableRawPointer
    /// Where libcurl writes the cause of a failure; it never holds the password.
    private let cause: UnsafeMutablePointer<CChar>
    private let server: MailServer

    /// libcurl's own set-up, once in a process.
    private static let library: CURLcode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    private init(owning handle: UnsafeMutableRawPointer, _ server: MailServer) {
        unsafe self.handle = unsafe handle
        unsafe cause = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe cause.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        self.server = server
    }

    /// Sets a handle up; no connection is made yet.
    ///
    /// - Throws: `Advice` when libcurl refuses a setting.
    static func made(for server: MailServer) throws -> SMTPConnection {
        guard library == CURLE_OK, let handle = unsafe curl_easy_init() else {
            throw Advice(
                .unreachable, "libcurl cannot be started", remedy: "reinstall package libcurl4")
        }
        let connection = unsafe SMTPConnection(owning: handle, server)
        try connection.configure()
        return connection
    }

    private func configure() throws {
        let scheme = server.security == .tls ? "smtps" : "smtp"
        // The path is the name that we greet the server with.
        try set(
            CURLOPT_URL, "\(scheme)://\(server.host):\(server.port)/\(server.sender.domain)")
        try set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        // A proxy named in the environment is one for web pages.
        try set(CURLOPT_NOPROXY, "*")
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_UPLOAD, 1)
        try set(CURLOPT_CONNECTTIMEOUT, server.connectSeconds)
        try set(CURLOPT_TIMEOUT, server.messageSeconds)
        // This one also holds for the answer to QUIT after a failure.
        try set(CURLOPT_SERVER_RESPONSE_TIMEOUT, server.messageSeconds)
        if server.security == .starttls { try set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        if let authorities = server.authorities { try set(CURLOPT_CAINFO, authorities) }
        if let user = server.user, let password = server.password {
            try set(CURLOPT_USERNAME, user)
            try set(CURLOPT_PASSWORD, password.secret)
        }
        try Self.check(unsafe curl_set_pointer(handle, CURLOPT_ERRORBUFFER, cause))
        try Self.check(
            unsafe curl_set_transfer(handle, CURLOPT_READFUNCTION) { buffer, size, count, context in
                guard let buffer = unsafe buffer, let context = unsafe context else { return 0 }
                let room = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: size * count)
                return unsafe SMTPExchange.from(context).handOver(into: room)
            })
        try Self.check(
            unsafe curl_set_transfer(handle, CURLOPT_HEADERFUNCTION) { line, size, count, context in
                guard let line = unsafe line, let context = unsafe context else { return 0 }
                let bytes = unsafe UnsafeRawBufferPointer(start: line, count: size * count)
                unsafe SMTPExchange.from(context).heard(bytes)
                return size * count
            })
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        unsafe cause.deallocate()
    }

    /// Sends one message to one recipient.
    mutating func send(
        _ message: [UInt8], from sender: EnvelopeAddress, to recipient: EnvelopeAddress
    ) -> MailOutcome {
        let first = converse(message, from: sender, to: recipient)
        // A server may close a connection that was idle; that says nothing about this message.
        guard case .unavailable = first.outcome, first.reused else { return first.outcome }
        return converse(message, from: sender, to: recipient).outcome
    }

    private mutating func converse(
        _ message: [UInt8], from sender: EnvelopeAddress, to recipient: EnvelopeAddress
    ) -> (outcome: MailOutcome, reused: Bool) {
        let exchange = SMTPExchange(message)
        let recipients = unsafe curl_slist_append(nil, "<\(recipient)>")
        defer { unsafe curl_slist_free_all(recipients) }
        unsafe cause.pointee = 0
        let context = unsafe Unmanaged.passUnretained(exchange).toOpaque()
        let code = withExtendedLifetime(exchange) {
            let settings = unsafe [
                curl_set_string(handle, CURLOPT_MAIL_FROM, "<\(sender)>"),
                curl_set_list(handle, CURLOPT_MAIL_RCPT, recipients),
                curl_set_pointer(handle, CURLOPT_READDATA, context),
                curl_set_pointer(handle, CURLOPT_HEADERDATA, context),
            ]
            precondition(settings.allSatisfy { $0 == CURLE_OK }, "libcurl refused a setting")
            return unsafe curl_easy_perform(handle)
        }
        // The handle outlives what these pointed to.
        unsafe _ = curl_set_list(handle, CURLOPT_MAIL_RCPT, nil)
        unsafe _ = curl_set_pointer(handle, CURLOPT_READDATA, nil)
        unsafe _ = curl_set_pointer(handle, CURLOPT_HEADERDATA, nil)
        var connections = 0
        unsafe _ = curl_get_long(handle, CURLINFO_NUM_CONNECTS, &connections)
        return (outcome(of: code, exchange), connections == 0)
    }

    private func outcome(of code: CURLcode, _ exchange: SMTPExchange) -> MailOutcome {
        let words = unsafe String(cString: cause)
        let detail = "libcurl \(code.rawValue): \(words)"
        if exchange.isHandedOver {
            guard let reply = exchange.answer else {
                return .lost(
                    Advice(
                        .unreachable,
                        "mail server \(name) took the message and the connection ended before it "
                            + "answered",
                        remedy: "ask the recipient or look into the server's log; it is not sent "
                            + "again by itself",
                        cause: detail))
            }
            return Self.verdict(reply)
        }
        if code == CURLE_SEND_ERROR, let reply = exchange.lastReply, reply.code >= 400,
            // 421 closes the whole connection, whatever it answers to.
            reply.code != 421
        {
            return Self.verdict(reply)
        }
        return .unavailable(advice(for: code, exchange.lastReply, cause: detail))
    }

    private static func verdict(_ reply: MailReply) -> MailOutcome {
        switch reply.code {
        case 200..<300: .accepted(reply)
        case 500...: .refused(reply)
        default: .deferred(reply)
        }
    }

    private var name: String { "\(server.host):\(server.port)" }

    /// What went wrong before any message, and what to do about it.
    private func advice(for code: CURLcode, _ reply: MailReply?, cause: String) -> Advice {
        func advice(_ kind: Advice.Kind, _ happened: String, _ remedy: String) -> Advice {
            Advice(kind, "mail server \(name) \(happened)", remedy: remedy, cause: cause)
        }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST:
            return advice(
                .unreachable, "cannot be found by that name",
                "check ‘mail.host’, and that this machine can look names up")
        case CURLE_COULDNT_CONNECT:
            return advice(
                .unreachable, "does not accept connections",
                "check that it runs, that ‘mail.port’ is right and no firewall is between")
        case CURLE_OPERATION_TIMEDOUT:
            return advice(
                .unreachable, "does not answer in time",
                "check ‘mail.host’ and ‘mail.port’, and that ‘mail.security’ fits the port (tls "
                    + "for 465, starttls for 587)")
        case CURLE_PEER_FAILED_VERIFICATION:
            return advice(
                .unreachable, "shows a certificate that is not trusted or bears another name",
                "check ‘mail.host’; if the authority is your own, name its file in ‘mail.ca-file’")
        case CURLE_SSL_CACERT_BADFILE:
            return advice(
                .definition, "cannot be checked: the file of ‘mail.ca-file’ holds no certificate",
                "put the authority's certificate there in PEM form")
        case CURLE_USE_SSL_FAILED:
            return advice(
                .unreachable, "does not offer STARTTLS",
                "set ‘mail.security’ to tls if its port is for TLS, or ask its administrator")
        case CURLE_SSL_CONNECT_ERROR:
            return advice(
                .unreachable, "does not speak TLS here",
                "check that ‘mail.security’ fits ‘mail.port’ (tls for 465, starttls for 587)")
        case CURLE_LOGIN_DENIED:
            return advice(
                .denied, "does not accept the user name or the password",
                "check ‘mail.user’ and the file of ‘mail.password-file’")
        default:
            let words = reply.map { "ended the conversation after ‘\($0)’" }
            return advice(
                .unreachable, words ?? "broke the connection",
                "it is tried again by itself; if it lasts, ask the server's administrator")
        }
    }

    private func set(_ option: CURLoption, _ value: String) throws {
        try Self.check(unsafe curl_set_string(handle, option, value))
    }

    private func set(_ option: CURLoption, _ value: Int) throws {
        try Self.check(unsafe curl_set_long(handle, option, value))
    }

    private static func check(_ code: CURLcode) throws {
        guard code == CURLE_OK else {
            throw Advice(
                .unreachable, "this machine's libcurl cannot send mail as configured",
                remedy: "install the Debian package libcurl4",
                cause: unsafe String(cString: curl_easy_strerror(code)))
        }
    }
}

/// One message's way to the server, as libcurl's callbacks see it.
///
/// Lives on one thread: the callbacks run inside `curl_easy_perform`.
private final class SMTPExchange {
    /// A reply is cut after so many bytes; RFC 5321 allows 512 a line.
    static let longestReply = 1000
    /// The answer to QUIT, which libcurl says after a failure; it is about no message.
    static let goodbye = 221

    private let message: [UInt8]
    private var offset = 0
    private var lines: [String] = []
    private var isReplyOpen = false
    /// The last reply that came whole or in part.
    private(set) var lastReply: MailReply?
    /// Whether libcurl knows that the message is at its end, so that it may end it.
    private(set) var isHandedOver = false
    /// The reply to the message itself.
    private(set) var answer: MailReply?

    init(_ message: [UInt8]) { self.message = message }

    @unsafe static func from(_ context: UnsafeMutableRawPointer) -> SMTPExchange {
        unsafe Unmanaged<SMTPExchange>.fromOpaque(context).takeUnretainedValue()
    }

    /// Copies the next piece of the message; 0 bytes when there is no more.
    @unsafe func handOver(into room: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(room.count, message.count - offset)
        unsafe room.copyBytes(from: message[offset..<offset + count])
        offset += count
        if count == 0 { isHandedOver = true }
        return count
    }

    /// Takes in one line of the server: `250-more to come` or `250 last line`.
    @unsafe func heard(_ line: UnsafeRawBufferPointer) {
        let bytes = unsafe Array(line)
        guard bytes.count >= 3, let code = Int(String(decoding: bytes[..<3], as: UTF8.self)),
            (100..<600).contains(code), code != Self.goodbye
        else { return }
        if !isReplyOpen { lines = [] }
        isReplyOpen = bytes.count > 3 && bytes[3] == UInt8(ascii: "-")
        let text = bytes.dropFirst(4).filter { (32...126).contains($0) }
        lines.append(String(decoding: text, as: UTF8.self))
        let words = lines.joined(separator: " ").prefix(Self.longestReply)
        let reply = MailReply(code: code, text: String(words))
        lastReply = reply
        if isHandedOver, !isReplyOpen, answer == nil { answer = reply }
    }
}
