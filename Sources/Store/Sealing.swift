import Foundation
import GRDB
import Vocabulary

extension WriteSession {
    /// Moves the oldest rows of a model's delta into one segment.
    ///
    /// The rows keep the commits that began and ended them, so every snapshot answers as before.
    /// Versions that no snapshot can show are left out.
    func seal(model name: String) throws {
        let model = model(name)
        // Whole blocks, unless it is everything: the position of a row tells its block. And no few rows
        // more than a full delta: the numbers of so many fit into two bytes.
        let full = model.deltaRows / StoreLimits.deltaRows * StoreLimits.deltaRows
        let sealed = min(StoreLimits.segmentRows, full > 0 ? full : model.deltaRows)
        if sealed > 0 {
            try seal(model, first: sealed)
            let blocks = (sealed + StoreLimits.deltaBlockRows - 1) / StoreLimits.deltaBlockRows
            state.models[name]?.delta.removeFirst(blocks)
        }
        try rewriteDelta(of: name)
        Failpoint.hit("store-seal")
    }

    /// Writes a model's delta anew, as its state has it: rows that are still there, and nothing of
    /// those that are not.
    ///
    /// The ends of rows in segments, and which companies were touched, go to their own tables.
    func rewriteDelta(of name: String) throws {
        guard var model = state.models[name] else { return }
        let layout = model.layout
        try db.execute(sql: "DELETE FROM delta WHERE model = ?", arguments: [layout.id])
        for place in model.segments.indices where model.segments[place].hasUnsealedEnds {
            try writeEnds(model.segments[place].ends, of: model.segments[place].segment.id)
            model.segments[place].hasUnsealedEnds = false
        }
        model.unsealedEnds = 0
        for (touch, commit) in state.touches where touch.model == layout.id {
            try writeTouch(touch, commit: commit)
        }
        var entries: [UInt64: DeltaEntry] = [:]
        for (number, block) in model.delta.enumerated() {
            for place in 0..<block.count {
                let row = block.row(place)
                entries[row.begin, default: DeltaEntry()].append(row)
                if row.end != 0 {
                    entries[row.end, default: DeltaEntry()].ends
                        .append(number * StoreLimits.deltaBlockRows + place)
                }
            }
        }
        for (commit, entry) in entries.sorted(by: { $0.key < $1.key }) {
            try insert(entry, of: layout, commit: commit)
        }
        state.models[name] = model
        writer.rebuildDeltaKeys(of: name, in: state)
    }

    private func seal(_ model: ModelState, first count: Int) throws {
        let layout = model.layout
        var rows = SegmentRows(columns: [])
        var ends: [UInt64] = []
        // Block by block: to ask the model's state for each value costs more than the value.
        var kept: [(block: DeltaBlock, rows: [Int])] = []
        for (number, block) in model.delta.enumerated() {
            let before = number * StoreLimits.deltaBlockRows
            guard before < count else { break }
            let taken = try keptRows(of: block, upTo: count - before, layout)
            let (companies, origins, keys) = (block.companies, block.origins, block.keys)
            let (references, begins) = (block.references, block.begins)
            for row in taken {
                rows.companies.append(Int(companies[row]))
                rows.origins.append(origins[row])
                rows.keys.append(keys[row])
                rows.references.append(references[row])
                rows.begins.append(Int64(begins[row]))
                ends.append(block.ends[row])
            }
            kept.append((block, taken))
        }
        if ends.isEmpty { return }
        for column in layout.model.columns.indices {
            if layout.model.columns[column].type.holdsText {
                var texts: [String?] = []
                texts.reserveCapacity(ends.count)
                for (block, taken) in kept {
                    let given = block.texts[column]
                    for row in taken { texts.append(given[row]) }
                }
                rows.columns.append(.texts(texts))
            } else {
                var numbers: [Int64] = []
                numbers.reserveCapacity(ends.count)
                for (block, taken) in kept {
                    let given = block.numbers[column]
                    for row in taken { numbers.append(given[row]) }
                }
                rows.columns.append(.numbers(numbers))
            }
        }
        let encoded = EncodedSegment(rows, layout: layout, zones: state.zones)
        let id = try insert(encoded, layout: layout, begin: nil, phase: .live, source: nil)
        var sealed = SegmentState(segment: encoded.segment(id: id, begin: nil))
        for (row, given) in encoded.order.enumerated() where ends[Int(given)] != 0 {
            sealed.ends.insert(row: row, commit: ends[Int(given)])
        }
        try writeEnds(sealed.ends, of: id)
        state.models[layout.model.name]?.segments.append(sealed)
    }

    /// The rows at the beginning of a block that a snapshot may still show; of the others the dense
    /// index is kept.
    private func keptRows(
        of block: DeltaBlock, upTo end: Int, _ layout: ModelLayout
    ) throws -> [Int] {
        let begins = block.begins
        return try (0..<min(end, block.count)).filter { row in
            let ended = block.ends[row]
            guard ended != 0, state.isForgotten(begin: begins[row], end: ended) else {
                return true
            }
            try keepReference(
                model: layout.id, company: Int(block.companies[row]),
                origin: Int(block.origins[row]), key: block.keys[row],
                dense: block.references[row])
            return false
        }
    }
}

extension StoreState {
    /// Whether no snapshot shows a version: it lies before the horizon, or lasted for no commit.
    func isForgotten(begin: UInt64, end: UInt64) -> Bool {
        end != 0 && (end <= oldest && !pins.holdVersion(from: begin, to: end) || end == begin)
    }
}
