import Vocabulary

/// Where the numbers of a dimension, filter or measure come from.
enum NumberSource: Hashable {
    /// A column of the model.
    case column(Int, ChunkColumn.Part)
    /// A text column, its texts numbered within the walk.
    case text(Int)
    /// A reference column: company number × 2³² + dense index.
    case reference(Int)
    /// A column of the row that a reference column points to; texts numbered within the walk.
    case attribute(reference: Int, model: String, Int, ChunkColumn.Part)
    /// What another source gives.
    case derived(from: Int, Derivation)
    /// How one source stands to another one.
    case compared(Int, Int, ColumnComparison)
    /// The number of the row's company.
    case company
}

/// Walks over the rows of a model that exist in a snapshot and pass some filters, batch by batch.
final class BatchWalker {
    /// What is compared with a source's numbers.
    private enum Condition {
        case range(ClosedRange<Int64>)
        case among(Set<Int64>, negated: Bool)
    }

    /// One batch of rows.
    struct Batch {
        let block: Int
        /// The first row of the batch within its block.
        let start: Int
        let rows: Range<Int>
        let company: Int?
    }

    /// How far a walk has come.
    private struct Place {
        var block = 0
        /// Whether the runs of the block have been listed.
        var isInBlock = false
        var runs: [(company: Int?, rows: Range<Int>)] = []
        /// The next of the runs.
        var run = 0
        /// The rows of the present run that are still to come.
        var company: Int?
        var start = 0
        var end = 0
    }

    let snapshot: Snapshot
    let model: ModelState
    let blocks: [RowBlock]
    /// The rows of the present batch that pass, counted from its start.
    private(set) var selection = Selection()
    private var sources: [NumberSource] = []
    private var buffers: [KernelBuffer<Int64>] = []
    private var filled: [Bool] = []
    private var vectors: [NumberVector?] = []
    private var companyVector: NumberVector?
    private var dictionaries: [TextDictionary] = []
    private var attributes: [[Int: [Int64]]] = []
    /// The codes that words of compared sources have in the other's dictionary.
    private var comparedCodes: [Int: [Int64]] = [:]
    private var conditions: [(source: Int, condition: Condition)] = []
    private let companies: Set<Int>
    private var place = Place()

    /// Prepares a walk; `only` leaves out companies of the scope.
    init(
        _ snapshot: Snapshot, model name: String, filters: [Filter], only: Set<Int>? = nil
    ) throws {
        self.snapshot = snapshot
        model = try snapshot.rows(of: name)
        blocks = RowBlock.all(of: model)
        companies = only.map(snapshot.companyNumbers.intersection) ?? snapshot.companyNumbers
        for filter in filters + (snapshot.scope.limits[name] ?? []) {
            conditions.append(try compiled(filter))
        }
    }

    private var layout: ModelLayout { model.layout }

    // MARK: Sources

    /// Registers a source; equal ones share their work.
    func register(_ source: NumberSource) -> Int {
        if let known = sources.firstIndex(of: source) { return known }
        sources.append(source)
        buffers.append(KernelBuffer(StoreLimits.batchRows))
        filled.append(false)
        vectors.append(nil)
        dictionaries.append(TextDictionary())
        attributes.append([:])
        return sources.count - 1
    }

    /// The source of a path, and what its numbers mean.
    func source(
        _ path: ColumnPath, _ part: ChunkColumn.Part = .values
    ) throws -> (source: Int, meaning: Meaning) {
        let (operand, meaning) = try snapshot.operand(path, part, of: layout)
        let source: NumberSource
        switch (operand, meaning) {
        // What a reference means depends on the row's company.
        case (.column(let position, _), .reference): source = .reference(position)
        case (.column(let position, let part), _): source = .column(position, part)
        case (.text(let position), _): source = .text(position)
        case (.attribute(let reference, let model, let position, let part, let derivation), _):
            let plain = NumberSource.attribute(
                reference: reference, model: model, position, part)
            source = derivation.map { .derived(from: register(plain), $0) } ?? plain
        case (.derived(let position, let part, let derivation), _):
            source = .derived(from: register(.column(position, part)), derivation)
        case (.compared, _): preconditionFailure("no path leads to a comparison")
        }
        let number = register(source)
        return (number, Meaning(meaning, source: number))
    }

    /// What the numbers of a source stand for.
    enum Meaning {
        case number(ColumnType)
        /// A text of a store-wide dictionary, by the number of its column.
        case category(Int)
        /// A text numbered within the walk.
        case text(source: Int)
        case reference(model: String)

        fileprivate init(_ meaning: ScanPlan.Meaning, source: Int) {
            switch meaning {
            case .category(let column): self = .category(column)
            case .text: self = .text(source: source)
            case .reference(let model): self = .reference(model: model)
            case .number(let type): self = .number(type)
            }
        }
    }

    /// A number of a source as readers see it.
    func cell(_ number: Int64, _ meaning: Meaning) -> Cell {
        if number == NumberVector.missing { return .missing }
        switch meaning {
        case .number: return .number(number)
        case .category(let column):
            return snapshot.state.dictionaries[column]?.text(of: number).map(Cell.text) ?? .missing
        case .text(let source):
            return dictionaries[source].text(of: number).map(Cell.text) ?? .missing
        case .reference:
            return .reference(
                Reference(company: Int(number >> 32), index: Int(number & 0xFFFF_FFFF)))
        }
    }

    /// The numbers that stand for a value; none when the store has no such value.
    private func numbers(for cell: Cell, _ meaning: Meaning, path: ColumnPath) throws -> [Int64] {
        switch (cell, meaning) {
        case (.missing, _): return [NumberVector.missing]
        case (.number(let number), .number):
            // The number that stands for “missing” is no value that a row could have.
            return number == NumberVector.missing ? [] : [number]
        case (.text(let text), .category(let column)):
            return snapshot.state.dictionaries[column]?.code(of: text).map { [$0] } ?? []
        case (.text(let text), .text(let source)):
            return [dictionaries[source].code(of: text) ?? dictionaries[source].append(text)]
        case (.reference(let reference), .reference):
            return [Int64(reference.company) << 32 | Int64(reference.index)]
        case (.key(let key), .reference(let model)):
            return try snapshot.references(model: model, key: key).map {
                Int64($0.company) << 32 | Int64($0.index)
            }
        default:
            throw Advice(
                .request, "\(cell) cannot be compared with column ‘\(path)’",
                remedy: "give a value of the column's type")
        }
    }

    // MARK: Filters

    private func compiled(_ filter: Filter) throws -> (source: Int, condition: Condition) {
        switch filter {
        case .days(let path, let period):
            let (source, meaning) = try source(path, .days)
            guard case .number(let type) = meaning, type == .instant || type == .day else {
                throw Advice(
                    .request, "‘\(path)’ of model ‘\(layout.model.name)’ is not a time or a date",
                    remedy: "name an instant or day column for the period")
            }
            if period.days == 0 { return (source, .among([], negated: false)) }
            return (
                source, .range(Int64(period.start.number)...Int64(period.last.number))
            )
        case .range(let path, let range):
            let (source, meaning) = try source(path)
            guard case .number = meaning else {
                throw Advice(
                    .request, "‘\(path)’ holds words, which have no range",
                    remedy: "compare it with values instead")
            }
            // Missing is the least number and must not fall into an open range.
            return (
                source,
                .range(
                    max(
                        range.lowerBound, NumberVector.missing + 1)...max(
                            range.upperBound, NumberVector.missing + 1))
            )
        case .among(let path, let cells), .notAmong(let path, let cells):
            let (source, meaning) = try source(path)
            var numbers: Set<Int64> = []
            for cell in cells {
                numbers.formUnion(try self.numbers(for: cell, meaning, path: path))
            }
            var negated = false
            if case .notAmong = filter { negated = true }
            return (source, .among(numbers, negated: negated))
        case .compared(let path, let standings, let other):
            let (comparison, part) = try snapshot.comparison(path, other, of: layout)
            let first = try source(path, part).source
            let second = try source(other, part).source
            return (
                register(.compared(first, second, comparison)),
                .among(Set(standings.map(\.rawValue)), negated: false)
            )
        }
    }

    /// Whether a segment's summaries show that none of its rows can pass.
    private func isRuledOut(_ block: RowBlock) -> Bool {
        conditions.contains { source, condition in
            guard case .column(let position, let part) = sources[source],
                let summary = block.summary(
                    ChunkColumn(layout.id(ofColumn: position), part))
            else { return false }
            let isAllMissing = summary.missing == block.count
            switch condition {
            case .range(let range):
                return isAllMissing || summary.greatest < range.lowerBound
                    || summary.least > range.upperBound
            case .among(let numbers, negated: false):
                return !numbers.contains { number in
                    number == NumberVector.missing
                        ? summary.missing > 0
                        : !isAllMissing && summary.least <= number && number <= summary.greatest
                }
            case .among: return false
            }
        }
    }

    // MARK: Walking

    /// Calls its argument with each batch that has rows which pass; they are in `selection`.
    func walk(_ body: (Batch) throws -> Void) throws {
        place = Place()
        while let batch = try next() { try body(batch) }
    }

    /// The next batch that has rows which pass; they are in `selection`.
    func next() throws -> Batch? {
        while place.block < blocks.count {
            let block = blocks[place.block]
            if place.start < place.end {
                let end = min(place.start + StoreLimits.batchRows, place.end)
                let batch = Batch(
                    block: place.block, start: place.start, rows: place.start..<end,
                    company: place.company)
                place.start = end
                for index in filled.indices { filled[index] = false }
                try select(batch, block)
                if !selection.isEmpty { return batch }
            } else if place.run < place.runs.count {
                let run = place.runs[place.run]
                let range = try narrowed(run, block)
                place.run += 1
                (place.company, place.start, place.end) =
                    (run.company, range.lowerBound, range.upperBound)
            } else if place.isInBlock {
                place = Place(block: place.block + 1)
            } else if isRuledOut(block) {
                place.block += 1
            } else {
                for index in vectors.indices { vectors[index] = nil }
                companyVector = nil
                place.isInBlock = true
                place.runs = block.runs(of: companies)
            }
        }
        return nil
    }

    /// The part of a run that a range of the sorting column leaves, found by bisection.
    private func narrowed(
        _ run: (company: Int?, rows: Range<Int>), _ block: RowBlock
    ) throws -> Range<Int> {
        guard run.company != nil,
            let time = layout.model.timeColumn.flatMap(layout.model.index(of:))
        else { return run.rows }
        let part: ChunkColumn.Part = layout.model.columns[time].type == .instant ? .days : .values
        var range = run.rows
        for (source, condition) in conditions {
            guard sources[source] == .column(time, part), case .range(let wanted) = condition
            else { continue }
            let days = try vector(source, block)
            range = days.rows(range, within: wanted)
        }
        return range
    }

    private func select(_ batch: Batch, _ block: RowBlock) throws {
        try block.visible(
            batch.rows, at: snapshot.commit.number, chunks: snapshot.chunks, into: &selection)
        if batch.company == nil, !selection.isEmpty {
            let vector = companyVector ?? block.companies
            companyVector = vector
            let allowed = companies
            selection.keep { allowed.contains(Int(vector[batch.start + $0])) }
        }
        for (source, condition) in conditions where !selection.isEmpty {
            let buffer = try numbers(source, batch)
            switch condition {
            case .range(let range):
                let (low, high) = (range.lowerBound, range.upperBound)
                selection.keep { buffer[$0] >= low && buffer[$0] <= high }
            case .among(let set, let negated):
                if let only = set.first, set.count == 1 {
                    selection.keep { (buffer[$0] == only) != negated }
                } else {
                    selection.keep { set.contains(buffer[$0]) != negated }
                }
            }
        }
    }

    private func vector(_ source: Int, _ block: RowBlock) throws -> NumberVector {
        if let known = vectors[source] { return known }
        let made: NumberVector
        switch sources[source] {
        case .column(let position, let part):
            made = try block.numbers(position, part, layout: layout, chunks: snapshot.chunks)
        case .reference(let position), .attribute(let position, _, _, _):
            made = try block.numbers(position, .values, layout: layout, chunks: snapshot.chunks)
        case .company: made = block.companies
        case .text, .derived, .compared:
            preconditionFailure("these numbers are made row by row")
        }
        vectors[source] = made
        return made
    }

    /// The numbers of a source for the rows of a batch, counted from its start.
    func numbers(_ source: Int, _ batch: Batch) throws -> KernelBuffer<Int64> {
        let buffer = buffers[source]
        if filled[source] { return buffer }
        filled[source] = true
        let block = blocks[batch.block]
        switch sources[source] {
        case .column: try vector(source, block).fill(batch.rows, into: buffer)
        case .company:
            if let company = batch.company {
                buffer.fill(Int64(company))
            } else {
                try vector(source, block).fill(batch.rows, into: buffer)
            }
        case .reference:
            try vector(source, block).fill(batch.rows, into: buffer)
            for row in 0..<batch.rows.count where buffer[row] != NumberVector.missing {
                buffer[row] |= Int64(try company(of: row, batch)) << 32
            }
        case .attribute:
            try vector(source, block).fill(batch.rows, into: buffer)
            // Rows of one company mostly follow each other.
            var (known, table) = (-1, [Int64]())
            for row in 0..<batch.rows.count where buffer[row] != NumberVector.missing {
                let company = try company(of: row, batch)
                if company != known {
                    (known, table) = (company, try attribute(source, company: company))
                }
                let index = Int(buffer[row])
                buffer[row] = index < table.count ? table[index] : NumberVector.missing
            }
        case .derived(let origin, let derivation):
            let numbers = try numbers(origin, batch)
            for row in 0..<batch.rows.count {
                let zone = snapshot.state.zones[try company(of: row, batch)] ?? .utc
                buffer[row] = derivation.number(numbers[row], zone)
            }
        case .compared(let first, let second, let comparison):
            let (left, right) = (try numbers(first, batch), try numbers(second, batch))
            let codes = comparedCodes[source] ?? comparison.codes(in: snapshot.state)
            comparedCodes[source] = codes
            for row in 0..<batch.rows.count {
                buffer[row] = comparison.standing(left[row], right[row], codes)
            }
        case .text(let position):
            // Only rows still selected are numbered, so that the dictionary stays small.
            for row in selection.rows {
                let text = try block.text(
                    position, row: batch.start + Int(row), layout: layout,
                    chunks: snapshot.chunks)
                buffer[Int(row)] =
                    text.map {
                        dictionaries[source].code(of: $0) ?? dictionaries[source].append($0)
                    } ?? NumberVector.missing
            }
        }
        return buffer
    }

    private func company(of row: Int, _ batch: Batch) throws -> Int {
        if let company = batch.company { return company }
        let vector = companyVector ?? blocks[batch.block].companies
        companyVector = vector
        return Int(vector[batch.start + row])
    }

    private func attribute(_ source: Int, company: Int) throws -> [Int64] {
        if let known = attributes[source][company] { return known }
        // A delta holds rows of companies outside the scope, too: theirs are never looked up.
        guard companies.contains(company),
            case .attribute(_, let name, let position, let part) = sources[source]
        else { return [] }
        let table = try AttributeTable(
            snapshot, model: snapshot.rows(of: name), position: position, company: company)
        var numbers = table.numbers(interning: &dictionaries[source])
        if part == .days {
            let zone = snapshot.state.zones[company]
            numbers = numbers.map { LocalDayCode.of($0, zone) }
        }
        attributes[source][company] = numbers
        return numbers
    }

    /// The texts that a source numbered, by their numbers.
    func texts(of source: Int) -> [String] { dictionaries[source].texts }
}
