import Crypto
import Foundation
import Vocabulary

/// An answer ready to be sent, with the tag that stands for its content.
struct CachedAnswer: Sendable {
    let body: [UInt8]
    /// A strong entity tag, in its quotes.
    let tag: String
    /// The newest commit that touched a row the answer could depend on.
    let dataCommit: UInt64
    /// Whether every part of it could be made; what is not whole is made anew next time.
    let isWhole: Bool
    /// What the reader of its figures must know.
    let remarks: [String]

    /// An answer whose tag is made of its bytes, unless `version` is given for it.
    init(
        body: [UInt8], dataCommit: UInt64, version: String? = nil, isWhole: Bool = true,
        remarks: [String] = []
    ) {
        self.remarks = remarks
        self.body = body
        self.dataCommit = dataCommit
        self.isWhole = isWhole
        if let version {
            tag = "\"\(version)\""
            return
        }
        tag = "\"" + SHA256.hash(data: body).prefix(16).hexadecimal + "\""
    }
}

/// What an answer depends on: what is asked by whom, and the state that it was made from.
struct AnswerKey: Sendable, Hashable {
    /// The question, the form, the choices and the grants: what stays when the data change.
    let subject: String
    /// The definition's hash, the local days, the close and the last commit of the rows concerned.
    let version: String
}

/// Answers by everything they depend on, within a budget of bytes.
///
/// An entry never becomes wrong: its version only stops being asked for. A new version takes the place
/// of the one before, so that rows that change often, of one company, push no answers of others out.
/// Whoever asks for an answer that is being computed waits for it instead of computing it again.
actor AnswerCache {
    /// Bytes of answers that are kept.
    static let defaultBudget = 32 << 20

    /// How the cache does.
    struct Standing: Sendable, Hashable {
        var answers = 0
        var bytes = 0
        var budget = 0
        /// How often an answer was at hand, and how often it had to be computed.
        var hits = 0
        var misses = 0
        /// How often an answer was given again without being looked for.
        var repeats = 0
        /// How often an answer went because others needed its room.
        var evictions = 0

        /// For health.
        var json: String {
            "{\"answers\":\(answers),\"bytes\":\(bytes),\"budgetBytes\":\(budget),"
                + "\"hits\":\(hits),\"misses\":\(misses),"
                + "\"repeats\":\(repeats)}"
        }

        /// Adds it to measurements.
        func measure(into text: inout MeasurementText) {
            for (kind, value) in [("kept", bytes), ("budget", budget)] {
                text.add(
                    "reportd_cache_bytes", "Bytes of answers that are kept, and that may be.",
                    Double(value), ["kind": kind])
            }
            text.add("reportd_cache_answers", "Answers that are kept.", Double(answers))
            for (result, count) in [("hit", hits), ("miss", misses), ("repeat", repeats)] {
                text.count(
                    "reportd_cache_requests_total",
                    "Answers that were asked for, by whether they were at hand.", count,
                    ["result": result])
            }
            text.count(
                "reportd_cache_evictions_total", "Answers that went because others needed room.",
                evictions)
        }
    }

    private struct Entry {
        let version: String
        let answer: CachedAnswer
        let bytes: Int
        var used: UInt64
    }

    private let budget: Int
    private var entries: [String: Entry] = [:]
    private var underway: [AnswerKey: Task<CachedAnswer, any Error>] = [:]
    private var clock = UInt64(0)
    private var counts = Standing()

    init(budget: Int = defaultBudget) {
        self.budget = budget
        counts.budget = budget
    }

    /// How the cache does now.
    var standing: Standing { counts }

    /// The answer for a key, computed by `make` if it is not at hand.
    func answer(
        for key: AnswerKey, make: @escaping @Sendable () async throws -> CachedAnswer
    ) async throws -> CachedAnswer {
        clock += 1
        if let entry = entries[key.subject], entry.version == key.version {
            entries[key.subject]?.used = clock
            counts.hits += 1
            return entry.answer
        }
        if let task = underway[key] {
            counts.hits += 1
            return try await task.value
        }
        counts.misses += 1
        let task = Task { try await make() }
        underway[key] = task
        defer { underway[key] = nil }
        let answer = try await task.value
        keep(answer, for: key)
        return answer
    }

    private func keep(_ answer: CachedAnswer, for key: AnswerKey) {
        let bytes = answer.body.count + key.subject.utf8.count + key.version.utf8.count
        remove(key.subject)
        guard answer.isWhole, bytes <= budget / 4 else { return }
        entries[key.subject] = Entry(
            version: key.version, answer: answer, bytes: bytes, used: clock)
        counts.bytes += bytes
        counts.answers += 1
        while counts.bytes > budget, let oldest = entries.min(by: { $0.value.used < $1.value.used })
        {
            remove(oldest.key)
            counts.evictions += 1
        }
    }

    private func remove(_ subject: String) {
        guard let entry = entries.removeValue(forKey: subject) else { return }
        counts.bytes -= entry.bytes
        counts.answers -= 1
    }
}

/// Runs blocking work off the threads that serve connections.
final class Workbench: Sendable {
    private let queue: OperationQueue
    private let waiting: Int

    /// Makes a bench.
    ///
    /// `workers` pieces are worked on at a time, as many as there are cores unless said otherwise;
    /// when `waiting` pieces are in hand, further ones are turned away.
    init(workers: Int? = nil, waiting: Int = 4096) {
        queue = OperationQueue()
        queue.name = "reportd.work"
        queue.maxConcurrentOperationCount =
            workers ?? max(2, ProcessInfo.processInfo.activeProcessorCount)
        self.waiting = waiting
    }

    /// The result of a piece of work, when its turn has come.
    ///
    /// - Throws: What the work throws, and `Advice` of kind `busy` when too much is waiting.
    func run<Result: Sendable>(
        _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        guard queue.operationCount < waiting else {
            throw Advice(
                .busy, "too many people are asking at once", remedy: "try again in a moment")
        }
        return try await withCheckedThrowingContinuation { continuation in
            queue.addOperation { continuation.resume(with: Swift.Result { try work() }) }
        }
    }
}
