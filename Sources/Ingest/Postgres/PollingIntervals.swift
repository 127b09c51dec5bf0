public import Vocabulary

/// How often a source that is polled is read.
///
/// A poll is one pass over all rows of the mapped tables at the server: about 0.1 µs a row, so 30 s
/// are 3 % of one processor for ten million rows. Comparing keys costs up to ten times as much, and
/// only where rows were deleted; 15 min keep that at a similar share.
public struct PollingIntervals: Sendable, Hashable {
    /// From the beginning of one poll to that of the next; 30 s if not said.
    public let every: Duration
    /// Between two comparisons of keys, which find deletions; 15 min if not said.
    public let reconcile: Duration

    /// The usual intervals.
    public init() {
        every = .seconds(30)
        reconcile = .seconds(900)
    }

    init(every: Duration, reconcile: Duration) {
        self.every = every
        self.reconcile = reconcile
    }

    /// Reads intervals as a configuration writes them, such as `30s`, `15m`, `2h`; nil for the usual.
    ///
    /// - Throws: `Advice` with the place for what is no interval, for less than a second or more than
    ///   a day, and for keys that are compared more often than rows are read.
    public init(every: DefinitionNode?, reconcile: DefinitionNode?) throws {
        let usual = PollingIntervals()
        self.every = try every.map(Self.interval) ?? usual.every
        self.reconcile = try reconcile.map(Self.interval) ?? max(usual.reconcile, self.every)
        if let reconcile, self.reconcile < self.every {
            throw reconcile.advice(
                "keys cannot be compared more often than rows are read",
                remedy: "write an interval not below ‘every’")
        }
    }

    private static func interval(_ node: DefinitionNode) throws -> Duration {
        let text = try node.string()
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()),
            (1...86_400).contains(count), count * unit <= 86_400
        else {
            throw node.advice(
                "‘\(text)’ is no interval between 1 second and 24 hours",
                remedy: "write a whole number and s, m or h, such as 30s or 15m")
        }
        return .seconds(count * unit)
    }
}
