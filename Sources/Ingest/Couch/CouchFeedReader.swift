import Vocabulary

/// One row of a feed of changes: the newest state of a document.
struct CouchChange: Sendable {
    let document: CouchDocument
    /// The sequence after this row; nil where the server left it out.
    let sequence: String?
}

/// A document as it is at the server.
struct CouchDocument: Sendable {
    let id: String
    /// The revision that CouchDB lets win.
    let revision: String
    /// Whether it is deleted, or not there at all.
    let isDeleted: Bool
    /// Its members; nil when the server did not send them.
    let body: JSONValue?
    /// How many other leaves are in conflict with the winner.
    let conflicts: Int

    init(id: String, revision: String, isDeleted: Bool, body: JSONValue?) {
        self.id = id
        self.revision = revision
        self.isDeleted = isDeleted
        self.body = body
        if case .array(let leaves)? = body?["_conflicts"] {
            conflicts = leaves.count
        } else {
            conflicts = 0
        }
    }
}

/// Reads answers of `_changes`, whether a page or a feed without end, as their bytes arrive.
///
/// CouchDB writes one row per line in both forms:
/// ```
/// {"results":[⏎ row ,␍⏎ row ⏎],⏎"last_seq":"…","pending":N}⏎⏎          feed=normal
/// row ⏎ ⏎ row ⏎ {"last_seq":"…","pending":N}⏎                           feed=continuous
/// ```
/// An empty line is a sign of life. A row counts once its line has ended, so a row that was cut is
/// never seen.
struct CouchFeedReader {
    enum Item {
        case change(CouchChange)
        /// The answer ends in good order; so many changes are left to ask for.
        case end(sequence: String, pending: Int)
    }

    private let longestRow: Int
    private var bytes: [UInt8] = []
    private var start = 0
    private var searched = 0

    init(longestRow: Int) { self.longestRow = longestRow }

    /// How many bytes wait for the end of their line.
    var waiting: Int { bytes.count - start }

    mutating func append(_ chunk: some Collection<UInt8>) {
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: true)
            (start, searched) = (0, 0)
        } else if start > 1 << 20 {
            bytes.removeFirst(start)
            searched -= start
            start = 0
        }
        bytes.append(contentsOf: chunk)
    }

    /// The next row or end among the lines that are complete.
    ///
    /// - Throws: `CouchFailure`.
    mutating func next() throws -> Item? {
        while let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = start..<end
            start = end + 1
            searched = start
            if let item = try item(in: line) { return item }
        }
        searched = bytes.count
        guard waiting <= longestRow else {
            throw CouchFailure.foreign("a row of more than \(longestRow) bytes")
        }
        return nil
    }

    private func item(in line: Range<Int>) throws -> Item? {
        var line = line
        while let last = line.last, [0x0D, 0x2C, 0x20].contains(bytes[last]) {
            line = line.lowerBound..<last
        }
        guard let first = line.first else { return nil }
        switch bytes[first] {
        case UInt8(ascii: "]"): return nil
        case UInt8(ascii: "\""):
            return try end(in: JSONParser.parse("{" + text(line)), line)
        case UInt8(ascii: "{"):
            if bytes[line].elementsEqual(#"{"results":["#.utf8) { return nil }
            return try object(in: line)
        default: throw foreign(line)
        }
    }

    private func object(in line: Range<Int>) throws -> Item {
        var parser = JSONParser(bytes, in: line)
        guard let row = try? parser.value(), parser.isAtEnd else { throw foreign(line) }
        if row["last_seq"] != nil { return try end(in: row, line) }
        guard case .text(let id)? = row["id"] else {
            if case .text(let error)? = row["error"] {
                throw CouchFailure.broken(cause: "the feed ended with ‘\(error)’")
            }
            throw foreign(line)
        }
        let isDeleted = row["deleted"] == .boolean(true)
        var body: JSONValue?
        if case .object? = row["doc"] { body = row["doc"] }
        var revision = body?["_rev"]
        if revision == nil, case .array(let leaves)? = row["changes"] {
            revision = leaves.first?["rev"]
        }
        guard case .text(let revision)? = revision else { throw foreign(line) }
        return .change(
            CouchChange(
                document: CouchDocument(
                    id: id, revision: revision, isDeleted: isDeleted, body: body),
                sequence: row["seq"].flatMap(Self.sequence)))
    }

    private func end(in json: JSONValue, _ line: Range<Int>) throws -> Item {
        guard let sequence = json["last_seq"].flatMap(Self.sequence) else { throw foreign(line) }
        var pending = 0
        if case .number(let digits)? = json["pending"] { pending = Int(digits) ?? 0 }
        return .end(sequence: sequence, pending: pending)
    }

    /// Sequences are strings; the numbers of CouchDB 1 are taken as they stand.
    private static func sequence(_ json: JSONValue) -> String? {
        switch json {
        case .text(let text): text
        case .number(let digits): digits
        default: nil
        }
    }

    private func text(_ line: Range<Int>) -> String {
        String(decoding: bytes[line], as: UTF8.self)
    }

    /// What was sent is not repeated: it may be private.
    private func foreign(_ line: Range<Int>) -> CouchFailure {
        .foreign("a line of \(line.count) bytes that is no change")
    }
}
