import Foundation
import Synchronization
import Vocabulary

/// Group commit: batches that arrive while others are being made durable wait in line, and the next
/// transaction takes them all.
///
/// One of the waiting callers leads: it has the batches of all who are in line made durable, tells
/// them, and makes the first of those who came meanwhile the next leader. There is no timer, and a
/// caller who is alone waits for nobody.
final class CommitLine: Sendable {
    /// Makes batches durable together, or none of them.
    typealias Apply = ([ChangeBatch]) throws -> [Commit]

    private struct Line {
        var waiting: [Place] = []
        var isLed = false
    }

    /// A caller with its batch.
    private final class Place: Sendable {
        let batch: ChangeBatch
        private let outcome = Mutex<Result<Commit, any Error>?>(nil)
        private let turn = DispatchSemaphore(value: 0)

        init(_ batch: ChangeBatch) { self.batch = batch }

        /// Waits until the batch is done, which gives its outcome, or until the caller has to lead.
        func wait() -> Result<Commit, any Error>? {
            turn.wait()
            return result
        }

        var result: Result<Commit, any Error>? { outcome.withLock { $0 } }

        func lead() { turn.signal() }

        func finish(_ result: Result<Commit, any Error>) {
            outcome.withLock { $0 = result }
            turn.signal()
        }
    }

    private let line = Mutex(Line())

    /// Has a batch made durable, together with those that others have in line.
    ///
    /// A leader calls `work` when it is its turn; that gains the right to write and then calls its
    /// argument with what writes.
    func commit(
        _ batch: ChangeBatch, leading work: ((_ takeWaiting: (Apply) -> Void) -> Void)
    ) throws -> Commit {
        let place = Place(batch)
        let isLeader = line.withLock { line in
            line.waiting.append(place)
            defer { line.isLed = true }
            return !line.isLed
        }
        if !isLeader, let result = place.wait() { return try result.get() }
        // Those who came while the writer was busy are taken as well.
        work { apply in
            Self.finish(
                line.withLock { line in
                    defer { line.waiting = [] }
                    return line.waiting
                }, apply)
        }
        line.withLock { line in
            line.isLed = !line.waiting.isEmpty
            line.waiting.first?.lead()
        }
        guard let result = place.result else {
            preconditionFailure("a leader's own batch is in line")
        }
        return try result.get()
    }

    /// Makes the batches of some callers durable together.
    ///
    /// Where that fails, nothing of them was stored; then each is tried alone, so that a batch which
    /// cannot be stored fails its own caller only.
    private static func finish(_ places: [Place], _ apply: Apply) {
        do {
            let commits = try apply(places.map(\.batch))
            for (place, commit) in zip(places, commits) { place.finish(.success(commit)) }
        } catch {
            if places.count == 1 {
                places[0].finish(.failure(error))
                return
            }
            for place in places {
                place.finish(Result { try apply([place.batch])[0] })
            }
        }
    }
}
