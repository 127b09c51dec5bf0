import Vocabulary

/// The rows of one model while a transaction looks at and changes single ones.
///
/// It holds the only reference to the changed parts of the model's state, so that they are copied
/// once per transaction and not once per row.
final class ModelEditor {
    /// Where a row version is.
    enum Location {
        case delta(Int)
        case segment(Int, row: Int)
    }

    let layout: ModelLayout
    let kinds: [StoredKind]
    /// Whether a column is of truth values.
    let areBooleans: [Bool]
    let hasHistory: Bool
    /// Whether rows of the model have dense indices.
    let isReferenced: Bool
    private(set) var model: ModelState
    /// What the present commit did so far.
    private(set) var entry = DeltaEntry()
    /// Whether rows and ends are left out of it, because the delta is written anew at the end.
    private let isDeferred: Bool
    /// Whether the model is other than it was.
    private(set) var isChanged = false
    /// Rows in segments.
    let sealedRows: Int
    private let chunks: ChunkReader
    private let keys: DeltaKeys
    private let readers: [SegmentReader]
    /// Whether a segment has an index; without one its keys are integers.
    private let hasIndex: Bool
    /// The least and greatest key of segments without an index; nil if there are none.
    private let plainKeys: ClosedRange<Int64>?
    /// The zone of each company whose rows were added, by its number.
    private var zones: [Zone?] = []
    /// What tells most rows that are new.
    private let known: KnownKeys
    /// Whether it was brought up to date.
    private var isCovered = false
    private let writer: StoreWriter
    /// The column in which the last row differed that was compared, by its position.
    private var telling: Int? {
        didSet { writer.tellingColumns[layout.model.name] = telling }
    }
    /// Whether the present commit changed rows of a company, by its number.
    private var touched: [Bool] = []
    private var lastOrigin: Int?
    private var targets: [ModelEditor?]
    private var words: [TextDictionary?]

    init(_ model: ModelState, writer: StoreWriter, isDeferred: Bool = false) {
        self.model = model
        self.isDeferred = isDeferred
        layout = model.layout
        kinds = layout.model.columns.map { StoredKind($0.type) }
        areBooleans = layout.model.columns.map { $0.type == .boolean }
        hasHistory = layout.model.columns.contains(where: \.hasHistory)
        isReferenced = layout.isReferenced
        self.writer = writer
        telling = writer.tellingColumns[layout.model.name]
        chunks = writer.chunks
        keys = writer.keys(ofModel: layout.model.name)
        known = writer.knownKeys(ofModel: layout.model.name)
        readers = model.segments.map { writer.reader(of: $0.segment) }
        hasIndex = readers.contains(where: \.isIndexed)
        plainKeys = readers.filter { !$0.isIndexed }.map(\.keySpan).reduce(
            nil as ClosedRange<Int64>?
        ) { union, span in
            min(
                union?.lowerBound ?? span.lowerBound, span.lowerBound)...max(
                    union?.upperBound ?? span.upperBound, span.upperBound)
        }
        sealedRows = model.segments.reduce(0) { $0 + $1.segment.rows }
        targets = kinds.map { _ in nil }
        words = kinds.map { _ in nil }
    }

    /// Notes that an origin has to give all its rows again.
    func await(_ origin: Int) {
        isChanged = true
        model.awaited.insert(origin)
    }

    /// Notes that an origin gives rows of the model.
    func enterFeed(_ origin: Int, in session: WriteSession) throws {
        if origin == lastOrigin { return }
        lastOrigin = origin
        try session.enterFeed(model: layout.id, origin: origin)
    }

    /// The editor of the model that a column refers to.
    func target(at position: Int, in session: WriteSession) -> ModelEditor {
        if let known = targets[position] { return known }
        guard case .reference(let name) = layout.model.columns[position].type else {
            preconditionFailure("column \(position) refers to no model")
        }
        let found = session.editor(of: name)
        // A model may refer to itself; then it must not hold itself.
        if found !== self { targets[position] = found }
        return found
    }

    /// The code of a word of a column.
    func code(of text: String, at position: Int, in session: WriteSession) throws -> Int64 {
        if let known = words[position]?.code(of: text) { return known }
        let column = layout.id(ofColumn: position)
        words[position] = nil
        let code = try session.code(of: text, column: column)
        words[position] = session.state.dictionaries[column]
        return code
    }

    // MARK: Look-ups

    /// The live version of a row, if there is one; `hash` is the stable hash of its key.
    ///
    /// It is looked for among the rows of `company` first, where it most likely is.
    func live(
        _ identity: StoreWriter.Identity, hash: UInt64, company: Int?
    ) throws -> Location? {
        // The newest version of a row that has any in the delta is there.
        if let position = deltaPosition(of: identity, hash: hash) {
            return isLive(position) ? .delta(position) : nil
        }
        guard let company else { return try sealed(identity, hash, among: .all, isLive: true) }
        return try sealed(identity, hash, among: .company(company), isLive: true)
            ?? sealed(identity, hash, among: .others(company), isLive: true)
    }

    /// The dense index that a company's row has in any of its versions; nil when none has one.
    func reference(of identity: StoreWriter.Identity, company: Int) throws -> Int64? {
        let hash = identity.hash
        if let position = deltaPosition(of: identity, hash: hash) {
            let block = model.delta[position / StoreLimits.deltaBlockRows]
            let row = position % StoreLimits.deltaBlockRows
            if block.companies[row] == Int64(company),
                block.references[row] != NumberVector.missing
            {
                return block.references[row]
            }
        }
        guard let found = try sealed(identity, hash, among: .company(company), isLive: false)
        else { return nil }
        let dense = try reference(found)
        return dense == NumberVector.missing ? nil : dense
    }

    /// The newest version of a row in the delta, if it has any there.
    private func deltaPosition(of identity: StoreWriter.Identity, hash: UInt64) -> Int? {
        keys.position(of: hash) { model.deltaIdentity($0) == identity }
    }

    private func isLive(_ position: Int) -> Bool {
        model.delta[position / StoreLimits.deltaBlockRows]
            .ends[position % StoreLimits.deltaBlockRows] == 0
    }

    /// A version of a row in the segments, among the rows of some companies: one that is live, or
    /// else any that has a dense index.
    private func sealed(
        _ identity: StoreWriter.Identity, _ hash: UInt64, among part: SegmentReader.Part,
        isLive: Bool
    ) throws -> Location? {
        // Most rows that are new are told by their keys alone.
        guard mayBeSealed(identity.key) else { return nil }
        var isNew: Bool?
        for number in readers.indices.reversed() {
            let reader = readers[number]
            if isNew == true, reader.isIndexed { continue }
            guard reader.mayHave(identity, among: part) else { continue }
            let segment = model.segments[number].segment
            // What cannot be searched is of no concern where nothing in it lives.
            if model.segments[number].isEnded, !model.isFindable(segment) { continue }
            if isNew == nil {
                isNew = try isCertainlyNew(hash)
                if isNew == true, reader.isIndexed { continue }
            }
            let found = try reader.row(
                of: identity, hash: hash, in: segment, chunks, among: part,
                missed: known.noteFailure
            ) { row in
                isLive
                    ? model.segments[number].ends.commit(of: row) == nil
                    : try reference(.segment(number, row: row)) != NumberVector.missing
            }
            if let found { return .segment(number, row: found) }
        }
        return nil
    }

    /// Whether a key may be in a segment, as far as that costs nothing to tell.
    private func mayBeSealed(_ key: RowKey) -> Bool {
        if hasIndex { return true }
        guard let plainKeys, case .integer(let number) = key else { return false }
        return plainKeys.contains(number)
    }

    /// Whether a key is in none of the segments that have an index, as far as one look tells.
    private func isCertainlyNew(_ hash: UInt64) throws -> Bool {
        guard known.isWanted else { return false }
        if !isCovered {
            for (number, reader) in readers.enumerated() where reader.isIndexed {
                let state = model.segments[number]
                guard !known.covers(state.segment.id) else { continue }
                // What cannot be read is looked for segment by segment, which tells the damage.
                guard model.isFindable(state.segment) else { return false }
                known.add(try reader.hashes(state.segment, chunks), of: state.segment.id)
            }
            guard known.isWanted else { return false }
            isCovered = true
        }
        return !known.mayContain(hash)
    }

    /// The cell of a row in one column; missing where it is damaged.
    func cell(_ position: Int, _ location: Location) throws -> StoredCell {
        switch location {
        case .delta(let place):
            return model.delta[place / StoreLimits.deltaBlockRows]
                .cell(position, row: place % StoreLimits.deltaBlockRows)
        case .segment(let number, let row):
            if isDamaged(position, location) { return .missing(kinds[position]) }
            return try readers[number].cell(
                position, row, model.segments[number].segment, layout, chunks)
        }
    }

    /// What history asks of a row: its cells in columns with history, and nothing in the others, which
    /// need not be read.
    ///
    /// In damaged columns it is what `given` has, if given.
    func historyCells(_ location: Location, given: [StoredCell]? = nil) throws -> [StoredCell] {
        try layout.model.columns.enumerated().map { position, column in
            guard column.hasHistory else { return .missing(kinds[position]) }
            if let given, isDamaged(position, location) { return given[position] }
            return try cell(position, location)
        }
    }

    private func isDamaged(_ position: Int, _ location: Location) -> Bool {
        model.damage(at: location)?.contains(ChunkColumn(layout.id(ofColumn: position))) == true
    }

    /// Whether a row version has just these values; looks no further than the first that differs.
    ///
    /// Rows of a model tend to change in the same column. The one that told the last row is looked at
    /// first, so that of segments hardly more is read than what changes.
    func holds(_ cells: [StoredCell], _ location: Location) throws -> Bool {
        func isSame(_ position: Int) throws -> Bool {
            try cell(position, location) == cells[position]
        }
        if let telling, try !isSame(telling) { return false }
        // What changes most often tends to come after what names the row.
        for position in cells.indices.reversed() where try !isSame(position) {
            telling = position
            return false
        }
        return true
    }

    func company(_ location: Location) -> Int {
        switch location {
        case .delta(let position):
            return Int(
                model.delta[position / StoreLimits.deltaBlockRows]
                    .companies[position % StoreLimits.deltaBlockRows])
        case .segment(let number, let row):
            return model.segments[number].segment.company(of: row)
        }
    }

    /// The dense index of a row; missing where it is damaged.
    func reference(_ location: Location) throws -> Int64 {
        switch location {
        case .delta(let position):
            return model.delta[position / StoreLimits.deltaBlockRows]
                .references[position % StoreLimits.deltaBlockRows]
        case .segment(let number, let row):
            if model.damage(at: location)?.contains(.reference) == true {
                return NumberVector.missing
            }
            return try readers[number].reference(row, model.segments[number].segment, chunks)
        }
    }

    // MARK: Changes

    /// Adds a row version; `hash` is the stable hash of its key.
    func insert(_ row: DeltaRow, hash: UInt64, zones known: [Int: Zone]) {
        isChanged = true
        model.append(row, zone: zone(of: row.company, among: known))
        let identity = StoreWriter.Identity(origin: row.origin, key: row.key)
        keys.set(model.deltaRows - 1, of: hash) { model.deltaIdentity($0) == identity }
        if !isDeferred { entry.append(row) }
        touch(row.company)
    }

    private func zone(of company: Int, among known: [Int: Zone]) -> Zone? {
        while zones.count <= company { zones.append(nil) }
        if let zone = zones[company] { return zone }
        zones[company] = known[company]
        return zones[company]
    }

    /// Ends a row version.
    func end(_ location: Location, commit: UInt64) {
        isChanged = true
        touch(company(location))
        switch location {
        case .delta(let position):
            model.end(deltaPosition: position, commit: commit)
            if !isDeferred { entry.ends.append(position) }
        case .segment(let number, let row):
            model.end(segment: number, row: row, commit: commit)
            if !isDeferred { entry.sealedEnds.append((model.segments[number].segment.id, row)) }
        }
    }

    private func touch(_ company: Int) {
        while touched.count <= company { touched.append(false) }
        if touched[company] { return }
        touched[company] = true
        entry.companies.append(company)
    }

    /// Begins the entry of another commit.
    func beginEntry() {
        for company in entry.companies { touched[company] = false }
        entry = DeltaEntry()
    }
}
