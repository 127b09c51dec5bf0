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
        // Whole blocks, unless it is everything: the position of a row tells its block.
        let sealed = min(StoreLimits.segmentRows, model.deltaRows)
        if sealed > 0 {
            try seal(model, positions: 0..<sealed)
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

    private func seal(_ model: ModelState, positions: Range<Int>) throws {
        let layout = model.layout
        var rows = SegmentRows(columns: [])
        var ends: [UInt64] = []
        var kept: [(block: Int, row: Int)] = []
        for position in positions {
            let number = position / StoreLimits.deltaBlockRows
            let row = position % StoreLimits.deltaBlockRows
            let block = model.delta[number]
            let end = block.ends[row]
            if state.isForgotten(begin: block.begins[row], end: end) {
                try keepReference(
                    model: layout.id, company: Int(block.companies[row]),
                    origin: Int(block.origins[row]), key: block.keys[row],
                    dense: block.references[row])
                continue
            }
            kept.append((number, row))
            rows.companies.append(Int(block.companies[row]))
            rows.origins.append(block.origins[row])
            rows.keys.append(block.keys[row])
            rows.references.append(block.references[row])
            rows.begins.append(Int64(block.begins[row]))
            ends.append(end)
        }
        if kept.isEmpty { return }
        for column in layout.model.columns.indices {
            rows.columns.append(
                layout.model.columns[column].type.holdsText
                    ? .texts(kept.map { model.delta[$0.block].texts[column][$0.row] })
                    : .numbers(kept.map { model.delta[$0.block].numbers[column][$0.row] }))
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
}

extension StoreState {
    /// Whether no snapshot shows a version: it lies before the horizon, or lasted for no commit.
    func isForgotten(begin: UInt64, end: UInt64) -> Bool {
        end != 0 && (end <= oldest && !pins.holdVersion(from: begin, to: end) || end == begin)
    }
}
