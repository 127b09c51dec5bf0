import Vocabulary

/// Finds columns of a segment that follow from others, so that they need not be stored twice.
///
/// What business rows hold is not independent: a number that is the key as well, a tax that is a
/// quarter of its amount, a moment that comes some time after another one. Columns are given in the
/// order in which they are stored; a column may follow from those before it.
struct ColumnRelations {
    private struct Known {
        let column: ChunkColumn
        let type: ColumnType?
        let numbers: [Int64]
        /// The envelope of its chunk, without the payload.
        let header: Chunk
        /// How many columns it follows from, one from another.
        let depth: Int
    }

    /// Rows that are looked at before all of them are.
    private static let sampleRows = 1024
    /// Columns that are looked at as sources: what is found must not cost more than it saves.
    private static let mostSources = 12
    /// Share of the rows, in percent, that must follow from their source.
    private static let leastPercent = 80
    /// Bits of a number that a difference has to save.
    private static let leastBits = 2

    private var known: [Known] = []

    /// Begins with the keys of the rows and their chunk.
    init(keys: KeyColumn, _ chunk: Chunk) {
        guard keys.kind == .integers else { return }
        known.append(
            Known(
                column: .key, type: nil, numbers: keys.integers, header: Self.header(chunk),
                depth: 0))
    }

    private static func header(_ chunk: Chunk) -> Chunk {
        var header = chunk
        (header.payload, header.layer, header.entries) = ([], nil, 0)
        return header
    }

    /// Encodes a column of the model as what it is beside another one, or else on its own.
    mutating func encode(
        _ numbers: [Int64], _ column: ChunkColumn, _ type: ColumnType, isTime: Bool,
        in room: EncodingRoom
    ) -> Chunk {
        let found = isTime ? nil : related(numbers, type, in: room)
        let chunk = found?.chunk ?? NumberVector.encode(numbers, in: room)
        if chunk.codec != .constant, known.count < Self.mostSources, Self.canBeSource(type) {
            known.append(
                Known(
                    column: column, type: type, numbers: numbers, header: Self.header(chunk),
                    depth: found?.depth ?? 0))
        }
        return chunk
    }

    /// Encodes the local days of a column's instants.
    func encode(
        days: [Int64], of column: ChunkColumn, _ instants: [Int64], in room: EncodingRoom
    ) -> Chunk {
        let own = NumberAnalysis(days, mayHaveRuns: true)
        let depth = known.first { $0.column == column }?.depth ?? RelatedCodec.deepest
        guard own.kind == .codes, depth < RelatedCodec.deepest - 1,
            let offsets = Self.offsets(days, instants)
        else { return own.encode(days, in: room) }
        return RelatedCodec.encode(
            own.header(.related), RelatedCodec.Link(column: column, relation: .localDay),
            own: offsets, in: room)
    }

    private static func canBeSource(_ type: ColumnType) -> Bool {
        switch type {
        case .money, .decimal, .integer, .instant: true
        case .boolean, .day, .category, .text, .reference: false
        }
    }

    private func related(
        _ numbers: [Int64], _ type: ColumnType, in room: EncodingRoom
    ) -> (chunk: Chunk, depth: Int)? {
        guard numbers.count > 1, numbers.contains(where: { $0 != numbers[0] }) else { return nil }
        let stride = max(1, numbers.count / Self.sampleRows)
        let rows = Array(Swift.stride(from: 0, to: numbers.count, by: stride))
        switch type {
        case .integer: return equal(numbers, rows, in: room) ?? share(numbers, type, rows, in: room)
        case .money, .decimal: return share(numbers, type, rows, in: room)
        case .instant: return later(numbers, rows, in: room)
        case .boolean, .day, .category, .text, .reference: return nil
        }
    }

    // MARK: Equal

    private func equal(
        _ numbers: [Int64], _ rows: [Int], in room: EncodingRoom
    ) -> (chunk: Chunk, depth: Int)? {
        for source in known
        where source.type != .instant && source.depth < RelatedCodec.deepest - 1 {
            guard rows.allSatisfy({ numbers[$0] == source.numbers[$0] }), numbers == source.numbers
            else { continue }
            // Missing numbers would not come back from a difference of 0 in every row.
            if source.header.hasMissing { continue }
            let link = RelatedCodec.Link(column: source.column, relation: .difference)
            // Whoever reads it takes the source itself, whose form in memory may be runs.
            let chunk = RelatedCodec.encode(
                source.header.width > 0
                    ? source.header : NumberAnalysis(numbers, mayHaveRuns: false).header(.related),
                link, own: [Int64](repeating: 0, count: numbers.count), in: room)
            return (chunk, source.depth + 1)
        }
        return nil
    }

    // MARK: Shares

    private func share(
        _ numbers: [Int64], _ type: ColumnType, _ rows: [Int], in room: EncodingRoom
    ) -> (chunk: Chunk, depth: Int)? {
        for source in known
        where source.type == type && source.depth < RelatedCodec.deepest - 1 {
            guard let link = link(numbers, source, rows) else { continue }
            let bounds = (source.header.least, source.header.greatest)
            guard RelatedCodec.isExact(link, least: bounds.0, greatest: bounds.1),
                let own = RelatedCodec.exceptions(numbers, source.numbers, link)
            else { continue }
            let others = own.count { $0 != NumberVector.missing }
            guard others * 100 <= own.count * (100 - Self.leastPercent) else { continue }
            let analysis = NumberAnalysis(numbers, mayHaveRuns: false)
            guard analysis.kind == .codes else { return nil }
            return (
                RelatedCodec.encode(analysis.header(.related), link, own: own, in: room),
                source.depth + 1
            )
        }
        return nil
    }

    /// The simplest share that most rows of a sample have.
    private func link(_ numbers: [Int64], _ source: Known, _ rows: [Int]) -> RelatedCodec.Link? {
        let pairs = rows.map { (number: numbers[$0], source: source.numbers[$0]) }.filter {
            $0.number != NumberVector.missing && $0.source != NumberVector.missing
        }
        // The greatest numbers tell a share most exactly; the first of them may be exceptions.
        let telling = pairs.filter { $0.number > 0 && $0.source > 0 }
            .sorted { $0.source > $1.source }.prefix(3)
        for (number, given) in telling {
            guard number < Int64(1) << 50, given < Int64(1) << 50,
                let (multiplier, divisor) = Self.fraction(number, given)
            else { continue }
            // Cut off, or rounded half up.
            for addend in Set([0, divisor / 2]).sorted() {
                let link = RelatedCodec.Link(
                    column: source.column, relation: .share, multiplier: multiplier,
                    divisor: divisor, addend: addend)
                let bounds = (pairs.map(\.source).min() ?? 0, pairs.map(\.source).max() ?? 0)
                guard RelatedCodec.isExact(link, least: bounds.0, greatest: bounds.1) else {
                    continue
                }
                let fitting = pairs.count { pair in
                    let product = pair.source * multiplier + addend
                    let rest = product % divisor
                    return pair.number == product / divisor - (rest < 0 ? 1 : 0)
                }
                if fitting * 100 >= rows.count * Self.leastPercent { return link }
            }
        }
        return nil
    }

    /// The fraction with the smallest denominator that a number is of another one, but for the
    /// rounding of the number.
    private static func fraction(_ number: Int64, _ given: Int64) -> (Int64, Int64)? {
        for divisor in 1...Int64(1000) {
            let multiplier = (number * divisor + given / 2) / given
            guard multiplier >= 1 else { continue }
            let share = given * multiplier
            if number * divisor > share - divisor, number * divisor < share + divisor {
                return (multiplier, divisor)
            }
        }
        return nil
    }

    // MARK: Moments

    /// A moment as the time after another one.
    private func later(
        _ numbers: [Int64], _ rows: [Int], in room: EncodingRoom
    ) -> (chunk: Chunk, depth: Int)? {
        let present = rows.filter { numbers[$0] != NumberVector.missing }
        guard let ownBits = Self.bits(present.map { numbers[$0] }) else { return nil }
        var best: (source: Known, bits: Int)?
        for source in known
        where source.type == .instant && source.depth < RelatedCodec.deepest - 2 {
            guard present.allSatisfy({ source.numbers[$0] != NumberVector.missing }),
                let bits = Self.bits(present.map { numbers[$0] &- source.numbers[$0] })
            else { continue }
            if bits < best?.bits ?? (ownBits - Self.leastBits + 1) { best = (source, bits) }
        }
        guard let source = best?.source,
            let own = RelatedCodec.differences(numbers, source.numbers)
        else { return nil }
        let analysis = NumberAnalysis(numbers, mayHaveRuns: true)
        guard analysis.kind == .codes,
            let wholeBits = Self.bits(own.filter { $0 != NumberVector.missing }),
            wholeBits + Self.leastBits <= ownBits
        else { return nil }
        let link = RelatedCodec.Link(column: source.column, relation: .difference)
        let chunk = RelatedCodec.encode(analysis.header(.related), link, own: own, in: room)
        // Moments that ascend may take less room on their own.
        if analysis.mostlyAscends, case let alone = analysis.encode(numbers, in: room),
            alone.payload.count <= chunk.payload.count
        {
            return (alone, 0)
        }
        return (chunk, source.depth + 1)
    }

    /// Bits between the least and the greatest number.
    private static func bits(_ numbers: [Int64]) -> Int? {
        guard let least = numbers.min(), let greatest = numbers.max() else { return nil }
        return 64 - (UInt64(bitPattern: greatest) &- UInt64(bitPattern: least)).leadingZeroBitCount
    }

    // MARK: Local days

    private static let dayLength = Int64(86_400_000_000)
    private static let microsecondsPerSecond = Int64(1_000_000)
    /// Zones are ahead by multiples of so many seconds, nearly always.
    private static let quarterHour = Int64(900)

    /// By how many seconds the local clock of each row was ahead, as far as its day shows that; nil
    /// where no such number gives the day.
    ///
    /// A row's number is that of the row before it as long as that gives the day, so that they form
    /// long runs.
    private static func offsets(_ days: [Int64], _ instants: [Int64]) -> [Int64]? {
        var offsets = [Int64](repeating: 0, count: days.count)
        var offset = Int64(0)
        var changes = 0
        for row in days.indices {
            let (day, instant) = (days[row], instants[row])
            if instant == NumberVector.missing {
                guard day == NumberVector.missing else { return nil }
                offsets[row] = offset
                continue
            }
            let (start, isEarly) = day.multipliedReportingOverflow(by: dayLength)
            let (past, isFar) = instant.subtractingReportingOverflow(start)
            guard !isEarly, !isFar, past > -dayLength, past < 2 * dayLength else { return nil }
            let local = past + offset * microsecondsPerSecond
            if local < 0 {
                let seconds = (-past + microsecondsPerSecond - 1) / microsecondsPerSecond
                offset = multiple(seconds, up: true)
                changes += 1
            } else if local >= dayLength {
                let most = dayLength - 1 - past
                let seconds =
                    most >= 0
                    ? most / microsecondsPerSecond
                    : -((-most + microsecondsPerSecond - 1) / microsecondsPerSecond)
                offset = multiple(seconds, up: false)
                changes += 1
            }
            let made = past + offset * microsecondsPerSecond
            guard made >= 0, made < dayLength, changes <= days.count / RunCodec.rowsPerRun else {
                return nil
            }
            offsets[row] = offset
        }
        return offsets
    }

    /// The multiple of a quarter of an hour next to a number of seconds.
    private static func multiple(_ seconds: Int64, up: Bool) -> Int64 {
        let rest = seconds % quarterHour
        let below = rest < 0 ? seconds - rest - quarterHour : seconds - rest
        return up && rest != 0 ? below + quarterHour : below
    }
}
