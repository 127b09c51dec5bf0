import Logging
import ServiceLifecycle
import Synchronization
import Vocabulary

/// Says that the program is about to stop.
final class ClosingNotice: Sendable {
    private let isRaisedFlag = Atomic(false)

    /// Whether it is.
    var isRaised: Bool { isRaisedFlag.load(ordering: .relaxed) || Task.isShuttingDownGracefully }

    func raise() { isRaisedFlag.store(true, ordering: .relaxed) }
}

/// The first to hear that the program is to stop: `/ready` says so from then on, and whoever spreads
/// requests over several programs has some time to see it before connections are taken no more.
struct Drain: Service {
    let notice: ClosingNotice
    /// Seconds for which requests are still taken.
    let seconds: Int64
    let logger: Logger

    func run() async throws {
        // Services are asked to stop one after another, from the last: this one is that.
        try? await gracefulShutdown()
        notice.raise()
        logger.notice("stopping")
        try? await Task.sleep(for: .seconds(seconds))
    }
}
