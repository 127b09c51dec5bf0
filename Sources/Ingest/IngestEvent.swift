public import Vocabulary

/// Something that happened while a source was read, for a log or a progress display.
public enum IngestEvent: Sendable, Hashable {
    /// A table's first load, or its re-load, has begun.
    case loading(table: String)
    /// So many rows of a table have been read.
    case loaded(table: String, rows: Int)
    /// All tables that had to be read are visible, each since a commit of its own.
    case loadFinished(rows: Int, quarantined: Int)
    /// The stream of changes is followed from a position on.
    case following(position: String)
    /// Changes became visible and durable.
    case committed(transactions: Int, changes: Int)
    /// The source's rows are read again from the beginning, because of this.
    case reloading(reason: String)
    /// The connection broke; it is tried again after so many seconds.
    case reconnecting(seconds: Double, reason: String)
    /// A row was put aside.
    case quarantined(table: String, key: String, reason: String)
    /// So many rows were put aside earlier and have now found their place.
    case released(rows: Int)
    /// So many amounts had more decimals than their currency and were rounded (DOMAIN §1).
    case rounded(amounts: Int)
    /// Keys were compared: so many rows that the source no longer has were deleted, and so many that
    /// were missing here were read.
    case reconciled(deleted: Int, restored: Int)
    /// Something that does not stop the work and still needs a person.
    case warning(Advice)
}

/// How a source is doing.
public struct SourceStatus: Sendable, Hashable {
    /// What a source is busy with.
    public enum State: String, Sendable, Hashable {
        /// Not running.
        case idle
        /// Connecting and checking requirements.
        case checking
        /// Reading all rows.
        case loading
        /// Following changes.
        case following
        /// Waiting before the next attempt to connect.
        case waiting
        /// Given up until a person has acted; see `lastError`.
        case refused
    }

    /// The source.
    public var name: String
    /// What it is busy with.
    public var state: State
    /// How far its rows are durable, in its own notation; nil before the first load.
    public var position: String?
    /// The source's own time of the newest change that is durable, when it tells one.
    public var sourceTime: Instant?
    /// Seconds that our copy is behind the newest change the server has told of; 0 when level.
    ///
    /// While the server is not heard of, nobody knows what happens there, and this grows with the
    /// clock. Nil where nothing tells: of files, before the first load, and of a source that
    /// another process reads.
    public var lagSeconds: Double?
    /// When the lag was measured.
    var lagMeasured: Instant?
    /// Bytes of the server's log between what is durable here and the end that the server has told
    /// of; nil for sources without such a log.
    public var lagBytes: Int?
    /// Rows read or changed per second, over the last minute.
    public var rowsPerSecond: Double
    /// How many rows of it are put aside.
    public var quarantined: Int
    /// How many amounts were rounded to their currency's minor unit since the start.
    public var roundedAmounts: Int
    /// Seconds between two readings of a source that is polled; nil for one that is followed.
    public var everySeconds: Double?
    /// What stopped it last; nil when all is well.
    public var lastError: Advice?

    /// The position as a count of bytes of the server's log; nil where it is none.
    public var positionBytes: Int? {
        position.flatMap { LogPosition($0) }.map { Int(clamping: $0.offset) }
    }

    /// The status of a source that does nothing yet.
    public init(name: String) {
        self.name = name
        self.state = .idle
        self.rowsPerSecond = 0
        self.quarantined = 0
        self.roundedAmounts = 0
    }
}
