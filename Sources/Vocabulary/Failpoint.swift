import Foundation
import Glibc
import Synchronization

/// Named points at which a test kills the process, to show that a restart loses and doubles nothing.
///
/// Inert unless the environment names one: `REPORTD_FAILPOINT=before-commit` kills the process with
/// SIGKILL at the first hit, `before-commit:3` at the third. The points of reading a source, in the
/// order of a run: `after-slot`, `mid-copy`, `before-load-finish`, `after-load-finish`,
/// `after-receive`, `mid-transaction`, `before-commit`, `after-commit`, `before-ack`. Those of the
/// store: `store-write`, `store-written`, `store-seal`, `store-compact-begin`, `store-compact-step`,
/// `store-compact-publish`, `store-compacted`, `store-retire`, `store-vacuum`, `store-erase`,
/// `store-erased`. Those of closing a period: `close-file`, `close-entered`. Those of
/// exports: `export-claimed`, `export-rows`, `export-written`, `export-kept`, `export-recorded`.
public enum Failpoint {
    private static let wanted: (name: String, count: Int)? = {
        guard let text = ProcessInfo.processInfo.environment["REPORTD_FAILPOINT"] else {
            return nil
        }
        let parts = text.split(separator: ":", maxSplits: 1)
        guard let name = parts.first else { return nil }
        return (String(name), parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
    }()
    private static let hits = Atomic<Int>(0)

    /// Kills the process if this is the point and the hit that the environment asks for.
    public static func hit(_ name: String) {
        guard let wanted, wanted.name == name else { return }
        if hits.add(1, ordering: .relaxed).newValue >= wanted.count { kill(getpid(), SIGKILL) }
    }
}
