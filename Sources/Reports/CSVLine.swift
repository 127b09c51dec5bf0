import CCells
import Vocabulary

/// One field of the lines of a CSV file, for the rows of a batch: numbers, and how they are written.
struct CSVLane {
    enum Form {
        case integer
        case decimal(scale: Int)
        case words(CSVWords)
        case day
        /// Seconds since 1970 on a wall clock.
        case clock
        /// Microseconds since 1970 in UTC.
        case instant
    }

    let numbers: [Int64]
    let form: Form

    init(numbers: [Int64], form: Form) {
        if case .words(let words) = form {
            // What is missing is less than any number, and no word has a negative one.
            precondition((numbers.max() ?? -1) < words.count, "a row names a word of its list")
        }
        self.numbers = numbers
        self.form = form
    }
}

/// Words as a file holds them, guarded and quoted.
///
/// They stand in slots of one size where all are short, else one after another. Bytes after the last
/// one may be read.
final class CSVWords {
    let bytes: [UInt8]
    /// Where each word ends; empty where they stand in slots.
    let ends: [Int]
    /// Bytes of a slot, the first of which has the word's length; 0 where there are none.
    let slot: Int
    let longest: Int

    /// Takes words made one after another in `fill`, which appends one.
    init(count: Int, _ fill: (_ place: Int, _ bytes: inout [UInt8]) -> Void) {
        var (bytes, ends, longest) = ([UInt8](), [Int](), 0)
        ends.reserveCapacity(count)
        for place in 0..<count {
            let start = bytes.count
            fill(place, &bytes)
            longest = max(longest, bytes.count - start)
            ends.append(bytes.count)
        }
        self.longest = longest
        guard longest < RC_WIDEST_SLOT else {
            slot = 0
            self.ends = ends
            self.bytes = bytes + [UInt8](repeating: 0, count: Int(RC_SLACK))
            return
        }
        let slot = longest < 16 ? 16 : longest < 32 ? 32 : Int(RC_WIDEST_SLOT)
        var slots = [UInt8](repeating: 0, count: count * slot + Int(RC_WIDEST_SLOT))
        var start = 0
        for (place, end) in ends.enumerated() {
            slots[place * slot] = UInt8(end - start)
            for at in start..<end { slots[place * slot + 1 + at - start] = bytes[at] }
            start = end
        }
        self.slot = slot
        self.ends = []
        self.bytes = slots
    }

    /// How many words there are.
    var count: Int { slot > 0 ? (bytes.count - Int(RC_WIDEST_SLOT)) / slot : ends.count }
}

/// Writes lines of fields in one dialect.
struct CSVLines {
    let profile: CSVProfile

    /// Hands the lines of some rows to a sink in pieces.
    func write(_ lanes: [CSVLane], rows: Int, to sink: inout ByteSink) throws {
        var row = 0
        while row < rows {
            // Memory of its own for each piece, as whoever receives it may keep it.
            let (piece, next) = piece(lanes, from: row, to: rows)
            precondition(next > row, "there is room for a line")
            row = next
            try sink.write(piece)
        }
    }

    private func piece(_ lanes: [CSVLane], from: Int, to: Int) -> ([UInt8], next: Int) {
        var made: [rc_lane] = unsafe []
        return unsafe Self.withLanes(lanes[...], &made) { lanes in
            let count = Int32(lanes.count)
            let line = unsafe Int(rc_line_bytes(lanes.baseAddress, count))
            let room = ByteSink.pieceSize + line
            var next = Int64(from)
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, length in
                var used = Int64(0)
                next = unsafe rc_lines(
                    lanes.baseAddress, count, profile.separator, profile.decimalPoint, Int64(from),
                    Int64(to), buffer.baseAddress, Int64(room), &used)
                length = Int(used)
            }
            return (bytes, Int(next))
        }
    }

    /// Lends the memory of all lanes at once.
    private static func withLanes<Result>(
        _ rest: ArraySlice<CSVLane>, _ made: inout [rc_lane],
        _ body: (UnsafeBufferPointer<rc_lane>) -> Result
    ) -> Result {
        guard let lane = rest.first else { return unsafe made.withUnsafeBufferPointer(body) }
        return unsafe lane.numbers.withUnsafeBufferPointer { numbers in
            var entry = unsafe rc_lane()
            unsafe entry.numbers = numbers.baseAddress
            switch lane.form {
            case .integer: unsafe entry.form = Int32(RC_INTEGER.rawValue)
            case .decimal(let scale):
                unsafe entry.form = Int32(RC_DECIMAL.rawValue)
                unsafe entry.scale = Int32(scale)
            case .day: unsafe entry.form = Int32(RC_DAY.rawValue)
            case .clock: unsafe entry.form = Int32(RC_CLOCK.rawValue)
            case .instant: unsafe entry.form = Int32(RC_INSTANT.rawValue)
            case .words(let words):
                unsafe entry.form = Int32((words.slot > 0 ? RC_SLOT : RC_WORD).rawValue)
                unsafe entry.scale = Int32(words.slot)
                unsafe entry.longest = Int64(words.longest)
                return unsafe words.bytes.withUnsafeBufferPointer { bytes in
                    unsafe words.ends.withUnsafeBufferPointer { ends in
                        unsafe entry.bytes = bytes.baseAddress
                        // On every machine that we run on, Int has 64 bits.
                        return unsafe ends.withMemoryRebound(to: Int64.self) { ends in
                            unsafe entry.ends = ends.baseAddress
                            unsafe made.append(entry)
                            return unsafe withLanes(rest.dropFirst(), &made, body)
                        }
                    }
                }
            }
            unsafe made.append(entry)
            return unsafe withLanes(rest.dropFirst(), &made, body)
        }
    }
}
