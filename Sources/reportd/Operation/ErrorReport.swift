import Foundation
import GRDB
import Vocabulary

/// An unexpected error as it is told to a server that collects them.
///
/// It holds no text of the error, since that may name people, files and figures. What tells one error
/// from another is its type and the two places in our code: where it arose, and where it was told. Who
/// has the source finds the sentence there.
struct ErrorReport: Sendable, Hashable {
    /// What kind of error it is: `Advice.storage`, `GRDB.DatabaseError 13`.
    let type: String
    /// Where it arose; nil for errors that do not tell.
    let origin: CodePlace?
    /// Where it was told.
    let told: CodePlace
    /// The pattern of the address that was asked; nil for work in the background.
    let route: String?
    let method: String?
    /// The name of the request.
    let request: String?
    let time: Instant

    /// What is the same of all errors of one cause.
    var fingerprint: [String] {
        [type, "\(origin?.description ?? "")", "\(told)", route ?? "", method ?? ""]
    }

    /// What kind of error something is, in words that hold nothing of what it is about.
    static func type(of error: any Error) -> String {
        switch error {
        case let advice as Advice: "Advice.\(advice.kind.rawValue)"
        case let database as DatabaseError:
            "DatabaseError \(database.extendedResultCode.rawValue)"
        default: String(reflecting: Swift.type(of: error))
        }
    }

    /// The event as Sentry-compatible servers read it.
    func json(id: String, release: String, environment: String?, repeats: Int) -> String {
        let frames = [told, origin].compactMap { $0 }.map { place in
            "{\"filename\":\(JSONText.quoted(place.file)),\"lineno\":\(place.line),\"in_app\":true}"
        }
        let exception = APIText.object([
            ("type", JSONText.quoted(type)),
            ("value", JSONText.quoted("\(origin ?? told)")),
            ("mechanism", "{\"type\":\"generic\",\"handled\":true}"),
            ("stacktrace", "{\"frames\":\(APIText.list(frames))}"),
        ])
        var tags: [(name: String, json: String)] = []
        if let request { tags.append(("request", JSONText.quoted(request))) }
        if let method { tags.append(("method", JSONText.quoted(method))) }
        var members = [
            ("event_id", JSONText.quoted(id)), ("timestamp", "\"\(time)\""),
            ("platform", "\"other\""), ("level", "\"error\""), ("logger", "\"reportd\""),
            ("release", JSONText.quoted(release)),
            ("exception", "{\"values\":[\(exception)]}"),
            ("fingerprint", APIText.texts(fingerprint)), ("tags", APIText.object(tags)),
            ("extra", "{\"repeats\":\(repeats)}"),
        ]
        if let environment { members.append(("environment", JSONText.quoted(environment))) }
        if let route { members.append(("transaction", JSONText.quoted(route))) }
        return APIText.object(members)
    }
}

/// Which errors are told when: a value that decides and does nothing.
///
/// The same error is told once in an hour, with how often it came meanwhile; of different ones, so many
/// wait. What does not fit is dropped and counted, and so is everything while the server is not to be
/// disturbed.
struct ErrorReportQueue: Sendable {
    /// Seconds between two reports of one error.
    static let quietSeconds: Int64 = 3600
    /// Reports that wait to be sent.
    static let waiting = 50
    /// Reports in an hour, of whatever errors.
    static let anHour = 100
    /// Errors that are remembered.
    static let known = 500

    /// One that is to be sent.
    struct Item: Sendable {
        let report: ErrorReport
        /// How often the same came since it was told last, without being told.
        let repeats: Int
    }

    private struct Memory {
        var told: Instant
        var repeats = 0
    }

    private(set) var items: [Item] = []
    private var memory: [[String]: Memory] = [:]
    private var quietUntil: Instant?
    private var recent: [Instant] = []
    /// Reports that were never sent, since the start.
    private(set) var dropped = 0
    private(set) var sent = 0

    /// Takes a report in.
    ///
    /// - Returns: Whether there is something to send now.
    mutating func take(_ report: ErrorReport) -> Bool {
        let (key, now) = (report.fingerprint, report.time)
        if let known = memory[key], now < known.told.adding(seconds: Self.quietSeconds) {
            memory[key]?.repeats += 1
            return false
        }
        recent.removeAll { $0.adding(seconds: 3600) <= now }
        let isQuiet = quietUntil.map { now < $0 } ?? false
        guard !isQuiet, items.count < Self.waiting, recent.count < Self.anHour else {
            dropped += 1
            return false
        }
        let repeats = memory[key]?.repeats ?? 0
        if memory.count >= Self.known,
            let oldest = memory.min(by: { $0.value.told < $1.value.told })
        {
            memory[oldest.key] = nil
        }
        memory[key] = Memory(told: now)
        recent.append(now)
        items.append(Item(report: report, repeats: repeats))
        return true
    }

    /// The next one to send.
    mutating func next() -> Item? { items.isEmpty ? nil : items.removeFirst() }

    /// Notes that one has been sent.
    mutating func noteSent() { sent += 1 }

    /// Notes that one could not be sent: for some time nothing is.
    mutating func noteFailure(until instant: Instant) {
        dropped += 1 + items.count
        items = []
        quietUntil = instant
    }
}
