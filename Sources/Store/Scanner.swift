import Foundation
import Synchronization
import Vocabulary

/// Answers a `ScanRequest`: the totals of each company, and then all put together.
struct Scanner {
    private let snapshot: Snapshot
    private let shared: ScanShared

    init(_ snapshot: Snapshot, _ request: ScanRequest) throws {
        self.snapshot = snapshot
        shared = try ScanShared(
            snapshot, ScanPlan(snapshot, request),
            keptAs: snapshot.memory.keepsTotals
                ? ScanMemory.Question(
                    .request(request, limits: snapshot.scope.limits[request.model] ?? [])) : nil)
    }

    func run() throws -> ScanResult {
        let companies = snapshot.scope.companies.compactMap { snapshot.state.companies[$0] }
            .sorted()
        var start = kept(companies)
        let buffers = shared.takeBuffers()
        defer { shared.giveBack(buffers) }
        // To bring kept totals up to date is too little work for more than one thread.
        var unkept: [Int] = []
        for company in start.open {
            if let found = try shared.resumed(company, buffers) {
                try start.merged.add(found, shared.plan)
                shared.keep(found)
            } else {
                unkept.append(company)
            }
        }
        if !unkept.isEmpty { start.merged = try scan(unkept, into: start.merged, buffers) }
        keep(start.merged, companies)
        start.merged.finish()
        return ScanAnswer(snapshot, shared.plan, start.merged).result()
    }

    /// Scans all rows of some companies.
    private func scan(
        _ companies: [Int], into merged: MergedTotals, _ buffers: ScanBuffers
    ) throws -> MergedTotals {
        let work = ScanWork(merged, companies)
        let shared = shared
        let threads = min(snapshot.memory.threads, companies.count)
        // Other threads cost more than they bring where there is little to do.
        let rows = shared.plan.model.segments.reduce(0) { $0 + $1.segment.rows }
        if threads > 1, rows > StoreLimits.segmentRows {
            DispatchQueue.concurrentPerform(iterations: threads) { _ in
                let buffers = shared.takeBuffers()
                defer { shared.giveBack(buffers) }
                work.run(shared, buffers)
            }
        } else {
            work.run(shared, buffers)
        }
        return try work.result()
    }

    // MARK: Kept answers

    /// Whether the totals of all companies together are kept, beside those of each.
    private func keepsAnswer(_ companies: [Int]) -> Bool {
        shared.isKept && companies.count > 1 && MergedTotals.canRemember(shared.plan)
    }

    /// What was merged when the question was asked before.
    private struct Start {
        var merged: MergedTotals
        /// The companies that have changed since; all of them, when it is asked for the first time.
        let open: [Int]
    }

    private func kept(_ companies: [Int]) -> Start {
        let isKept = keepsAnswer(companies)
        if isKept, let question = shared.question,
            let kept = snapshot.memory.takeAnswer(
                ScanMemory.AnswerName(question: question, companies: companies)),
            shared.canFollow(kept.commit)
        {
            var open: [Int] = []
            for company in companies {
                if shared.lastChange(company) > kept.commit {
                    open.append(company)
                } else {
                    shared.renew(company)
                }
            }
            return Start(merged: kept.merged, open: open)
        }
        return Start(
            merged: MergedTotals(
                shared.plan, companies: companies.count, remembersShares: isKept),
            open: companies)
    }

    private func keep(_ merged: MergedTotals, _ companies: [Int]) {
        guard keepsAnswer(companies), merged.isWorthKeeping, let question = shared.question else {
            return
        }
        snapshot.memory.keepAnswer(
            ScanMemory.KeptAnswer(merged: merged, commit: snapshot.commit.number),
            as: ScanMemory.AnswerName(question: question, companies: companies))
    }
}

/// The companies of a question, handed out to threads, and what they found.
///
/// Unchecked because the compiler cannot see the lock: everything that changes is touched only while
/// it is held.
private final class ScanWork: @unchecked Sendable {
    private let lock = NSLock()
    private let companies: [Int]
    private var next = 0
    private var merged: MergedTotals
    private var failure: (any Error)?

    init(_ merged: MergedTotals, _ companies: [Int]) {
        self.merged = merged
        self.companies = companies
    }

    /// Scans companies until none is left.
    func run(_ shared: ScanShared, _ buffers: ScanBuffers) {
        while let company = take() {
            do {
                let found = try shared.scanned(company, buffers)
                try lock.withLock {
                    try merged.add(found, shared.plan)
                    try shared.snapshot.memory.checkResult(merged.resultBytes)
                }
                shared.keep(found)
            } catch {
                lock.withLock { failure = failure ?? error }
            }
        }
    }

    private func take() -> Int? {
        lock.withLock {
            guard failure == nil, next < companies.count else { return nil }
            next += 1
            return companies[next - 1]
        }
    }

    func result() throws -> MergedTotals {
        if let failure { throw failure }
        return merged
    }
}

/// Scans of parts of one company's rows, each run by one thread.
///
/// Unchecked because each part is touched by the thread of its number only, until all have ended.
final class ScanParts: @unchecked Sendable {
    private let parts: [CompanyScan]
    private let failure = Mutex<(any Error)?>(nil)

    init(_ parts: [CompanyScan]) { self.parts = parts }

    /// Runs all parts.
    func run() throws {
        DispatchQueue.concurrentPerform(iterations: parts.count) { number in
            do {
                try parts[number].run()
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}

extension Cell {
    private var rank: Int {
        switch self {
        case .missing: 0
        case .number: 1
        case .reference: 2
        case .text: 3
        case .key: 4
        }
    }

    /// The order of a scan's groups: missing first, then numbers, references, text by its bytes.
    func precedes(_ other: Cell) -> Bool {
        switch (self, other) {
        case (.number(let left), .number(let right)): left < right
        case (.reference(let left), .reference(let right)): left < right
        case (.text(let left), .text(let right)):
            left.utf8.lexicographicallyPrecedes(right.utf8)
        default: rank < other.rank
        }
    }
}
