import Foundation
import Glibc
import Vocabulary

/// The process that a delivery in state `sending` belongs to.
///
/// Text form `pid:start`, where `start` is the process's start time in clock ticks since boot
/// (proc_pid_stat(5), field 22), so that a number used again by another process is told apart.
/// A wrong "dead" does no harm: the delivery becomes `unknown`, and the living process writes its
/// answer over that.
struct Claimant: Sendable, Hashable {
    /// `pid:start`.
    let text: String

    /// Names a process.
    init(text: String) { self.text = text }

    /// This process.
    static var current: Claimant {
        let process = getpid()
        return Claimant(text: "\(process):\(startTime(of: process) ?? "0")")
    }

    /// Whether the process still runs.
    var isAlive: Bool {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let process = Int32(parts[0]) else { return false }
        return Self.startTime(of: process) == String(parts[1])
    }

    private static func startTime(of process: Int32) -> String? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else {
            return nil
        }
        // The program's name comes second, in brackets, and may itself hold spaces and brackets.
        let text = String(decoding: data, as: UTF8.self)
        guard let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[close...].split(separator: " ")
        return fields.count > 20 ? String(fields[20]) : nil
    }
}
