import Store
import Vocabulary

/// Turns rows of a binary copy into columns of a model, thousands at a time.
///
/// A column that takes over a field is filled in one loop over its values, and of a category each
/// word is looked at once; all other columns are filled by their rules. Whatever is unusual in a
/// row — a value that does not fit, a moment that is infinite, an amount that has to be rounded, a
/// tenant that nobody knows — makes it *odd*: such rows are left out, and the caller places them one
/// by one (`RowPlacement.place`), which decides and tells what becomes of them. So both ways give the
/// same rows.
///
/// Used by one thread.
final class CopiedColumns {
    /// Words are forgotten when there are more; then they are no categories.
    private static let mostWords = 4096

    /// How a column is filled.
    private enum Filling {
        case missing
        case companyCurrency
        /// Whole numbers as they are.
        case integers(Int)
        case instants(Int)
        case texts(Int)
        /// What the rule makes of each word.
        case words(Int)
        case integerKeys(Int)
        /// Minor units, given as such or as a decimal, of the currency in another column.
        case amounts(Int, currency: Int)
        case rule
    }

    /// The words of a category column.
    private struct Words {
        /// By the source's words: the code of ours, -1 for no value, -2 for one that does not fit.
        var codes = ByteCodes()
        /// Our words.
        private(set) var texts: [String] = []
        private var known: [ByteText: Int32] = [:]
        /// For each word, the decimals of the currency that it is in its usual spelling; else -1.
        private(set) var decimals: [Int] = []

        mutating func code(of text: String) -> Int32 {
            if let code = known[ByteText(text)] { return code }
            known[ByteText(text)] = Int32(texts.count)
            texts.append(text)
            decimals.append(
                Currency(text).flatMap { $0.code == text ? $0.decimals : nil } ?? -1)
            return Int32(texts.count - 1)
        }
    }

    private let mapping: TableMapping
    private let placement: RowPlacement
    private let types: [PostgresType]
    private let fillings: [Filling]
    private var words: [Words]
    private var tenants = ByteCodes()
    private var companies: [Company] = []
    /// Values of a row that a rule asks for.
    private var values: [SourceValue]
    private var odd: [Bool] = []

    /// Nil for a mapping that looks at values of a row to tell if it counts, or whose it is.
    init?(_ placement: RowPlacement, _ types: [PostgresType]) {
        mapping = placement.mapping
        guard !mapping.isConditional else { return nil }
        self.placement = placement
        self.types = types
        fillings = mapping.rules.map { Self.filling($0, placement.mapping, types) }
        words = fillings.map { _ in Words() }
        values = types.map { _ in .null }
        // An amount needs its currency as a word.
        for filling in fillings {
            guard case .amounts(_, let currency) = filling else { continue }
            switch fillings[currency] {
            case .words, .companyCurrency: break
            default: return nil
            }
        }
        for (rule, filling) in zip(mapping.rules, fillings) {
            if case .money = rule.column.type, case .rule = filling { return nil }
        }
    }

    private static func filling(
        _ rule: ColumnRule, _ mapping: TableMapping, _ types: [PostgresType]
    ) -> Filling {
        switch rule.input {
        case .nothing: return .missing
        case .companyCurrency: return .companyCurrency
        case .field(let field, let path):
            guard path.isEmpty, rule.conditions.isEmpty, rule.alternative == nil else { break }
            let isInteger = [.int2, .int4, .int8].contains(types[field])
            switch (rule.column.type, types[field]) {
            case (.category, .text): return .words(field)
            case _ where !rule.isPlain: break
            case (.integer, _) where isInteger: return .integers(field)
            case (.instant, .timestamptz): return .instants(field)
            case (.text, .text): return .texts(field)
            case (.reference, _) where isInteger: return .integerKeys(field)
            case (.money(let name), let type):
                guard let currency = mapping.model.index(of: name) else { break }
                let isMinor = rule.unit == .minor && isInteger
                if isMinor || rule.unit == nil && type == .numeric {
                    return .amounts(field, currency: currency)
                }
            default: break
            }
        default: break
        }
        return .rule
    }

    /// The rows as columns, and the numbers of the odd ones, which are not among them.
    ///
    /// - Throws: `PostgresType.Malformed`.
    func batch(of rows: RawRows) throws -> (batch: ColumnBatch, odd: [Int]) {
        odd = [Bool](repeating: false, count: rows.count)
        let companies = try companies(of: rows)
        let keys = try keys(of: rows)
        for column in words.indices where words[column].codes.count > Self.mostWords {
            words[column] = Words()
        }
        var columns: [ColumnBatch.Column?] = fillings.map { _ in nil }
        // Amounts come last, because they need their currencies.
        for isAmount in [false, true] {
            for (index, filling) in fillings.enumerated() {
                if case .amounts(let field, let currency) = filling {
                    if isAmount {
                        columns[index] = .numbers(amounts(field, columns[currency], rows, currency))
                    }
                } else if !isAmount {
                    columns[index] = try column(index, filling, rows, companies)
                }
            }
        }
        let kept = odd.contains(true) ? odd.indices.filter { !odd[$0] } : nil
        let batch = ColumnBatch(
            companies: self.companies.count == 1
                ? .one(self.companies[0].code)
                : .codes(Self.some(companies, kept), of: self.companies.map(\.code)),
            keys: Self.some(keys, kept),
            columns: columns.map { column in
                guard let column else { preconditionFailure("each column is filled") }
                return Self.some(column, kept)
            })
        return (batch, kept == nil ? [] : odd.indices.filter { odd[$0] })
    }

    // MARK: Whose, and which

    private func companies(of rows: RawRows) throws -> [Int32] {
        let field: Int
        switch mapping.owner {
        case .company(let company):
            companies = [company]
            return [Int32](repeating: 0, count: rows.count)
        case .tenant(let index): field = index
        case .parent: preconditionFailure("such rows are placed one by one")
        }
        if tenants.count > Self.mostWords { (tenants, companies) = (ByteCodes(), []) }
        let bytes = rows.bytes.span
        var codes: [Int32] = []
        codes.reserveCapacity(rows.count)
        for row in 0..<rows.count {
            let place = rows.place(row, field)
            if place.isNull {
                odd[row] = true
                codes.append(0)
            } else if let known = tenants.value(of: place.range, in: bytes) {
                if known < 0 { odd[row] = true }
                codes.append(max(known, 0))
            } else {
                values[field] = try types[field].value(binary: bytes, in: place.range)
                let company = try? placement.company(of: values)
                var code = Int32(-1)
                if let company {
                    code = Int32(
                        companies.firstIndex { $0.code == company.code } ?? companies.count)
                    if Int(code) == companies.count { companies.append(company) }
                }
                tenants.add(code, for: place.range, in: bytes)
                if code < 0 { odd[row] = true }
                codes.append(max(code, 0))
            }
        }
        return codes
    }

    private func keys(of rows: RawRows) throws -> ColumnBatch.Keys {
        let bytes = rows.bytes.span
        if mapping.key.count == 1 {
            let field = mapping.key[0]
            switch types[field] {
            case .int2, .int4, .int8:
                var keys = integers(field, rows)
                for row in keys.indices where keys[row] == ColumnBatch.missing {
                    odd[row] = true
                    keys[row] = 0
                }
                return .integers(keys)
            case .uuid:
                var keys: [UInt128] = []
                keys.reserveCapacity(rows.count)
                for row in 0..<rows.count {
                    let place = rows.place(row, field)
                    guard place.length == 16 else {
                        odd[row] = true
                        keys.append(0)
                        continue
                    }
                    let start = Int(place.start)
                    keys.append(
                        UInt128(bytes.bigEndian64(at: start)) << 64
                            | UInt128(bytes.bigEndian64(at: start + 8)))
                }
                return .uuids(keys)
            default: break
            }
        }
        var keys: [RowKey] = []
        keys.reserveCapacity(rows.count)
        for row in 0..<rows.count {
            try read(mapping.key, of: row, rows)
            if let key = try? placement.key(of: values) {
                keys.append(key)
            } else {
                odd[row] = true
                keys.append(.integer(0))
            }
        }
        return .other(keys)
    }

    // MARK: Columns

    private func column(
        _ index: Int, _ filling: Filling, _ rows: RawRows, _ companies: [Int32]
    ) throws -> ColumnBatch.Column {
        switch filling {
        case .missing:
            var column = Cells(mapping.model.columns[index].type)
            for _ in 0..<rows.count { column.append(.missing, &words[index]) }
            return column.made(words[index])
        case .companyCurrency:
            let codes = self.companies.map { words[index].code(of: $0.currency.code) }
            let rows = companies.map { codes.isEmpty ? -1 : codes[Int($0)] }
            return .words(rows, of: words[index].texts)
        case .integers(let field): return .numbers(integers(field, rows))
        case .integerKeys(let field): return .integerKeys(integers(field, rows))
        case .instants(let field): return .numbers(instants(field, rows))
        case .texts(let field):
            let bytes = rows.bytes.span
            var texts: [String?] = []
            texts.reserveCapacity(rows.count)
            for row in 0..<rows.count {
                let place = rows.place(row, field)
                texts.append(place.isNull ? nil : bytes.text(in: place.range))
            }
            return .texts(texts)
        case .words(let field): return try wordColumn(index, field, rows)
        case .rule: return try ruledColumn(index, rows)
        case .amounts: preconditionFailure("amounts are filled after their currencies")
        }
    }

    private func integers(_ field: Int, _ rows: RawRows) -> [Int64] {
        let type = types[field]
        let width: Int32 = type == .int2 ? 2 : type == .int4 ? 4 : 8
        let bytes = rows.bytes.span
        var numbers: [Int64] = []
        numbers.reserveCapacity(rows.count)
        for row in 0..<rows.count {
            let place = rows.place(row, field)
            let start = Int(place.start)
            guard place.length == width else {
                if !place.isNull { odd[row] = true }
                numbers.append(ColumnBatch.missing)
                continue
            }
            switch width {
            case 2: numbers.append(Int64(Int16(bitPattern: bytes.bigEndian16(at: start))))
            case 4: numbers.append(Int64(Int32(bitPattern: bytes.bigEndian32(at: start))))
            default:
                let number = Int64(bitPattern: bytes.bigEndian64(at: start))
                if number == ColumnBatch.missing { odd[row] = true }
                numbers.append(number)
            }
        }
        return numbers
    }

    private func instants(_ field: Int, _ rows: RawRows) -> [Int64] {
        let bytes = rows.bytes.span
        var numbers: [Int64] = []
        numbers.reserveCapacity(rows.count)
        for row in 0..<rows.count {
            let place = rows.place(row, field)
            if place.isNull {
                numbers.append(ColumnBatch.missing)
            } else if place.length == 8,
                let moment = PostgresType.moment(
                    Int64(bitPattern: bytes.bigEndian64(at: Int(place.start))))
            {
                numbers.append(moment)
            } else {
                odd[row] = true
                numbers.append(ColumnBatch.missing)
            }
        }
        return numbers
    }

    /// What the rule makes of each word is asked once.
    private func wordColumn(
        _ index: Int, _ field: Int, _ rows: RawRows
    ) throws -> ColumnBatch.Column {
        let rule = mapping.rules[index]
        let bytes = rows.bytes.span
        // A rule may have a word for a field without a value.
        var missing: Int32?
        var codes: [Int32] = []
        codes.reserveCapacity(rows.count)
        func code(of value: SourceValue) -> Int32 {
            values[field] = value
            guard let picked = try? rule.picked(from: values), let cell = try? rule.cell(picked)
            else { return -2 }
            if case .text(let text) = cell { return words[index].code(of: text) }
            return -1
        }
        for row in 0..<rows.count {
            let place = rows.place(row, field)
            let found: Int32
            if place.isNull {
                found = missing ?? code(of: .null)
                missing = found
            } else if let known = words[index].codes.value(of: place.range, in: bytes) {
                found = known
            } else {
                found = code(of: .text(bytes.text(in: place.range)))
                words[index].codes.add(found, for: place.range, in: bytes)
            }
            if found == -2 { odd[row] = true }
            codes.append(max(found, -1))
        }
        return .words(codes, of: words[index].texts)
    }

    /// A column of which the rule decides every value.
    private func ruledColumn(_ index: Int, _ rows: RawRows) throws -> ColumnBatch.Column {
        let rule = mapping.rules[index]
        let all = Array(types.indices)
        let fields = rule.conditions.isEmpty ? rule.fieldsRead ?? all : all
        var column = Cells(rule.column.type)
        for row in 0..<rows.count {
            try read(fields, of: row, rows)
            do {
                let cell = try rule.cell(try rule.picked(from: values))
                if cell == .number(ColumnBatch.missing) {
                    odd[row] = true
                    column.append(.missing, &words[index])
                } else {
                    column.append(cell, &words[index])
                }
            } catch {
                odd[row] = true
                column.append(.missing, &words[index])
            }
        }
        return column.made(words[index])
    }

    private func amounts(
        _ field: Int, _ currencies: ColumnBatch.Column?, _ rows: RawRows, _ currency: Int
    ) -> [Int64] {
        guard case .words(let codes, _)? = currencies else {
            preconditionFailure("a currency is a word")
        }
        let isNumeric = types[field] == .numeric
        var numbers =
            isNumeric
            ? [Int64](repeating: ColumnBatch.missing, count: rows.count) : integers(field, rows)
        let bytes = rows.bytes.span
        let decimals = words[currency].decimals
        for row in 0..<rows.count {
            let place = rows.place(row, field)
            if place.isNull { continue }
            // Only the usual spelling of a currency stays as it is.
            guard codes[row] >= 0, case let scale = decimals[Int(codes[row])], scale >= 0 else {
                odd[row] = true
                continue
            }
            guard isNumeric else { continue }
            var moved = false
            if case .decimal(let exact)? = try? types[field].value(
                binary: bytes, in: place.range),
                let units = ScaledNumber.scaled(exact, scale: scale, moved: &moved), !moved
            {
                numbers[row] = units
                if units == ColumnBatch.missing { odd[row] = true }
            } else {
                odd[row] = true
            }
        }
        return numbers
    }

    private func read(_ fields: [Int], of row: Int, _ rows: RawRows) throws {
        let bytes = rows.bytes.span
        for field in fields {
            let place = rows.place(row, field)
            values[field] =
                place.isNull ? .null : try types[field].value(binary: bytes, in: place.range)
        }
    }

    // MARK: Rules

    /// Cells one by one, on their way into a column.
    private struct Cells {
        private let type: ColumnType
        private var numbers: [Int64] = []
        private var codes: [Int32] = []
        private var texts: [String?] = []
        private var keys: [RowKey?] = []

        init(_ type: ColumnType) { self.type = type }

        mutating func append(_ cell: Cell, _ words: inout Words) {
            switch (type, cell) {
            case (.category, .text(let text)): codes.append(words.code(of: text))
            case (.category, _): codes.append(-1)
            case (.text, .text(let text)): texts.append(text)
            case (.text, _): texts.append(nil)
            case (.reference, .key(let key)): keys.append(key)
            case (.reference, _): keys.append(nil)
            case (_, .number(let number)): numbers.append(number)
            default: numbers.append(ColumnBatch.missing)
            }
        }

        func made(_ words: Words) -> ColumnBatch.Column {
            switch type {
            case .category: .words(codes, of: words.texts)
            case .text: .texts(texts)
            case .reference: .keys(keys)
            default: .numbers(numbers)
            }
        }
    }

    // MARK: Leaving out

    private static func some<Value>(_ values: [Value], _ kept: [Int]?) -> [Value] {
        kept.map { $0.map { values[$0] } } ?? values
    }

    private static func some(_ keys: ColumnBatch.Keys, _ kept: [Int]?) -> ColumnBatch.Keys {
        switch keys {
        case .integers(let numbers): .integers(some(numbers, kept))
        case .uuids(let values): .uuids(some(values, kept))
        case .other(let keys): .other(some(keys, kept))
        }
    }

    private static func some(
        _ column: ColumnBatch.Column, _ kept: [Int]?
    ) -> ColumnBatch.Column {
        switch column {
        case .numbers(let numbers): .numbers(some(numbers, kept))
        case .words(let codes, let words): .words(some(codes, kept), of: words)
        case .texts(let texts): .texts(some(texts, kept))
        case .integerKeys(let keys): .integerKeys(some(keys, kept))
        case .keys(let keys): .keys(some(keys, kept))
        }
    }
}

extension ColumnRule {
    /// The fields that the value is made of, apart from conditions; nil when only these tell.
    fileprivate var fieldsRead: [Int]? {
        switch input {
        case .nothing, .constant, .companyCurrency: []
        case .field(let field, _): [field] + (alternative.map { [$0] } ?? [])
        case .fields(let fields), .joined(let fields): fields
        case .product(let factors): factors.map(\.field).filter { $0 >= 0 }
        case .cases: nil
        }
    }
}
