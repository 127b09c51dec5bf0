import Foundation
import Synchronization
import Vocabulary

/// The anonymous memory of another process, second by second.
final class MemoryTrail: Sendable {
    private let samples = Mutex<[Double]>([])
    private let isOver = Mutex(false)

    /// Begins to look.
    init(_ pid: Int32) {
        Thread { [self] in
            while !isOver.withLock({ $0 }) {
                guard let figures = try? ProcessFigures(pid) else { return }
                samples.withLock { $0.append(Double(figures.anonymousKilobytes) / 1024) }
                Thread.sleep(forTimeInterval: 1)
            }
        }.start()
    }

    /// Ends it; the MiB of every second.
    func stop() -> [Double] {
        isOver.withLock { $0 = true }
        return samples.withLock { $0 }
    }
}
