import Foundation
import Synchronization

/// Adds up the processor time that the processes of a server use meanwhile.
///
/// A process is looked at a hundred times a second, since it is gone with its connection; what it uses
/// after the last look is missed.
final class ServerWatch: Sendable {
    private static let ticksPerSecond = 100.0

    private let server: Int32
    private let isOver = Mutex(false)
    private let ended = DispatchSemaphore(value: 0)
    private let times = Mutex<(used: Double, own: Double)>((0, 0))

    /// Begins to watch.
    init(_ scratch: ScratchServer) {
        server = scratch.pid
        let thread = Thread { [self] in
            let start = Self.ticks(of: server)
            var last = start
            while !isOver.withLock({ $0 }) {
                last.merge(Self.ticks(of: server)) { $1 }
                usleep(10_000)
            }
            last.merge(Self.ticks(of: server)) { $1 }
            let used = last.reduce(0) { $0 + $1.value - (start[$1.key] ?? 0) }
            let own = Stopwatch.threadSeconds
            times.withLock { $0 = (Double(used) / Self.ticksPerSecond, own) }
            ended.signal()
        }
        thread.start()
    }

    /// Ends watching; returns the seconds that were used.
    func stop() -> Double {
        isOver.withLock { $0 = true }
        ended.wait()
        return times.withLock { $0.used }
    }

    /// The seconds that watching itself took, once it has ended.
    var own: Double { times.withLock { $0.own } }

    /// The time of each process of the server, in ticks.
    private static func ticks(of server: Int32) -> [Int: Int] {
        let children = read("/proc/\(server)/task/\(server)/children")
        var ticks: [Int: Int] = [:]
        for child in children.split(separator: " ").compactMap({ Int($0) }) {
            // The name stands in parentheses and may hold blanks.
            let fields = read("/proc/\(child)/stat").split(separator: ")").last?
                .split(separator: " ")
            if let fields, fields.count > 12, let user = Int(fields[11]), let own = Int(fields[12])
            {
                ticks[child] = user + own
            }
        }
        return ticks
    }

    private static func read(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
