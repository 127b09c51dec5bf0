import Synchronization
import Vocabulary

/// How many requests each user still has in the present hour; hours are those of the clock.
final class RequestAllowance: Sendable {
    /// What is left after a request.
    struct Ticket: Sendable, Hashable {
        let limit: Int
        let remaining: Int
        /// When the next hour begins, in seconds since 1970.
        let reset: Int64
        let isGranted: Bool
    }

    private static let seconds = Int64(3600)

    private struct State {
        var hour = Int64.min
        var used: [String: Int] = [:]
    }

    private let state = Mutex(State())

    /// Counts a request of someone.
    func take(for name: String, limit: Int, now: Instant) -> Ticket {
        let hour = now.seconds / Self.seconds
        return state.withLock { state in
            if state.hour != hour { state = State(hour: hour) }
            let used = state.used[name, default: 0]
            let isGranted = used < limit
            if isGranted { state.used[name] = used + 1 }
            return Ticket(
                limit: limit, remaining: max(0, limit - used - (isGranted ? 1 : 0)),
                reset: (hour + 1) * Self.seconds, isGranted: isGranted)
        }
    }
}
