import Vocabulary

/// How the tables of a source are read in one poll.
enum PollingStart: Equatable {
    /// What is read of one table.
    enum Reading: Equatable {
        /// What was not visible in the poll before.
        case window
        /// All rows, because what changed cannot be told.
        case whole
    }

    /// No row is here yet.
    case load
    /// Each table is read as said, in their order; `reason` if any is read as a whole.
    ///
    /// With `compares`, rows may have gone without being deleted one by one, so that keys are
    /// compared at once.
    case poll([Reading], reason: String?, compares: Bool)
    /// The server is a standby that has not yet replayed what was read before.
    case behind

    /// Transactions less than this apart can be compared by their 32-bit numbers, with room for those
    /// that begin while we read.
    private static let comparable: UInt64 = 1 << 31 - 1 << 24

    /// Decides from what we have and what the server has; `reload` is a reason to read all.
    ///
    /// - Throws: `Advice` when it is another server than before: then a person decides, since
    ///   whoever copied a connection string from elsewhere would lose all rows that are here.
    init(
        stored: PollingPosition?, reload: String?, now: PollingPosition, order: [String],
        server: PollingServer, source: String
    ) throws {
        func whole(_ reason: String) -> PollingStart {
            .poll(order.map { _ in .whole }, reason: reason, compares: true)
        }
        if let reload {
            self = whole(reload)
            return
        }
        guard let stored else {
            self = .load
            return
        }
        if stored.system != now.system {
            throw Advice.otherServer(than: source)
        }
        if stored.timeline != now.timeline {
            self = whole("its server was failed over or restored")
            return
        }
        if now.oldest < stored.oldest {
            self =
                server.isStandby
                ? .behind : whole("its server was set back to an earlier state")
            return
        }
        if server.upcoming - stored.oldest >= Self.comparable {
            self = whole("too many transactions have passed since it was read")
            return
        }
        if stored.tenants != now.tenants {
            self = whole("tenants have come or moved to another company")
            return
        }
        var (readings, compares): ([Reading], Bool) = ([], false)
        var reasons: [String] = []
        for name in order {
            let (before, present) = (stored.tables[name], now.tables[name])
            guard let before, before.fingerprint == present?.fingerprint else {
                readings.append(.whole)
                reasons.append(
                    before == nil
                        ? "table ‘\(name)’ is new" : "table ‘\(name)’ or its mapping has changed")
                compares = true
                continue
            }
            readings.append(.window)
            // A truncated table has another file, and so has one that was merely compacted.
            if before.leaves.contains(where: { present?.leaves[$0] != $1 }) { compares = true }
        }
        self = .poll(readings, reason: reasons.first, compares: compares)
    }
}
