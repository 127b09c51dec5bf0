import Vocabulary

/// How to wait until a time comes; passed in, so that tests need not wait.
struct Sleeper: Sendable {
    /// Returns at an instant, or throws `CancellationError` when the task is cancelled before.
    let sleep: @Sendable (Instant) async throws -> Void

    /// Really waits, by the machine's steady clock from what the wall clock says now.
    static func system(_ clock: WallClock) -> Sleeper {
        Sleeper { instant in
            let rest = instant.microseconds - clock.now().microseconds
            if rest > 0 { try await Task.sleep(for: .microseconds(rest)) }
        }
    }
}
