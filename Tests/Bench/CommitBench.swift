import Foundation
import Store
import Synchronization
import Vocabulary

/// Small durable commits into a full store: one after another against the disk's own rate of
/// durable writes, and many at once.
///
/// A commit changes a hundred sales. The disk's rate is that of appending 4 KiB to a file in the same
/// folder and calling fdatasync. The two take turns, one by one: a disk may be fifty times slower at
/// one moment than at another (its cache, other writers), and both have to meet it as it is. In the
/// end the store must have every change.
struct CommitBench {
    private static let changes = 100
    private static let rounds = 9
    private static let commitsPerRound = 50
    /// The least part of the disk's rate that commits may reach.
    private static let rateBar = 0.8
    private static let writers = 16
    private static let commitsPerWriter = 25
    /// The least that the writers together may reach, in rows a second.
    private static let groupBar = 20_000.0

    private let workshop: Workshop
    private let files: SalesFiles
    private let loaded: LoadedStore

    init(_ workshop: Workshop, _ files: SalesFiles, _ loaded: LoadedStore) {
        self.workshop = workshop
        self.files = files
        self.loaded = loaded
    }

    /// Measures the cases, and tells a commit's processor time.
    func run(into report: inout BenchReport) throws -> [String] {
        let copy = try loaded.copy("commit", workshop)
        defer { workshop.removeStore("commit") }
        let store = try copy.open()
        defer { try? store.close() }
        var feed = ChangeFeed(files.data)
        let name = "commit-\(workshop.rows)"
        say("Committing \(Self.changes) changes at a time")
        let disk = try DurableFile(path: workshop.scratchFile("durable"))
        var (ours, theirs): ([Double], [Double]) = ([], [])
        var processor: [Double] = []
        // The first round fills caches.
        for round in 0...Self.rounds {
            var (write, commit, cpu) = (0.0, 0.0, 0.0)
            for batch in batches(&feed, Self.commitsPerRound) {
                write += try Stopwatch.seconds { try disk.append() }
                let start = Stopwatch.processorSeconds
                commit += try Stopwatch.seconds { _ = try store.commit(batch) }
                cpu += Stopwatch.processorSeconds - start
            }
            guard round > 0 else { continue }
            let count = Double(Self.commitsPerRound)
            ours.append(count / commit)
            theirs.append(count / write)
            processor.append(cpu / count * 1000)
        }
        try check(store, feed, case: name)
        try report.add(
            BenchCase(
                name: name, ours: Stopwatch.median(ours), peer: "fdatasync",
                theirs: Stopwatch.median(theirs), unit: "commits/s", rows: workshop.rows,
                bar: Self.rateBar))

        say("Committing from \(Self.writers) threads at once")
        let rate = try group(store, batches(&feed, Self.writers * Self.commitsPerWriter))
        try check(store, feed, case: name + "-group")
        try report.add(
            BenchCase(
                name: name + "-group", ours: rate, peer: "bar", theirs: Self.groupBar,
                unit: "rows/s", rows: workshop.rows))
        return [
            String(
                format: "commit: %.3f ms of processor time for a commit of \(Self.changes) rows",
                Stopwatch.median(processor))
        ]
    }

    private func batches(_ feed: inout ChangeFeed, _ count: Int) -> [ChangeBatch] {
        (0..<count).map { _ in ChangeBatch(feed.next(Self.changes), workshop.schema) }
    }

    /// The rows a second that many threads commit together.
    private func group(_ store: Store, _ batches: [ChangeBatch]) throws -> Double {
        let failure = Mutex<(any Error)?>(nil)
        let finished = DispatchSemaphore(value: 0)
        let start = ContinuousClock.now
        for writer in 0..<Self.writers {
            let own = batches.enumerated().filter { $0.offset % Self.writers == writer }
                .map(\.element)
            let thread = Thread {
                do {
                    for batch in own { try store.commit(batch) }
                } catch {
                    failure.withLock { $0 = error }
                }
                finished.signal()
            }
            thread.start()
        }
        for _ in 0..<Self.writers { finished.wait() }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        if let error = failure.withLock({ $0 }) { throw error }
        return Double(batches.count * Self.changes) / seconds
    }

    /// Checks that the store has every change.
    private func check(_ store: Store, _ feed: ChangeFeed, case name: String) throws {
        let sales = files.data.sales
        var amount = sales.amount.reduce(0) { $0 + Int($1) }
        for sale in feed.changed {
            amount += sale.amount
            if sale.number <= sales.count { amount -= Int(sales.amount[sale.number - 1]) }
        }
        let answer = try store.snapshot(PageView.all.scope(workshop.schema)).scan(
            ScanRequest(model: "sale", measures: [.count, .sum(.column(ColumnPath("amount")))]))
        try AnswerCheck.equal(
            answer.rows.map { $0.values.map { "\($0 ?? 0)" }.joined(separator: "|") },
            ["\(sales.count + feed.added)|\(amount)"], of: "the list of changes", case: name)
    }
}

/// A file that is appended to durably, deleted at its end.
private final class DurableFile {
    private let path: String
    private let descriptor: Int32
    private let block = [UInt8](repeating: 7, count: 4096)

    init(path: String) throws {
        self.path = path
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard descriptor >= 0 else {
            throw Advice(.storage, "cannot write \(path)", remedy: "check the folder's rights")
        }
    }

    deinit {
        _ = close(descriptor)
        try? FileManager.default.removeItem(atPath: path)
    }

    func append() throws {
        let written = unsafe block.withUnsafeBytes {
            unsafe write(descriptor, $0.baseAddress, $0.count)
        }
        guard written == block.count, fdatasync(descriptor) == 0 else {
            throw Advice(.storage, "cannot write durably", remedy: "make room on that disk")
        }
    }
}
