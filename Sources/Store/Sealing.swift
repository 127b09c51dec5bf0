import Foundation
import GRDB
import Vocabulary

extension WriteSession {
    /// Moves the rows of a model's delta into segments.
    ///
    /// The rows keep the commits that began and ended them, so every snapshot answers as before.
    func seal(model name: String) throws {
        let model = model(name)
        var start = 0
        while start < model.deltaRows {
            let end = min(start + StoreLimits.segmentRows, model.deltaRows)
            try seal(model, positions: start..<end)
            start = end
        }
        try db.execute(sql: "DELETE FROM delta WHERE model = ?", arguments: [model.layout.id])
        state.models[name]?.delta = []
        writer.deltaKeys[name] = [:]
    }

    private func seal(_ model: ModelState, positions: Range<Int>) throws {
        let layout = model.layout
        var rows = SegmentRows(
            columns: layout.model.columns.map { $0.type.holdsText ? .texts([]) : .numbers([]) })
        var ends: [UInt64] = []
        for position in positions {
            let block = model.delta[position / StoreLimits.deltaBlockRows]
            let row = position % StoreLimits.deltaBlockRows
            rows.companies.append(Int(block.companies[row]))
            rows.origins.append(block.origins[row])
            rows.keys.append(block.keys[row])
            rows.references.append(block.references[row])
            rows.begins.append(Int64(block.begins[row]))
            ends.append(block.ends[row])
        }
        let blocks =
            positions.lowerBound / StoreLimits.deltaBlockRows..<(positions.upperBound - 1)
            / StoreLimits.deltaBlockRows + 1
        for column in layout.model.columns.indices {
            var numbers: [Int64] = []
            var texts: [String?] = []
            // Positions begin at a block's first row, because segments hold whole blocks.
            for block in blocks {
                numbers += model.delta[block].numbers[column]
                texts += model.delta[block].texts[column]
            }
            rows.columns[column] =
                layout.model.columns[column].type.holdsText
                ? .texts(Array(texts.prefix(positions.count)))
                : .numbers(Array(numbers.prefix(positions.count)))
        }
        let encoded = EncodedSegment(rows, layout: layout, zones: state.zones)
        let id = try insert(encoded, layout: layout, begin: nil, isLive: true, source: nil)
        var sealed = SegmentState(segment: encoded.segment(id: id, begin: nil))
        for (row, given) in encoded.order.enumerated() where ends[given] != 0 {
            try db.cachedStatement(
                sql: "INSERT INTO ended (segment, row_number, commit_number) VALUES (?, ?, ?)"
            ).execute(arguments: [id, row, Int64(ends[given])])
            sealed.ends.insert(row: row, commit: ends[given])
        }
        state.models[layout.model.name]?.segments.append(sealed)
    }
}
