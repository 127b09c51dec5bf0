import Vocabulary

/// Keys of rows that a reference column mentions.
enum LoadMentions {
    /// Integers, with `NumberVector.missing`.
    case integers([Int64])
    /// Keys of which some are no integers.
    case keys([RowKey?])

    subscript(row: Int) -> RowKey? {
        switch self {
        case .integers(let numbers):
            numbers[row] == NumberVector.missing ? nil : .integer(numbers[row])
        case .keys(let keys): keys[row]
        }
    }

    mutating func append(_ key: RowKey?) {
        switch (self, key) {
        case (.integers(var numbers), nil):
            self = .keys([])
            numbers.append(NumberVector.missing)
            self = .integers(numbers)
        case (.integers(var numbers), .integer(let number)?) where number != NumberVector.missing:
            self = .keys([])
            numbers.append(number)
            self = .integers(numbers)
        default:
            var keys = all
            self = .keys([])
            keys.append(key)
            self = .keys(keys)
        }
    }

    mutating func append(integers more: ArraySlice<Int64>) {
        if case .integers(var numbers) = self {
            self = .keys([])
            numbers += more
            self = .integers(numbers)
        } else {
            for number in more { append(number == NumberVector.missing ? nil : .integer(number)) }
        }
    }

    /// The keys in another order.
    func ordered(by order: [UInt32]) -> LoadMentions {
        switch self {
        case .integers(let numbers): .integers(numbers.ordered(by: order))
        case .keys(let keys): .keys(order.map { keys[Int($0)] })
        }
    }

    private var all: [RowKey?] {
        switch self {
        case .integers(let numbers): numbers.indices.map { self[$0] }
        case .keys(let keys): keys
        }
    }
}

/// Names that come again and again, as numbers.
private struct NameCodes {
    private(set) var names = TextDictionary()
    private var last = (name: "", code: Int64(-1))

    mutating func code(of name: String) -> Int64 {
        if last.code >= 0, last.name == name { return last.code }
        let code = names.code(of: name) ?? names.append(name)
        last = (name, code)
        return code
    }
}

/// Rows of one model on their way into a segment, column by column.
struct LoadBuffer {
    private let model: Model
    private var companies: [Int64] = []
    private var companyNames = NameCodes()
    /// Indices of `originNames`; empty as long as all rows have the first one.
    private var origins: [Int64] = []
    private var originNames = NameCodes()
    private var keys = KeyColumn()
    /// For each column its numbers; of a category column, indices of `words`.
    private var numbers: [[Int64]]
    private var texts: [[String?]]
    private var mentions: [LoadMentions]
    private var words: [TextDictionary]

    init(model: Model) {
        self.model = model
        numbers = model.columns.map { column in
            var numbers: [Int64] = []
            // A buffer mostly fills a segment; growing to that size step by step costs copies.
            if !column.type.holdsText, !column.type.isReference {
                numbers.reserveCapacity(StoreLimits.segmentRows)
            }
            return numbers
        }
        texts = model.columns.map { _ in [] }
        mentions = model.columns.map { column in
            var numbers: [Int64] = []
            if column.type.isReference { numbers.reserveCapacity(StoreLimits.segmentRows) }
            return .integers(numbers)
        }
        words = model.columns.map { _ in TextDictionary() }
        companies.reserveCapacity(StoreLimits.segmentRows)
    }

    /// Notes the origin of rows that come next.
    private mutating func addOrigin(_ name: String, rows: Int) {
        let code = originNames.code(of: name)
        if code == 0, origins.isEmpty { return }
        if origins.isEmpty { origins = [Int64](repeating: 0, count: count) }
        origins += repeatElement(code, count: rows)
    }

    var count: Int { companies.count }

    // MARK: Adding rows

    mutating func append(origin: String, company: String, key: RowKey, cells: [Cell]) {
        precondition(cells.count == model.columns.count, "a row has one cell per column")
        addOrigin(origin, rows: 1)
        companies.append(companyNames.code(of: company))
        keys.append(key)
        for (position, cell) in cells.enumerated() {
            switch (model.columns[position].type, cell) {
            case (.text, .missing): texts[position].append(nil)
            case (.text, .text(let text)): texts[position].append(text)
            case (.reference, .missing): mentions[position].append(nil)
            case (.reference, .key(let key)): mentions[position].append(key)
            case (_, .missing): numbers[position].append(NumberVector.missing)
            case (.category, .text(let text)):
                numbers[position].append(
                    words[position].code(of: text) ?? words[position].append(text))
            case (let type, .number(let number)) where type != .category:
                precondition(number != NumberVector.missing, "mappings refuse this number")
                precondition(type.holds(number), "a boolean is 0 or 1")
                numbers[position].append(number)
            case (let type, _): preconditionFailure("a \(type.stored) column takes no \(cell)")
            }
        }
    }

    /// Adds a part of a batch.
    mutating func append(origin: String, _ batch: ColumnBatch, _ rows: Range<Int>) {
        precondition(batch.columns.count == model.columns.count, "a batch has all columns")
        addOrigin(origin, rows: rows.count)
        switch batch.companies {
        case .one(let name):
            companies += repeatElement(companyNames.code(of: name), count: rows.count)
        case .codes(let codes, let names):
            let known = names.map { companyNames.code(of: $0) }
            companies += codes[rows].map { known[Int($0)] }
        }
        keys.append(batch.keys, rows)
        for (position, column) in batch.columns.enumerated() {
            switch (model.columns[position].type, column) {
            case (.text, .texts(let more)): texts[position] += more[rows]
            case (.reference, .integerKeys(let more)):
                mentions[position].append(integers: more[rows])
            case (.reference, .keys(let more)):
                for key in more[rows] { mentions[position].append(key) }
            case (.category, .words(let codes, let more)):
                let known = more.map { words[position].code(of: $0) ?? words[position].append($0) }
                numbers[position] += codes[rows].map {
                    $0 < 0 ? NumberVector.missing : known[Int($0)]
                }
            case (let type, .numbers(let more))
            where type != .category && !type.holdsText && !type.isReference:
                precondition(
                    type != .boolean || more[rows].allSatisfy { type.holds($0) },
                    "a boolean is 0 or 1")
                numbers[position] += more[rows]
            case (let type, _): preconditionFailure("a \(type.stored) column takes no such batch")
            }
        }
    }

    // MARK: Resolving

    /// The rows with names, words and keys turned into the store's numbers.
    func resolved(_ layout: ModelLayout, session: WriteSession) throws -> SegmentRows {
        let companyIDs = companyNames.names.texts.map { session.company($0) }
        let originIDs = try originNames.names.texts.map { try session.origin($0) }
        let isOneOrigin = originIDs.count == 1
        // Rows are put in order first: then the keys of a company lie together, and what becomes of
        // them is written where it belongs.
        let sorted = SegmentOrder(
            CompanyOrder(companies.map { companyIDs[Int($0)] }), layout: layout,
            zones: session.state.zones
        ) { model.columns[$0].type.holdsText ? nil : numbers[$0] }
        func ordered(_ numbers: [Int64]) -> [Int64] {
            sorted.isIdentity ? numbers : numbers.ordered(by: sorted.order)
        }
        var rows = SegmentRows(columns: [])
        rows.sorted = sorted.inPlace
        rows.companies.reserveCapacity(count)
        for run in sorted.runs {
            rows.companies += repeatElement(run.company, count: run.rows.count)
        }
        rows.origins =
            isOneOrigin
            ? [Int64](repeating: Int64(originIDs[0]), count: count)
            : ordered(origins.map { Int64(originIDs[Int($0)]) })
        let loaded = LoadRows(
            runs: sorted.runs, count: count, origins: isOneOrigin ? [] : rows.origins,
            distinctOrigins: isOneOrigin ? originIDs : Set(originIDs).sorted())
        rows.keys = sorted.isIdentity ? keys : keys.ordered(by: sorted.order)
        if layout.isReferenced {
            rows.references = try session.arrivingReferences(
                model: model.name, loaded, keys: rows.keys)
        }
        for (position, column) in model.columns.enumerated() {
            switch column.type {
            case .text:
                rows.columns.append(
                    .texts(
                        sorted.isIdentity
                            ? texts[position] : sorted.order.map { texts[position][Int($0)] }))
            case .category:
                let id = layout.id(ofColumn: position)
                let known = try words[position].texts.map { try session.code(of: $0, column: id) }
                let given = ordered(numbers[position])
                let isSame = known.enumerated().allSatisfy { Int64($0) == $1 }
                rows.columns.append(
                    .numbers(
                        isSame
                            ? given
                            : given.map { $0 == NumberVector.missing ? $0 : known[Int($0)] }))
            case .reference(let target):
                rows.columns.append(
                    .numbers(
                        try session.mentionedReferences(
                            model: target, loaded,
                            mentions: sorted.isIdentity
                                ? mentions[position]
                                : mentions[position].ordered(by: sorted.order))))
            default:
                let isTime = position == sorted.timePosition
                rows.columns.append(.numbers(isTime ? sorted.times : ordered(numbers[position])))
            }
        }
        return rows
    }
}

/// Rows of a load in the order of their segment.
struct LoadRows {
    let runs: [CompanyRun]
    let count: Int
    /// The origin of each row; empty when all have the same one.
    let origins: [Int64]
    let distinctOrigins: [Int]
}

extension ColumnType {
    fileprivate var isReference: Bool {
        if case .reference = self { return true }
        return false
    }
}
