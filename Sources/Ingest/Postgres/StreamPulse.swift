import Foundation

/// Tells a server that we are there while the thread that reads its stream is busy writing.
///
/// A thread of its own does so at regular intervals, and only between the beginning and the end of
/// `beating`, during which nobody else uses the connection.
final class StreamPulse: @unchecked Sendable {
    private let interval: TimeInterval
    private let beat: () throws -> Void
    private let condition = NSCondition()
    /// Guarded by the condition, as all that follows.
    private var isBeating = false
    private var isStopped = false
    private var isOver = false
    private var last: ContinuousClock.Instant?

    init(every interval: Duration, _ beat: @escaping () throws -> Void) {
        let (seconds, fraction) = interval.components
        self.interval = Double(seconds) + Double(fraction) / 1e18
        self.beat = beat
        let thread = Thread { [self] in run() }
        thread.name = "pulse"
        thread.start()
    }

    /// When the server was told last.
    var lastBeat: ContinuousClock.Instant? { condition.withLock { last } }

    /// Ends it; nobody uses the connection when this returns.
    func stop() {
        condition.withLock {
            isStopped = true
            condition.broadcast()
            while !isOver { condition.wait() }
        }
    }

    func beating(_ body: () throws -> Void) rethrows {
        condition.withLock {
            isBeating = true
            condition.broadcast()
        }
        defer { condition.withLock { isBeating = false } }
        try body()
    }

    private func run() {
        condition.lock()
        defer { condition.unlock() }
        while !isStopped {
            guard isBeating else {
                condition.wait()
                continue
            }
            // The lock is free while this waits, and held while the server is told.
            let isSignalled = condition.wait(until: Date(timeIntervalSinceNow: interval))
            guard !isSignalled, isBeating, !isStopped else { continue }
            // A broken connection is found by the thread that reads.
            try? beat()
            last = .now
        }
        isOver = true
        condition.broadcast()
    }
}
