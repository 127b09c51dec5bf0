import Foundation
import Ingest
import Store
import Synchronization
import Vocabulary

/// How every source is doing, for pages, headers and health.
///
/// In the process that ingests, the running sources tell; elsewhere the store's positions do.
final class SourceBoard: Sendable {
    private let store: Store
    private let clock: WallClock
    private let running = Mutex<[String: @Sendable () -> SourceStatus]>([:])

    private let expected: [String]

    /// Makes a board for the sources that a configuration names.
    init(store: Store, clock: WallClock, expected: some Sequence<String>) {
        self.store = store
        self.clock = clock
        self.expected = expected.sorted()
    }

    /// The sources that have not been read even once.
    var notLoaded: [String] {
        let positions = store.positions
        return expected.filter { positions[$0] == nil }
    }

    /// Adds a source that runs in this process.
    func add(_ name: String, status: @escaping @Sendable () -> SourceStatus) {
        running.withLock { $0[name] = status }
    }

    /// The sources by name.
    var statuses: [SourceStatus] {
        let live = running.withLock { $0 }.values.map { $0() }
        let known = Set(live.map(\.name))
        let aside = (try? store.quarantineCounts()) ?? [:]
        let stored = store.positions.filter { !known.contains($0.key) }.map { name, position in
            var status = SourceStatus(name: name)
            status.quarantined = aside[name] ?? 0
            status.position = position.text
            status.sourceTime = position.sourceTime
            return status
        }
        return (live + stored).sorted { $0.name < $1.name }
    }

    /// Whether no source reports an error.
    var isWell: Bool { statuses.allSatisfy { $0.lastError == nil } }

    /// How many rows of all sources are put aside, those of sources included that are read no longer;
    /// nil when the store cannot tell.
    var quarantined: Int? { try? store.quarantineCounts().values.reduce(0, +) }

    /// For the header `Source-Positions`: `tekup="0/16B3748";lag=0.2, shop="…"`.
    func header() -> String {
        statuses.map { status in
            let position = (status.position ?? "").filter { $0.isASCII && $0 != "\"" }
            let lag = status.lagSeconds.map { ";lag=\(Self.seconds($0))" } ?? ""
            return "\(status.name)=\"\(position)\";state=\(status.state.rawValue)\(lag)"
        }.joined(separator: ", ")
    }

    /// For the event stream of a page: what the page's own footer shows.
    func eventJSON(tellingProblems: Bool) -> String {
        let list = freshness(tellingProblems: tellingProblems).map { source in
            "{\"name\":\(JSONText.quoted(source.name)),\"state\":\"\(source.state.rawValue)\","
                + "\"upTo\":\(source.completeUpTo.map { "\"\($0)\"" } ?? "null"),"
                + "\"rate\":\(source.rowsPerSecond),"
                + "\"problem\":\(source.problem.map { JSONText.quoted($0.description) } ?? "null")}"
        }
        return "{\"now\":\"\(clock.now())\",\"sources\":[\(list.joined(separator: ","))]}"
    }

    /// How current the sources are, for the footer of a page; with what went wrong only for those who
    /// can do something about it.
    func freshness(tellingProblems: Bool) -> [SourceFreshness] {
        let now = clock.now()
        let here = running.withLock { Set($0.keys) }
        return statuses.map { status in
            let isLost =
                status.lastError != nil || status.state == .waiting || status.state == .refused
            // A source that is followed and level is complete up to this moment.
            // One that is polled is complete up to its last poll, and late when two are overdue.
            let allowance = Self.lateSeconds + 2 * (status.everySeconds ?? 0)
            let lag = status.lagSeconds
            let isLevel = status.state == .following && lag.map { $0 < allowance } ?? false
            return SourceFreshness(
                name: status.name,
                title: status.name.prefix(1).uppercased() + status.name.dropFirst(),
                // Of a source that another process reads, only its last change is known.
                state: isLost
                    ? .lost
                    : here.contains(status.name) && (isLevel || status.state == .idle)
                        ? .live : .late,
                completeUpTo: isLevel && status.everySeconds == nil
                    ? now
                    : lag.map { Instant(microseconds: now.microseconds - Int64($0 * 1e6)) }
                        ?? status.sourceTime,
                rowsPerSecond: Int(status.rowsPerSecond.rounded()),
                problem: tellingProblems ? status.lastError : nil)
        }
    }

    /// Seconds of lag from which a source counts as late.
    private static let lateSeconds = 10.0

    /// For health.
    func json() -> String {
        let tables = (try? store.quarantineTables()) ?? [:]
        let list = statuses.map { status in
            // Of a flood of them the keys alone are kept.
            let unkept = (tables[status.name] ?? [:]).values.reduce(0) { $0 + $1.rows - $1.kept }
            return
                "{\"name\":\(JSONText.quoted(status.name)),\"state\":\"\(status.state.rawValue)\","
                + "\"position\":\(status.position.map(JSONText.quoted) ?? "null"),"
                + "\"sourceTime\":\(status.sourceTime.map { "\"\($0)\"" } ?? "null"),"
                + "\"lagSeconds\":\(status.lagSeconds.map(Self.seconds) ?? "null"),"
                + "\"lagBytes\":\(status.lagBytes.map(String.init) ?? "null"),"
                + "\"rowsPerSecond\":\(Self.seconds(status.rowsPerSecond)),"
                + "\"quarantined\":\(status.quarantined),"
                + "\"quarantinedByKeyAlone\":\(unkept),"
                + "\"lastError\":"
                + (status.lastError.map { JSONText.quoted($0.description) } ?? "null") + "}"
        }
        return "[" + list.joined(separator: ",") + "]"
    }

    private static func seconds(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
