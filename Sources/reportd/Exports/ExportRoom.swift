import Foundation
import Logging
import Reports
import ServiceLifecycle
import Synchronization
import Vocabulary

/// Makes the exports that wait, so many at once, and clears away those whose time is over.
///
/// It may be killed at any point and started again, and several processes may have one on the same
/// state file. An export goes through the failpoints `export-claimed`, `export-rows` (after each batch
/// of rows), `export-written` (the file is complete in the folder), `export-kept` (it is where it is
/// kept) and `export-recorded`.
struct ExportRoom: Service {
    /// Seconds between two looks for what other processes have asked for.
    private static let lookSeconds = 1.0
    /// Seconds between two rounds of clearing away.
    private static let clearSeconds = 60.0
    /// Days for which the list shows exports that have no file any more, beyond those of files.
    private static let rememberDays = 30

    private let desk: ExportDesk
    private let logger: Logger
    private let bench: Workbench
    private let atOnce: Int
    private let tellEvery: Duration
    private let failpoint: @Sendable (String) -> Void

    /// Opens the room.
    ///
    /// `tellEvery` is the time between two notes of how far an export is; `failpoint` is called with a
    /// name at each point where a test may want the process to die, or something else to happen.
    init(
        _ desk: ExportDesk, logger: Logger, tellEvery: Duration = .milliseconds(500),
        failpoint: @escaping @Sendable (String) -> Void = { Failpoint.hit($0) }
    ) {
        self.desk = desk
        self.logger = logger
        self.tellEvery = tellEvery
        self.failpoint = failpoint
        atOnce = desk.settings.atOnce
        // A bench of their own: pages never wait for exports.
        bench = Workbench(workers: desk.settings.atOnce)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<atOnce { group.addTask { await work() } }
                group.addTask { await clear() }
            }
        }
    }

    private func work() async {
        for await _ in desk.news.beats(every: .seconds(Self.lookSeconds)) {
            do {
                while !Task.isCancelled, try await workNext() {}
            } catch is CancellationError {
                return
            } catch {
                // The disk may be full or the file locked; both pass.
                logger.error("exports wait: \(Problem.advice(error))", error: error)
            }
        }
    }

    private func clear() async {
        while !Task.isCancelled {
            do {
                try await clearAway()
            } catch is CancellationError {
                return
            } catch {
                logger.error(
                    "exports are not cleared away: \(Problem.advice(error))", error: error)
            }
            try? await Task.sleep(for: .seconds(Self.clearSeconds))
        }
    }

    // MARK: One round

    /// Makes the export whose turn it is, or the one that is named.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    func workNext(_ id: String? = nil) async throws -> Bool {
        // Not only at the start: another process on this file may have died meanwhile.
        try await desk.ledger.recover(now: desk.clock.now())
        guard let claim = try await desk.ledger.claim(id, now: desk.clock.now()) else {
            return false
        }
        failpoint("export-claimed")
        desk.news.announce()
        // What became of it is written down even when the program stops meanwhile.
        let flag = StopFlag()
        let making = Task { await make(claim, flag) }
        await withTaskCancellationHandler {
            await making.value
        } onCancel: {
            flag.raise()
            making.cancel()
        }
        desk.news.announce()
        return true
    }

    /// Removes files whose time is over, what they left behind, and old lines of the list.
    func clearAway() async throws {
        let (ledger, settings, now) = (desk.ledger, desk.settings, desk.clock.now())
        try await ledger.recover(now: now)
        let days = settings.keepDays
        let over = try await ledger.expire(
            now: now, reason: "it was kept for \(days) day\(days == 1 ? "" : "s")")
        for export in try await ledger.leftovers() {
            do {
                try await desk.shelf.remove(export.storedName)
                try await ledger.cleared(export.id)
            } catch {
                // The storage may be away; the next round tries again.
                logger.warning("a file of an export stays for now: \(Problem.advice(error))")
            }
        }
        try await ledger.forget(
            before: now.adding(seconds: -86_400 * Int64(days + Self.rememberDays)))
        if !over.isEmpty { desk.news.announce() }
    }

    // MARK: Making one

    /// Says that the work is to end because the program does.
    private final class StopFlag: Sendable {
        private let isRaised = Atomic(false)
        func raise() { isRaised.store(true, ordering: .relaxed) }
        var value: Bool { isRaised.load(ordering: .relaxed) }
    }

    /// Why the work on an export ended early.
    private enum Stop: Error {
        /// It was cancelled, or belongs to another process now.
        case unwanted
        /// The program ends.
        case closing
    }

    private func make(_ claim: ExportLedger.Claim, _ flag: StopFlag) async {
        let export = claim.export
        let metadata: Logger.Metadata = [
            "export": "\(export.id)", "report": "\(export.request.report)",
            "format": "\(export.request.format.rawValue)",
        ]
        do {
            let made = try await bench.run { try write(claim, flag) }
            failpoint("export-written")
            try await desk.shelf.keep(export.storedName)
            failpoint("export-kept")
            let isDone = try await recording {
                try await desk.finish(claim, made.file, rows: made.rows, filters: made.filters)
            }
            guard isDone else { throw Stop.unwanted }
            failpoint("export-recorded")
            logger.info("an export is done", metadata: metadata)
        } catch Stop.unwanted {
            logger.info("an export was cancelled", metadata: metadata)
            // Whoever has it now makes the file anew; who cancelled it wants none.
            if let now = try? await desk.ledger.export(export.id), now.state.isOpen { return }
            await discard(export)
        } catch Stop.closing {
            logger.info("an export is left to the next start", metadata: metadata)
            await quietly { try await desk.ledger.giveBack(claim) }
        } catch is CancellationError {
            await quietly { try await desk.ledger.giveBack(claim) }
        } catch {
            let reason = Problem.advice(error)
            logger.error(
                "an export failed: \(reason.debugDescription)", error: error, metadata: metadata)
            await quietly { try await desk.fail(claim, reason) }
            await discard(export)
        }
    }

    /// Work whose result is written down also when the program stops.
    private func recording<Result: Sendable>(
        _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await Task { try await work() }.value
    }

    private func quietly(_ work: @escaping @Sendable () async throws -> Void) async {
        do {
            try await recording(work)
        } catch {
            // The row stays as it was: the next start puts it back.
            logger.error(
                "what became of an export is not written: \(Problem.advice(error))", error: error)
        }
    }

    private func discard(_ export: Export) async {
        await quietly {
            try await desk.shelf.remove(export.storedName)
            try await desk.ledger.cleared(export.id)
        }
    }

    /// Writes the file into the folder, telling how far it is.
    private func write(
        _ claim: ExportLedger.Claim, _ flag: StopFlag
    ) throws -> (file: Export.File, rows: Int, filters: [String]) {
        let export = claim.export
        let output = try export.request.output(desk.desk.shelf.current.programs)
        let document = try desk.document(of: export).said(
            for: output, desk.desk.shelf.current.analytics)
        let told = Mutex((at: ContinuousClock.Instant?.none, rows: 0))
        let (ledger, news, tellEvery, failpoint) = (desk.ledger, desk.news, tellEvery, failpoint)
        try output.write(document, to: desk.shelf.path(export.storedName)) { progress in
            if flag.value { throw Stop.closing }
            let now = ContinuousClock.now
            let isDue = told.withLock { told in
                told.rows = progress.rows
                if let last = told.at, last.duration(to: now) < tellEvery { return false }
                told.at = now
                return true
            }
            if isDue {
                do {
                    guard
                        try ledger.tell(claim, rows: progress.rows, rowsInAll: progress.rowsInAll)
                    else { throw Stop.unwanted }
                    news.announce()
                } catch let advice as Advice where advice.kind == .busy {
                    // Somebody holds the file; how far it is can be told later.
                }
            }
            failpoint("export-rows")
        }
        let (bytes, sha256) = try ExportShelf.look(
            at: desk.shelf.path(export.storedName))
        return (
            Export.File(name: output.fileName(for: document), bytes: bytes, sha256: sha256),
            told.withLock { $0.rows }, document.provenance.filters
        )
    }
}
