import Foundation
import Synchronization
import Vocabulary

/// Watches this process's own RssAnon, memory that is not a view of a file, every millisecond.
final class AnonymousMemory: Sendable {
    /// What there was when the watch began, in KiB.
    let first: Int
    private let greatest: Mutex<Int>
    private let isOver = Mutex(false)
    private let ended = DispatchSemaphore(value: 0)

    /// Begins to watch.
    ///
    /// - Throws: `Advice` where the system does not tell.
    init() throws {
        first = try Self.kilobytes()
        greatest = Mutex(first)
        let thread = Thread { [self] in
            while !isOver.withLock({ $0 }) {
                if let now = try? Self.kilobytes() { greatest.withLock { $0 = max($0, now) } }
                usleep(1000)
            }
            ended.signal()
        }
        thread.start()
    }

    /// Ends watching; returns the most that there was, in KiB.
    func most() -> Int {
        isOver.withLock { $0 = true }
        ended.wait()
        return greatest.withLock { $0 }
    }

    private static func kilobytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("RssAnon:") }),
            let number = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first,
            let kilobytes = Int(number)
        else { throw Advice(.unknown, "/proc/self/status has no RssAnon", remedy: "use Linux") }
        return kilobytes
    }
}
