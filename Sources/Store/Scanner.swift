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
            keptAs: .request(request, limits: snapshot.scope.limits[request.model] ?? []))
    }

    func run() throws -> ScanResult {
        let companies = snapshot.companyNumbers.sorted()
        let work = ScanWork(ScanAnswer(snapshot, shared.plan), companies)
        let shared = shared
        let threads = min(snapshot.memory.threads, companies.count)
        // Other threads cost more than they bring where there is little to do.
        let rows = shared.plan.model.segments.reduce(0) { $0 + $1.segment.rows }
        if threads > 1, rows > StoreLimits.segmentRows {
            DispatchQueue.concurrentPerform(iterations: threads) { _ in work.run(shared) }
        } else {
            work.run(shared)
        }
        return try work.result()
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
    private var answer: ScanAnswer
    private var failure: (any Error)?

    init(_ answer: ScanAnswer, _ companies: [Int]) {
        self.answer = answer
        self.companies = companies
    }

    /// Scans companies until none is left.
    func run(_ shared: ScanShared) {
        let buffers = shared.takeBuffers()
        defer { shared.giveBack(buffers) }
        while let company = take() {
            do {
                let scan = try shared.scan(company, buffers)
                scan.isAlone = companies.count == 1
                try lock.withLock { try answer.add(scan) }
                shared.keep(scan)
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

    func result() throws -> ScanResult {
        if let failure { throw failure }
        return answer.result()
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
