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
        let digest = SHA256.hash(data: body)
        tag = "\"" + digest.prefix(16).map { Self.hex[Int($0)] }.joined() + "\""
    }

    private static let hex = (0..<256).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
}

/// Answers by everything they depend on, within a budget of bytes.
///
/// A key holds the definition's hash, the grants, the choices, the local days and the last commit
/// of the rows concerned, so an entry never becomes wrong: it only stops being asked for. Whoever
/// asks for an answer that is being computed waits for it instead of computing it again.
actor AnswerCache {
    /// Bytes of bodies that are kept.
    static let defaultBudget = 32 << 20

    private struct Entry {
        let answer: CachedAnswer
        var used: UInt64
    }

    private let budget: Int
    private var entries: [String: Entry] = [:]
    private var underway: [String: Task<CachedAnswer, any Error>] = [:]
    private var bytes = 0
    private var clock = UInt64(0)
    /// How often an answer was at hand, and how often it had to be computed.
    private(set) var hits = 0
    private(set) var misses = 0

    init(budget: Int = defaultBudget) { self.budget = budget }

    /// The answer for a key, computed by `make` if it is not at hand.
    func answer(
        for key: String, make: @escaping @Sendable () async throws -> CachedAnswer
    ) async throws -> CachedAnswer {
        clock += 1
        if let entry = entries[key] {
            entries[key]?.used = clock
            hits += 1
            return entry.answer
        }
        if let task = underway[key] {
            hits += 1
            return try await task.value
        }
        misses += 1
        let task = Task { try await make() }
        underway[key] = task
        defer { underway[key] = nil }
        let answer = try await task.value
        keep(answer, for: key)
        return answer
    }

    private func keep(_ answer: CachedAnswer, for key: String) {
        guard answer.isWhole, answer.body.count <= budget / 4 else { return }
        entries[key] = Entry(answer: answer, used: clock)
        bytes += answer.body.count
        while bytes > budget, let oldest = entries.min(by: { $0.value.used < $1.value.used }) {
            entries[oldest.key] = nil
            bytes -= oldest.value.answer.body.count
        }
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
