import Synchronization

/// Tells those who wait in this process that something became of an export.
final class ExportNews: Sendable {
    private struct Listeners {
        var next = 0
        var all: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private let listeners = Mutex(Listeners())

    /// Wakes everybody who listens.
    func announce() {
        for listener in listeners.withLock({ Array($0.all.values) }) { listener.yield() }
    }

    /// Beats with every piece of news, and every so often without one: other processes tell nobody.
    func beats(every pause: Duration) -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let number = listeners.withLock { listeners in
                listeners.next += 1
                listeners.all[listeners.next] = continuation
                return listeners.next
            }
            let heart = Task {
                while !Task.isCancelled {
                    continuation.yield()
                    try? await Task.sleep(for: pause)
                }
            }
            continuation.onTermination = { [weak self] _ in
                heart.cancel()
                self?.listeners.withLock { $0.all[number] = nil }
            }
        }
    }
}
