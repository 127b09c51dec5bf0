/// Times and sizes of reading a CouchDB server.
struct CouchTiming: Sendable {
    /// How often the server is to send a sign of life on a feed without changes.
    var heartbeat: Duration = .seconds(10)
    /// How many signs of life may be missing before the connection counts as broken.
    var missedHeartbeats = 3
    /// How long the server may take to begin an answer or to go on with one.
    var silence: Duration = .seconds(60)
    /// How long connecting may take.
    var connect: Duration = .seconds(10)
    /// How often a database that is followed is looked at for having been made anew or purged.
    var check: Duration = .seconds(60)
    /// Rows of one page of the feed.
    var pageRows = 100_000
    /// How many rows apart the server writes sequences: so many are read again after a broken page.
    var markRows = 10_000
    /// Documents of about so many bytes are written at once, even within a page.
    var batchBytes = 4 << 20
    /// The same while a first load goes on, which commits nothing before its end: so little is left to
    /// do when the last row has come.
    var loadBytes = 1 << 20
    /// The longest row that is taken; a server refuses documents above 8 MB unless told otherwise.
    var rowBytes = 256 << 20
    /// Changes of rows already loaded that are kept until a first load ends; beyond, that part of
    /// the feed is read again.
    var patchRows = 20_000

    /// How long a followed feed may be silent.
    var stall: Duration { heartbeat * missedHeartbeats }
}
