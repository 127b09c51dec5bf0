import Vocabulary

/// Bytes that are not what the protocol says: the stream is out of step and must be begun again.
struct ProtocolMistake: Error, Equatable {
    let problem: String
}

/// What arrives in a replication stream (Postgres 15, "Streaming Replication Protocol").
///
/// ```
/// 'w' start(8) end(8) sent(8) payload …      a message of the output plug-in
/// 'k' end(8) sent(8) reply(1)                keepalive; `end` is how far the server has sent
/// ```
enum ReplicationFrame: Equatable {
    /// A plug-in message within the given range of the bytes.
    case message(Range<Int>)
    case keepalive(end: LogPosition, wantsReply: Bool)

    init(_ bytes: Span<UInt8>) throws(ProtocolMistake) {
        var cursor = ByteCursor(0..<bytes.count)
        switch try cursor.byte(bytes) {
        case UInt8(ascii: "w"):
            try cursor.skip(24)
            self = .message(cursor.rest)
        case UInt8(ascii: "k"):
            let end = LogPosition(try cursor.uint64(bytes))
            try cursor.skip(8)
            self = .keepalive(end: end, wantsReply: try cursor.byte(bytes) != 0)
        case let kind: throw ProtocolMistake(problem: "unknown replication frame \(kind)")
        }
    }

    /// The standby status update: how far we have received, and how far all is durable with us.
    ///
    /// The server may discard its log up to `durable`, so nothing beyond the last commit of our
    /// store is ever written there.
    /// With `asking` the server answers with a keepalive at once.
    static func status(
        received: LogPosition, durable: LogPosition, now: Instant, asking: Bool
    ) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "r")]
        func append(_ value: UInt64) {
            for shift in stride(from: UInt64(56), through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> shift))
            }
        }
        append(max(received, durable).offset)
        append(durable.offset)
        append(durable.offset)
        append(UInt64(bitPattern: now.microseconds - 946_684_800_000_000))
        bytes.append(asking ? 1 : 0)
        return bytes
    }
}

/// A message of the `pgoutput` plug-in, protocol version 1.
///
/// Tuples are ranges of the bytes that they were read from and mean nothing without them.
enum ReplicationMessage: Equatable {
    /// One value of a tuple.
    enum Field: Equatable {
        case null
        /// A large value that the server did not send because it has not changed.
        case unchanged
        case text(Range<Int>)
        case binary(Range<Int>)
    }

    /// The values of a row, whose bytes have been looked through: nothing is missing there.
    struct Tuple: Equatable {
        fileprivate let range: Range<Int>

        /// Reads the values in their order, in place of what `fields` holds.
        func read(_ bytes: Span<UInt8>, into fields: inout [Field]) throws(ProtocolMistake) {
            fields.removeAll(keepingCapacity: true)
            var cursor = ByteCursor(range)
            for _ in 0..<(try cursor.uint16(bytes)) { fields.append(try cursor.field(bytes)) }
        }
    }

    struct RelationColumn: Equatable {
        let isKey: Bool
        let name: String
        let type: UInt32
    }

    /// `commit` is where the transaction's commit begins in the server's log, `time` when it was.
    case begin(commit: LogPosition, time: Instant)
    case commit(end: LogPosition, time: Instant)
    case origin
    case relation(id: UInt32, table: String, columns: [RelationColumn])
    case type
    case insert(relation: UInt32, new: Tuple)
    /// `old` is there when the key changed (or the table sends whole old rows).
    case update(relation: UInt32, old: Tuple?, new: Tuple)
    case delete(relation: UInt32, old: Tuple)
    case truncate(relations: [UInt32])
    case logical(prefix: String, content: String)

    init(_ bytes: Span<UInt8>, in range: Range<Int>) throws(ProtocolMistake) {
        var cursor = ByteCursor(range)
        switch try cursor.byte(bytes) {
        case UInt8(ascii: "B"):
            let commit = LogPosition(try cursor.uint64(bytes))
            self = .begin(commit: commit, time: try cursor.time(bytes))
            try cursor.skip(4)
        case UInt8(ascii: "C"):
            try cursor.skip(9)
            let end = LogPosition(try cursor.uint64(bytes))
            self = .commit(end: end, time: try cursor.time(bytes))
        case UInt8(ascii: "O"): self = .origin
        case UInt8(ascii: "Y"): self = .type
        case UInt8(ascii: "R"): self = try Self.relation(bytes, &cursor)
        case UInt8(ascii: "I"):
            let relation = try cursor.uint32(bytes)
            try cursor.expect("N", bytes)
            self = .insert(relation: relation, new: try cursor.tuple(bytes))
        case UInt8(ascii: "U"):
            let relation = try cursor.uint32(bytes)
            var old: Tuple?
            var marker = try cursor.byte(bytes)
            if marker == UInt8(ascii: "K") || marker == UInt8(ascii: "O") {
                old = try cursor.tuple(bytes)
                marker = try cursor.byte(bytes)
            }
            guard marker == UInt8(ascii: "N") else {
                throw ProtocolMistake(problem: "an update without its new row")
            }
            self = .update(relation: relation, old: old, new: try cursor.tuple(bytes))
        case UInt8(ascii: "D"):
            let relation = try cursor.uint32(bytes)
            let marker = try cursor.byte(bytes)
            guard marker == UInt8(ascii: "K") || marker == UInt8(ascii: "O") else {
                throw ProtocolMistake(problem: "a deletion without its key")
            }
            self = .delete(relation: relation, old: try cursor.tuple(bytes))
        case UInt8(ascii: "T"):
            let count = Int(try cursor.uint32(bytes))
            try cursor.skip(1)
            guard cursor.rest.count == count * 4 else {
                throw ProtocolMistake(problem: "a truncation of another length")
            }
            var relations: [UInt32] = []
            for _ in 0..<count { relations.append(try cursor.uint32(bytes)) }
            self = .truncate(relations: relations)
        case UInt8(ascii: "M"):
            try cursor.skip(9)
            let prefix = try cursor.string(bytes)
            let length = Int(try cursor.uint32(bytes))
            guard cursor.rest.count == length else {
                throw ProtocolMistake(problem: "a logical message of another length")
            }
            self = .logical(prefix: prefix, content: bytes.text(in: cursor.rest))
        case let kind: throw ProtocolMistake(problem: "unknown message \(kind)")
        }
    }

    private static func relation(
        _ bytes: Span<UInt8>, _ cursor: inout ByteCursor
    ) throws(ProtocolMistake) -> ReplicationMessage {
        let id = try cursor.uint32(bytes)
        let schema = try cursor.string(bytes)
        let name = try cursor.string(bytes)
        try cursor.skip(1)
        let count = Int(try cursor.uint16(bytes))
        var columns: [RelationColumn] = []
        for _ in 0..<count {
            let flags = try cursor.byte(bytes)
            let column = try cursor.string(bytes)
            let type = try cursor.uint32(bytes)
            try cursor.skip(4)
            columns.append(RelationColumn(isKey: flags & 1 != 0, name: column, type: type))
        }
        return .relation(
            id: id, table: (schema.isEmpty ? "pg_catalog" : schema) + "." + name, columns: columns)
    }
}

/// A place within received bytes; every step checks that the bytes are there.
///
/// The steps of which each value of a row takes several are inlined.
struct ByteCursor {
    private(set) var rest: Range<Int>

    init(_ range: Range<Int>) { rest = range }

    mutating func skip(_ count: Int) throws(ProtocolMistake) { _ = try take(count) }

    @inline(__always)
    private mutating func take(_ count: Int) throws(ProtocolMistake) -> Int {
        guard count >= 0, rest.count >= count else {
            throw ProtocolMistake(problem: "the message ends too early")
        }
        let start = rest.lowerBound
        rest = (start + count)..<rest.upperBound
        return start
    }

    @inline(__always)
    mutating func byte(_ bytes: Span<UInt8>) throws(ProtocolMistake) -> UInt8 {
        bytes[try take(1)]
    }

    @inline(__always)
    mutating func uint16(_ bytes: Span<UInt8>) throws(ProtocolMistake) -> UInt16 {
        bytes.bigEndian16(at: try take(2))
    }

    @inline(__always)
    mutating func uint32(_ bytes: Span<UInt8>) throws(ProtocolMistake) -> UInt32 {
        bytes.bigEndian32(at: try take(4))
    }

    mutating func uint64(_ bytes: Span<UInt8>) throws(ProtocolMistake) -> UInt64 {
        bytes.bigEndian64(at: try take(8))
    }

    @inline(__always)
    mutating func range(_ count: Int) throws(ProtocolMistake) -> Range<Int> {
        let start = try take(count)
        return start..<start + count
    }

    mutating func expect(
        _ letter: Unicode.Scalar, _ bytes: Span<UInt8>
    ) throws(ProtocolMistake) {
        guard try byte(bytes) == UInt8(letter.value) else {
            throw ProtocolMistake(problem: "‘\(letter)’ was expected")
        }
    }

    /// Text that ends with a zero byte.
    mutating func string(_ bytes: Span<UInt8>) throws(ProtocolMistake) -> String {
        var end = rest.lowerBound
        while end < rest.upperBound, bytes[end] != 0 { end += 1 }
        guard end < rest.upperBound else { throw ProtocolMistake(problem: "a name has no end") }
        let text = bytes.text(in: rest.lowerBound..<end)
        rest = end + 1..<rest.upperBound
        return text
    }

    /// A moment, as microseconds from 2000-01-01.
    mutating func time(_ bytes: Span<UInt8>) throws(ProtocolMistake) -> Instant {
        let sent = Int64(bitPattern: try uint64(bytes))
        let (time, isOverflow) = sent.addingReportingOverflow(946_684_800_000_000)
        guard !isOverflow else { throw ProtocolMistake(problem: "a commit at no time") }
        return Instant(microseconds: time)
    }

    mutating func tuple(
        _ bytes: Span<UInt8>
    ) throws(ProtocolMistake) -> ReplicationMessage.Tuple {
        let start = rest.lowerBound
        for _ in 0..<(try uint16(bytes)) { _ = try field(bytes) }
        return ReplicationMessage.Tuple(range: start..<rest.lowerBound)
    }

    @inline(__always)
    mutating func field(
        _ bytes: Span<UInt8>
    ) throws(ProtocolMistake) -> ReplicationMessage.Field {
        switch try byte(bytes) {
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "u"): return .unchanged
        case UInt8(ascii: "t"): return .text(try range(Int(try uint32(bytes))))
        case UInt8(ascii: "b"): return .binary(try range(Int(try uint32(bytes))))
        case let kind: throw ProtocolMistake(problem: "unknown kind of value \(kind)")
        }
    }
}
