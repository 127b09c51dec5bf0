import Vocabulary

/// Answers a `ScanRequest`: one walk, a code per group, an accumulator per group and measure.
struct Scanner {
    fileprivate struct Dimension {
        let source: Int
        let meaning: BatchWalker.Meaning
        let grain: Grain?
        let isCompany: Bool
        var codes = CodeTable()
        /// For a dimension of time: the step of each day seen, by the day's code.
        var days = CodeTable()
        var steps: [Int64] = []
    }

    fileprivate struct Accumulator {
        enum Kind {
            case count
            case countPresent
            case sum
            case least
            case greatest
            case distinct
        }

        let kind: Kind
        let source: Int?
        var sums: [Int128] = []
        var present: [Int64] = []
        var seen = CodeTable()
        var pairs = CodeTable()

        mutating func grow(to groups: Int) {
            while present.count < groups {
                present.append(0)
                sums.append(0)
            }
        }
    }

    private let snapshot: Snapshot
    private let walker: BatchWalker
    private var dimensions: [Dimension] = []
    private var accumulators: [Accumulator] = []
    /// Codes of the groups when there is more than one dimension: each step combines the code so
    /// far with that of one dimension more.
    private var combinations: [CodeTable] = []

    init(_ snapshot: Snapshot, _ request: ScanRequest) throws {
        self.snapshot = snapshot
        walker = try BatchWalker(snapshot, model: request.model, filters: request.filters)
        guard request.groups.count <= StoreLimits.dimensions else {
            throw Advice(
                .request, "a question may have at most \(StoreLimits.dimensions) dimensions",
                remedy: "leave some out")
        }
        for group in request.groups { dimensions.append(try dimension(group)) }
        combinations = dimensions.dropFirst().map { _ in CodeTable() }
        for measure in request.measures { accumulators.append(try accumulator(measure)) }
    }

    private func dimension(_ group: Group) throws -> Dimension {
        switch group {
        case .company:
            return Dimension(
                source: walker.register(.company), meaning: .number(.integer), grain: nil,
                isCompany: true)
        case .value(let path):
            let (source, meaning) = try walker.source(path)
            return Dimension(source: source, meaning: meaning, grain: nil, isCompany: false)
        case .step(let path, let grain):
            let (source, meaning) = try walker.source(path, .days)
            guard case .number(let type) = meaning, type == .instant || type == .day else {
                throw Advice(
                    .request, "‘\(path)’ is not a time or a date",
                    remedy: "name an instant or day column for steps of time")
            }
            return Dimension(source: source, meaning: meaning, grain: grain, isCompany: false)
        case .band, .novelty: preconditionFailure("the new engine answers this")
        }
    }

    private func accumulator(_ measure: Measure) throws -> Accumulator {
        func numeric(_ path: ColumnPath, _ verb: String, adding: Bool) throws -> Int {
            let (source, meaning) = try walker.source(path)
            if case .number(let type) = meaning {
                if !adding || (type != .instant && type != .day) { return source }
            }
            throw Advice(
                .request, "‘\(path)’ cannot be \(verb)", remedy: "name a column of numbers")
        }
        switch measure {
        case .count: return Accumulator(kind: .count, source: nil)
        case .countPresent(let path):
            return Accumulator(kind: .countPresent, source: try walker.source(path).source)
        case .distinct(let path):
            return Accumulator(kind: .distinct, source: try walker.source(path).source)
        case .sum(.column(let path)):
            return Accumulator(
                kind: .sum, source: try numeric(path, "added up", adding: true))
        case .least(.column(let path)):
            return Accumulator(
                kind: .least, source: try numeric(path, "compared", adding: false))
        case .greatest(.column(let path)):
            return Accumulator(
                kind: .greatest, source: try numeric(path, "compared", adding: false))
        default: preconditionFailure("the new engine answers this")
        }
    }

    mutating func run() throws -> ScanResult {
        var (dimensions, accumulators, combinations) = (dimensions, accumulators, combinations)
        var groups: [Int32] = []
        groups.reserveCapacity(StoreLimits.batchRows)
        var groupCount = dimensions.isEmpty ? 1 : 0
        for index in accumulators.indices { accumulators[index].grow(to: groupCount) }
        let walker = walker
        try walker.walk { batch in
            let rows = walker.selection.rows
            groups.removeAll(keepingCapacity: true)
            for index in dimensions.indices {
                let buffer = try walker.numbers(dimensions[index].source, batch)
                if index == 0 {
                    for row in rows {
                        groups.append(Int32(dimensions[0].code(of: buffer[Int(row)])))
                    }
                } else {
                    for (position, row) in rows.enumerated() {
                        let code = dimensions[index].code(of: buffer[Int(row)])
                        let pair = Int64(groups[position]) << 32 | Int64(code)
                        groups[position] = Int32(combinations[index - 1].code(of: pair))
                    }
                }
            }
            if !dimensions.isEmpty {
                groupCount = combinations.last?.count ?? dimensions[0].codes.count
                guard groupCount <= StoreLimits.groups else {
                    throw Advice(
                        .request,
                        "the answer would have more than \(StoreLimits.groups) groups",
                        remedy: "use fewer dimensions or a shorter period")
                }
            }
            for index in accumulators.indices {
                accumulators[index].grow(to: groupCount)
                let buffer = try accumulators[index].source.map { try walker.numbers($0, batch) }
                accumulators[index].add(rows, groups, buffer)
            }
        }
        self.dimensions = dimensions
        self.combinations = combinations
        self.accumulators = accumulators
        return ScanResult(rows: (0..<groupCount).map(row).sorted { $0.key.precedes($1.key) }, others: nil)
    }

    private func row(_ group: Int) -> ScanResult.Row {
        var codes = [Int](repeating: 0, count: dimensions.count)
        var code = group
        for index in dimensions.indices.dropFirst().reversed() {
            let pair = combinations[index - 1].numbers[code]
            codes[index] = Int(pair & 0xFFFF_FFFF)
            code = Int(pair >> 32)
        }
        if !dimensions.isEmpty { codes[0] = code }
        let key = zip(dimensions, codes).map { dimension, code -> Cell in
            let number = dimension.codes.numbers[code]
            if dimension.isCompany {
                let name = snapshot.state.companies.first { $0.value == Int(number) }?.key
                return name.map(Cell.text) ?? .missing
            }
            return walker.cell(number, dimension.meaning)
        }
        return ScanResult.Row(key: key, values: accumulators.map { $0.value(group) })
    }
}

extension Scanner.Dimension {
    @inline(__always)
    fileprivate mutating func code(of number: Int64) -> Int {
        guard let grain, number != NumberVector.missing else { return codes.code(of: number) }
        let day = days.code(of: number)
        if day == steps.count {
            let start = grain.start(of: LocalDay(number: Int32(clamping: number)))
            steps.append(Int64(start.number))
        }
        return codes.code(of: steps[day])
    }
}

extension Scanner.Accumulator {
    fileprivate mutating func add(
        _ rows: [Int32], _ groups: [Int32], _ buffer: NumberBuffer?
    ) {
        guard let buffer else {
            if groups.isEmpty {
                present[0] += Int64(rows.count)
            } else {
                for group in groups { present[Int(group)] += 1 }
            }
            return
        }
        for (position, row) in rows.enumerated() {
            let number = buffer[Int(row)]
            if number == NumberVector.missing { continue }
            let group = groups.isEmpty ? 0 : Int(groups[position])
            switch kind {
            case .count, .countPresent: break
            case .sum: sums[group] &+= Int128(number)
            case .least:
                if present[group] == 0 || Int128(number) < sums[group] {
                    sums[group] = Int128(number)
                }
            case .greatest:
                if present[group] == 0 || Int128(number) > sums[group] {
                    sums[group] = Int128(number)
                }
            case .distinct:
                let pair = Int64(group) << 32 | Int64(seen.code(of: number))
                if !pairs.insert(pair) { continue }
            }
            present[group] += 1
        }
    }

    fileprivate func value(_ group: Int) -> Int128? {
        switch kind {
        case .count, .countPresent, .distinct: Int128(present[group])
        case .sum, .least, .greatest: present[group] == 0 ? nil : sums[group]
        }
    }
}

extension [Cell] {
    /// The order of a scan's groups: missing first, then numbers, references, text by its bytes.
    func precedes(_ other: [Cell]) -> Bool {
        for (left, right) in zip(self, other) where left != right {
            return left.precedes(right)
        }
        return false
    }
}

extension Cell {
    private var rank: Int {
        switch self {
        case .missing: 0
        case .number: 1
        case .reference: 2
        case .text: 3
        case .key: 4
        }
    }

    func precedes(_ other: Cell) -> Bool {
        switch (self, other) {
        case (.number(let left), .number(let right)): left < right
        case (.reference(let left), .reference(let right)): left < right
        case (.text(let left), .text(let right)):
            left.utf8.lexicographicallyPrecedes(right.utf8)
        default: rank < other.rank
        }
    }
}
