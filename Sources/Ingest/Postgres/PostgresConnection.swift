import CLibpq
import Foundation
import Glibc
import Vocabulary

/// One connection to a Postgres server: the only owner of its libpq handle.
///
/// Used by one thread at a time. Calls block that thread, but every wait is a `poll` that also
/// watches an interrupt, so that stopping is prompt. After a thrown error that is not the server's
/// own answer the connection is to be dropped.
@safe
final class PostgresConnection {
    /// How long connecting may take.
    static let connectMilliseconds: Int32 = 15_000

    private let handle: OpaquePointer
    private let interrupt: Interrupt
    private let settings: ConnectionSettings
    /// How long the server may stay silent within an answer before the connection counts as broken.
    private let patience: Int32
    /// Whether a command has been sent whose answer has not been read to its end.
    private var isBusy = false

    /// Connects; with `replication`, the server accepts replication commands beside plain SQL.
    ///
    /// Without `settingSession` the session stays as the server gives it, because a pool may lend it
    /// to others; whoever needs a setting makes it in its transaction. Throws `PostgresFailure`, or
    /// `CancellationError` when interrupted.
    init(
        _ settings: ConnectionSettings, replication: Bool, application: String,
        interrupt: Interrupt, patience: Duration = .seconds(300), settingSession: Bool = true
    ) throws {
        var values = settings.values.filter {
            !["replication", "client_encoding", "fallback_application_name"].contains($0.keyword)
        }
        values.append(("client_encoding", "UTF8"))
        values.append(("fallback_application_name", application))
        if replication { values.append(("replication", "database")) }
        guard let handle = unsafe Self.start(values) else {
            throw PostgresFailure.broken("libpq has no memory left")
        }
        unsafe self.handle = handle
        self.interrupt = interrupt
        self.settings = settings
        let (seconds, fraction) = patience.components
        self.patience = Int32(clamping: seconds * 1000 + fraction / 1_000_000_000_000_000)
        try finishConnecting()
        guard settingSession else { return }
        // Waiting here is our own affair; a server's time limits must not cut a load short.
        try execute(
            """
            SET statement_timeout = 0; SET lock_timeout = 0; \
            SET idle_in_transaction_session_timeout = 0; SET idle_session_timeout = 0; \
            SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; SET extra_float_digits = 3; \
            SET intervalstyle = 'postgres'; SET bytea_output = 'hex'
            """)
    }

    deinit {
        if isBusy { cancelCommand() }
        unsafe PQfinish(handle)
    }

    private static func start(_ values: [(keyword: String, value: String)]) -> OpaquePointer? {
        var keywords: [UnsafePointer<CChar>?] = unsafe []
        var texts: [UnsafePointer<CChar>?] = unsafe []
        for (keyword, value) in values {
            let keywordCopy = unsafe strdup(keyword)
            let valueCopy = unsafe strdup(value)
            unsafe keywords.append(unsafe UnsafePointer(keywordCopy))
            unsafe texts.append(unsafe UnsafePointer(valueCopy))
        }
        defer {
            for index in values.indices {
                unsafe free(UnsafeMutablePointer(mutating: keywords[index]))
                unsafe free(UnsafeMutablePointer(mutating: texts[index]))
            }
        }
        return unsafe PQconnectStartParams(keywords + [nil], texts + [nil], 0)
    }

    private func finishConnecting() throws {
        var wantsWrite = true
        while true {
            guard unsafe PQstatus(handle) != CONNECTION_BAD else { throw failure() }
            let outcome = try interrupt.wait(
                for: unsafe PQsocket(handle), writing: wantsWrite,
                milliseconds: Self.connectMilliseconds)
            guard outcome == .ready else { throw PostgresFailure.broken("no answer") }
            switch unsafe PQconnectPoll(handle) {
            case PGRES_POLLING_OK:
                unsafe PQsetnonblocking(handle, 1)
                return
            case PGRES_POLLING_WRITING: wantsWrite = true
            case PGRES_POLLING_READING: wantsWrite = false
            default: throw failure()
            }
        }
    }

    /// The server's version as libpq counts: 150020 for 15.20.
    var serverVersion: Int { Int(unsafe PQserverVersion(handle)) }

    /// The number of the process that serves us, as we were told when connecting.
    var process: Int32 { unsafe PQbackendPID(handle) }

    /// What libpq says about the connection, in one line and without secrets.
    private func failure() -> PostgresFailure {
        let text = unsafe String(cString: PQerrorMessage(handle))
        let lines = text.split(separator: "\n").map(String.init)
        // The reason stands behind the address, which the reader is told anyway.
        var reason = lines.first ?? "the connection was lost"
        if let mark = reason.firstRange(of: "failed: ") {
            reason = String(reason[mark.upperBound...])
        }
        for word in ["FATAL:  ", "ERROR:  "] where reason.hasPrefix(word) {
            reason.removeFirst(word.count)
        }
        return .broken(settings.withoutSecrets(reason))
    }

    /// Asks the server to give up the present command, whose answer nobody waits for.
    ///
    /// Best effort, and on a thread of its own: the request is a connection that libpq waits for
    /// without a limit, and a network that swallows everything would hold us up for ever.
    private func cancelCommand() {
        guard let cancel = unsafe PQgetCancel(handle) else { return }
        let address = Int(bitPattern: cancel)
        Thread.detachNewThread {
            guard let cancel = unsafe OpaquePointer(bitPattern: address) else { return }
            var message = [CChar](repeating: 0, count: 256)
            _ = unsafe PQcancel(cancel, &message, Int32(message.count))
            unsafe PQfreeCancel(cancel)
        }
    }

    // MARK: Commands

    /// Runs one or several statements and returns the rows of the last one, as text.
    @discardableResult
    func query(_ sql: String) throws -> [[String?]] {
        try send(sql)
        var rows: [[String?]] = []
        try finishResults { rows = $0.rows() }
        return rows
    }

    /// Runs statements that return nothing of interest.
    func execute(_ sql: String) throws { try query(sql) }

    /// Runs a `COPY … TO STDOUT` and lends each received message to `body`.
    func copyOut(_ sql: String, _ body: (Span<UInt8>) throws -> Void) throws {
        try send(sql)
        guard let first = try nextResult() else { throw failure() }
        guard first.status == PGRES_COPY_OUT else {
            let refusal = first.failure ?? failure()
            try? finishResults { _ in }
            throw refusal
        }
        while try receive({ message in
            try body(message)
            return true
        }) {
            try awaitAnswer()
        }
        try finishResults { _ in }
    }

    private func send(_ sql: String) throws {
        precondition(!isBusy, "a command was sent before the last one was answered")
        guard unsafe PQsendQuery(handle, sql) == 1 else { throw failure() }
        isBusy = true
        try flush()
    }

    /// Reads results until there is none left; throws the first error among them.
    private func finishResults(_ each: (PostgresResult) -> Void) throws {
        var refusal: PostgresFailure?
        while let result = try nextResult() {
            if let failure = result.failure {
                refusal = refusal ?? failure
            } else {
                each(result)
            }
            if unsafe PQstatus(handle) == CONNECTION_BAD { break }
        }
        isBusy = false
        if let refusal { throw refusal }
    }

    private func nextResult() throws -> PostgresResult? {
        while unsafe PQisBusy(handle) == 1 { try awaitAnswer() }
        return unsafe PQgetResult(handle).map { unsafe PostgresResult(owning: $0) }
    }

    private func awaitAnswer(writing: Bool = false) throws {
        let outcome = try interrupt.wait(
            for: unsafe PQsocket(handle), writing: writing, milliseconds: patience)
        guard outcome == .ready else {
            // Nor would a request to cancel the command arrive.
            isBusy = false
            throw PostgresFailure.broken("the server has been silent for too long")
        }
        try consume()
    }

    private func consume() throws {
        guard unsafe PQconsumeInput(handle) == 1 else {
            isBusy = false
            throw failure()
        }
    }

    private func flush() throws {
        while true {
            switch unsafe PQflush(handle) {
            case 0: return
            case 1: try awaitAnswer(writing: true)
            default: throw failure()
            }
        }
    }

    // MARK: Streaming in both directions

    /// Starts a replication stream.
    func startStreaming(_ command: String) throws {
        try send(command)
        guard let first = try nextResult() else { throw failure() }
        guard first.status == PGRES_COPY_BOTH else {
            let refusal = first.failure ?? failure()
            try? finishResults { _ in }
            throw refusal
        }
        // The stream is ended by the protocol, not by cancelling a command.
        isBusy = false
    }

    /// Waits until something arrives.
    ///
    /// - Returns: Whether something did within the time.
    func waitForMessages(milliseconds: Int32) throws -> Bool {
        try interrupt.wait(for: unsafe PQsocket(handle), milliseconds: milliseconds) == .ready
    }

    /// Lends the messages that have arrived to `body` until it answers false.
    ///
    /// - Throws: `StreamEnded` when the server has ended the stream; what `body` throws.
    func drainMessages(_ body: (Span<UInt8>) throws -> Bool) throws {
        try consume()
        guard try !receive(body) else { return }
        // One answer only: after an end in order libpq gives the same one for ever.
        throw StreamEnded(failure: try nextResult()?.failure)
    }

    /// Lends buffered messages; false when the copy has ended.
    private func receive(_ body: (Span<UInt8>) throws -> Bool) throws -> Bool {
        while true {
            var buffer: UnsafeMutablePointer<CChar>?
            let length = unsafe PQgetCopyData(handle, &buffer, 1)
            if length == 0 { return true }
            if length == -1 { return false }
            guard length > 0, let start = unsafe buffer else { throw failure() }
            defer { unsafe PQfreemem(start) }
            let goesOn = try unsafe start.withMemoryRebound(
                to: UInt8.self, capacity: Int(length)
            ) { bytes in
                try unsafe body(UnsafeBufferPointer(start: bytes, count: Int(length)).span)
            }
            if !goesOn { return true }
        }
    }

    /// Sends a message within a stream.
    func sendMessage(_ bytes: [UInt8]) throws {
        let sent = unsafe bytes.withUnsafeBytes { buffer in
            unsafe PQputCopyData(
                handle, buffer.bindMemory(to: CChar.self).baseAddress, Int32(buffer.count))
        }
        guard sent == 1 else { throw failure() }
        try flush()
    }

    /// Ends a stream in order, so that the server has released the slot when this returns.
    ///
    /// Best effort: a server that does not answer within the time is left alone. Works although
    /// the interrupt has fired, since that is when it is needed.
    func endStreaming(milliseconds: Int32) {
        guard unsafe PQputCopyEnd(handle, nil) == 1 else { return }
        var remaining = milliseconds
        var isCopying = true
        while remaining > 0 {
            if unsafe PQflush(handle) < 0 { return }
            if isCopying {
                var buffer: UnsafeMutablePointer<CChar>?
                let length = unsafe PQgetCopyData(handle, &buffer, 1)
                unsafe PQfreemem(buffer)
                if length > 0 { continue }
                if length == -2 { return }
                if length == -1 { isCopying = false }
            }
            let isAnswered = unsafe PQisBusy(handle) == 0
            if !isCopying, isAnswered {
                guard let result = unsafe PQgetResult(handle) else { return }
                unsafe PQclear(result)
                continue
            }
            var waited = [pollfd(fd: unsafe PQsocket(handle), events: Int16(POLLIN), revents: 0)]
            _ = unsafe poll(&waited, 1, 20)
            remaining -= 20
            if unsafe PQconsumeInput(handle) != 1 { return }
        }
    }
}

/// The server has ended the stream of changes, with an error unless it did so in order.
struct StreamEnded: Error {
    let failure: PostgresFailure?
}

/// One answer of the server: the only owner of its libpq result.
@safe
final class PostgresResult {
    private let handle: OpaquePointer

    init(owning handle: OpaquePointer) { unsafe self.handle = handle }

    deinit { unsafe PQclear(handle) }

    var status: ExecStatusType { unsafe PQresultStatus(handle) }

    /// The error that it is; nil for an answer that is none.
    var failure: PostgresFailure? {
        guard status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE else { return nil }
        func field(_ letter: Unicode.Scalar) -> String {
            guard let text = unsafe PQresultErrorField(handle, Int32(letter.value)) else {
                return ""
            }
            return unsafe String(cString: text)
        }
        let message = field("M")
        return PostgresFailure(
            state: field("C"),
            message: message.isEmpty ? "the connection was lost" : message, detail: field("D"))
    }

    func rows() -> [[String?]] {
        let columns = unsafe PQnfields(handle)
        let count = unsafe PQntuples(handle)
        return (0..<count).map { row in
            (0..<columns).map { column in
                if unsafe PQgetisnull(handle, row, column) == 1 { return nil }
                return unsafe String(cString: PQgetvalue(handle, row, column))
            }
        }
    }
}

/// SQL text.
enum SQL {
    /// A name in double quotes.
    static func name(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }

    /// A column's value in the text form of its type, which is also that of the stream.
    ///
    /// A cast to text gives another one for some types: `::1/128` for an address, `ab` for `ab  `.
    static func output(of column: String) -> String {
        let name = name(column)
        return "CASE WHEN \(name) IS DISTINCT FROM NULL THEN format('%s', \(name)) END"
    }

    /// A text in single quotes; connections have standard_conforming_strings on.
    static func text(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

    /// A table given as `schema.table`.
    static func table(_ qualified: String) -> String {
        let (schema, table) = parts(of: qualified)
        return name(schema) + "." + name(table)
    }

    /// Schema and table of `schema.table`.
    static func parts(of qualified: String) -> (schema: String, table: String) {
        guard let point = qualified.firstIndex(of: ".") else { return ("public", qualified) }
        return (String(qualified[..<point]), String(qualified[qualified.index(after: point)...]))
    }
}
