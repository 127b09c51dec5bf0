import Foundation
import Store
import Synchronization

/// When open pages are told of commits: one after the other, at the pace at which the program can
/// answer what they ask then.
///
/// A page that hears of a commit asks for its figures. A hundred pages told at the same moment would
/// wait for each other, and told of each of a hundred commits a second they would leave no time for
/// anything else. So each takes a turn, and the next one comes when the answer to it may be there: after what
/// answers to those who see the same rows have cost lately, divided by the processors that answers may take.
/// Whoever asks finds the program free, also after one who sees fifty companies. While there are few
/// pages, or few changes, nobody waits; the more there are, the later the news, and no answer becomes slow.
final class NewsPace: Sendable {
    /// The share of the processors that answers to open pages may take.
    ///
    /// The less, the seldomer an answer meets another, or what programs ask meanwhile.
    static let share = 0.4
    /// Seconds of the processors' work that may be asked for at the same moment.
    static let burst = 0.05
    /// The weight of the newest answer in what one costs.
    private static let newest = 0.1

    /// What an answer to somebody new is taken to cost.
    private static let usual = 0.01
    /// Scopes whose costs are known; more than these come from principals that are long gone.
    private static let most = 10_000

    private struct State {
        /// Seconds that an answer has cost lately, by what its reader may see.
        var costs: [Scope: Double] = [:]
        /// Seconds since the beginning until which turns are taken.
        var taken = 0.0
    }

    private let processors: Double
    private let state = Mutex(State())
    private let began = ContinuousClock.now

    init(processors: Int = ProcessInfo.processInfo.activeProcessorCount) {
        self.processors = Double(processors)
    }

    /// Notes that somebody asks; what is at hand costs nothing.
    func noteQuestion(of scope: Scope) {
        state.withLock { state in
            if state.costs.count > Self.most { state.costs = [:] }
            state.costs[scope, default: Self.usual] *= 1 - Self.newest
        }
    }

    /// Notes what the answer to a question has cost by the clock.
    ///
    /// Where other programs keep the processors busy answers take longer, and news come later.
    func note(cost: Duration, of scope: Scope) {
        state.withLock { $0.costs[scope, default: 0] += cost / .seconds(1) * Self.newest }
    }

    /// Takes the next turn of those who have news at a moment.
    ///
    /// - Returns: When it is.
    func turn(of scope: Scope, now: ContinuousClock.Instant = .now) -> ContinuousClock.Instant {
        let present = (now - began) / .seconds(1)
        return state.withLock { state in
            let turn = max(present, state.taken - Self.burst)
            let cost = state.costs[scope] ?? Self.usual
            state.taken = max(state.taken, present) + cost / (processors * Self.share)
            return turn > present ? now + .seconds(turn - present) : now
        }
    }
}

/// Commits that touch rows of a reader, as an open page is told of them.
enum CommitNews {
    /// The least time between two of them: pages ask as often.
    static let pause = Duration.seconds(1)
    /// Between two looks in a process that only reads, where no commit announces itself.
    static let readerPause = Duration.seconds(1)

    /// The newest commit of a scope, whenever it is another, at the pace of all who listen.
    ///
    /// - Throws: `Advice` when the store cannot be read.
    static func stream(
        of store: Store, scope: Scope, pace: NewsPace
    ) throws -> AsyncStream<UInt64> {
        let models = Array(store.schema.models.keys)
        let newest: @Sendable () throws -> UInt64 = {
            try store.snapshot(scope).lastCommit(of: models)
        }
        let first = try newest()
        return AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let listening = Task {
                var last = first
                for await _ in marks(of: store) {
                    guard let commit = try? newest(), commit > last else { continue }
                    try await Task.sleep(until: pace.turn(of: scope), clock: .continuous)
                    // What has come meanwhile is told with it.
                    last = (try? newest()) ?? commit
                    continuation.yield(last)
                    try await Task.sleep(for: pause)
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in listening.cancel() }
        }
    }

    /// When to look.
    private static func marks(of store: Store) -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let looking = Task {
                // What is committed between the first look and here must not be missed.
                continuation.yield()
                if store.access == .readOnly {
                    while !Task.isCancelled {
                        try await Task.sleep(for: readerPause)
                        continuation.yield()
                    }
                } else {
                    for await _ in store.commits() { continuation.yield() }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in looking.cancel() }
        }
    }
}
