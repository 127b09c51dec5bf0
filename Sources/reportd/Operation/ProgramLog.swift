import Foundation
import Logging
import Vocabulary

/// The program's log, on standard error.
enum ProgramLog {
    /// The log of commands, and of a program before its configuration is read.
    static let logger = logger(LogSettings())

    /// The log that a configuration asks for.
    static func logger(_ settings: LogSettings) -> Logger {
        var logger = Logger(label: "reportd") { label in
            switch settings.format {
            case .text: TextLog(StreamLogHandler.standardError(label: label))
            case .json: JSONLog { Terminal.note($0) }
            }
        }
        logger.logLevel = settings.level
        return logger
    }
}

/// Lines for people; what went wrong stands in the message already.
///
/// What is known of a request is put into words when there is a line to write, which most requests
/// have not.
struct TextLog: LogHandler {
    private var lines: StreamLogHandler
    var metadata: Logger.Metadata = [:]

    init(_ lines: StreamLogHandler) { self.lines = lines }

    func log(event: LogEvent) {
        var event = event
        event.error = nil
        if !metadata.isEmpty { event.metadata = metadata.merging(event.metadata ?? [:]) { $1 } }
        lines.log(event: event)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    var logLevel: Logger.Level {
        get { lines.logLevel }
        set { lines.logLevel = newValue }
    }
}

/// One JSON object a line: `time` (RFC 3339, UTC), `level`, `message`, and what is known besides, each
/// under its own name; numbers are numbers.
struct JSONLog: LogHandler {
    /// Takes a line, without its end.
    private let write: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let time = Instant(
            microseconds: Int64((Date().timeIntervalSince1970 * 1e6).rounded(.down)))
        var members = [
            ("time", "\"\(time)\""), ("level", JSONText.quoted(event.level.rawValue)),
            ("message", JSONText.quoted("\(event.message)")),
        ]
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            members.append((name, Self.text(value)))
        }
        write(APIText.object(members))
    }

    private static func text(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .stringConvertible(let number as Int): "\(number)"
        case .stringConvertible(let number as Double): "\(number)"
        case .string(let text): JSONText.quoted(text)
        case .stringConvertible(let thing): JSONText.quoted("\(thing)")
        case .array(let values): APIText.list(values.map(text))
        case .dictionary(let values):
            APIText.object(values.sorted { $0.key < $1.key }.map { ($0.key, text($0.value)) })
        }
    }
}
