import Foundation
import Synchronization

/// The largest anonymous memory that this process has had, looked at every millisecond.
///
/// For the processes of exit tests, which write it where the test can read it.
final class ProcessMemory: Sendable {
    private let peak = Atomic<Int>(0)
    private let isOver = Atomic<Bool>(false)

    init() {
        Thread.detachNewThread { [self] in
            while !isOver.load(ordering: .relaxed) {
                look()
                usleep(1000)
            }
        }
    }

    private func look() {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("RssAnon:") }),
            let kilobytes = line.split(separator: " ").compactMap({ Int($0) }).first
        else { return }
        peak.max(kilobytes, ordering: .relaxed)
    }

    /// Writes the peak in kilobytes to a file.
    func write(to path: String) throws {
        look()
        isOver.store(true, ordering: .relaxed)
        try "\(peak.load(ordering: .relaxed))".write(
            toFile: path, atomically: true, encoding: .utf8)
    }
}
