import Store
import Vocabulary

extension Reconciliation {
    /// Reads a reconciliation file.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    init(_ file: DefinitionNode, schema: Schema) throws {
        let fields = try file.mapping(allowing: [
            "reconciliation", "title", "description", "basis", "expected", "found", "tolerance",
            "duplicate-within-hours", "late-after-hours",
        ])
        name = try fields.required("reconciliation").identifier()
        title = try fields.required("title").string()
        description = try fields.optional("description")?.string() ?? ""
        place = file.place
        let expectedNode = try fields.required("expected")
        let expectedFields = try expectedNode.mapping(
            allowing: Self.sideFields + ["marked-paid", "in-full"])
        let expected = try Self.side(expectedFields, schema, document: nil)
        let foundNode = try fields.required("found")
        let foundFields = try foundNode.mapping(allowing: Self.sideFields + ["payer", "made"])
        let found = try Self.side(foundFields, schema, document: expected)
        try Self.checkKeys(foundFields, expected, found, schema)
        let model = try schema.model(expected.model)
        markedPaid = try Self.conditions(expectedFields.optional("marked-paid"), model, schema)
        inFull = try Self.conditions(expectedFields.optional("in-full"), model, schema)
        tolerance = try Self.tolerance(fields.optional("tolerance"))
        duplicateWithin = try Self.hours(fields.optional("duplicate-within-hours"))
        lateAfter = try Self.hours(fields.optional("late-after-hours"))
        self.expected = expected
        self.found = found
        basis =
            try fields.optional("basis")?.string()
            ?? (try Self.basis(expected, found, schema))
        var touched: Set<String> = []
        var details = [try file.canonicalText()]
        for side in [expected, found] {
            let model = try schema.model(side.model)
            for path in side.columns.compactMap({ $0 }) {
                touched.formUnion(schema.models(read: path, from: model))
                let type = try schema.resolve(path.description, in: model).column.type
                details.append("\(model.name).\(path):\(type.word)")
            }
            for condition in side.conditions + (side == expected ? markedPaid + inFull : []) {
                let path = try schema.resolve(condition.path, in: model).path
                touched.formUnion(schema.models(read: path, from: model))
            }
        }
        modelsTouched = touched
        hash = DefinitionHash.of(details)
    }

    private static let sideFields = ["model", "key", "reference", "amount", "date", "where"]

    private static func basis(_ expected: Side, _ found: Side, _ schema: Schema) throws -> String {
        func words(_ side: Side) throws -> String {
            let model = try schema.model(side.model)
            let date = try model.dateColumn(side.date.column)
            return "\(model.label.lowercased()) by \(date.label.lowercased())"
        }
        return "\(try words(expected)) against \(try words(found)), up to the end of the period"
    }

    private static func side(
        _ fields: DefinitionMapping, _ schema: Schema, document: Side?
    ) throws -> Side {
        let model = try fields.required("model").reading { try schema.model($0) }
        func path(_ node: DefinitionNode, _ types: (ColumnType) -> Bool, _ wanted: String) throws
            -> ColumnPath
        {
            let resolved = try node.reading { try schema.resolve($0, in: model) }
            guard types(resolved.column.type) else {
                throw node.advice(
                    "‘\(try node.string())’ holds \(resolved.column.type.word)",
                    remedy: "name a column that holds \(wanted)")
            }
            return resolved.path
        }
        let key = try path(
            fields.required("key"), { $0.isKey || $0.holdsWords }, "words, numbers or references")
        let referenceNode = try fields.optional("reference") ?? fields.required("key")
        let reference = try path(referenceNode, \.holdsWords, "words or whole numbers")
        let amountNode = try fields.required("amount")
        let amount = try amountNode.reading { try schema.resolve($0, in: model) }
        guard case .money(let currency) = amount.column.type, amount.path.attribute == nil else {
            throw amountNode.advice(
                "‘\(try amountNode.string())’ is no amount of model ‘\(model.name)’",
                remedy: "name one of its columns of type money")
        }
        let date = try fields.required("date").reading { try model.dateColumn($0) }
        var leads = false
        if let document, key.attribute != nil, let column = model.column(key.column) {
            leads = column.type == .reference(model: document.model)
        }
        return Side(
            model: model.name, key: key, reference: reference, amount: amount.path,
            currency: ColumnPath(currency), date: ColumnPath(date.name),
            isInstant: date.type == .instant,
            conditions: try conditions(fields.optional("where"), model, schema),
            payer: try fields.optional("payer").map {
                try path($0, { $0.isKey || $0.holdsWords }, "words, numbers or references")
            },
            made: try fields.optional("made").map {
                try path($0, { $0 == .instant && date.type == .instant }, "moments, as ‘date’ does")
            }, document: leads ? ColumnPath(key.column) : nil,
            proof: leads ? document.map { ColumnPath(key.column, $0.date.column) } : nil)
    }

    /// Both keys must hold the same kind of value, or nothing would ever match.
    private static func checkKeys(
        _ fields: DefinitionMapping, _ expected: Side, _ found: Side, _ schema: Schema
    ) throws {
        func type(_ side: Side) throws -> ColumnType {
            let model = try schema.model(side.model)
            return try schema.resolve(side.key.description, in: model).column.type
        }
        let (left, right) = (try type(expected), try type(found))
        let areWords = [left, right].allSatisfy { $0 == .text || $0 == .category }
        guard areWords || left == right else {
            throw try fields.required("key").advice(
                "the keys hold \(left.word) and \(right.word), which are never the same",
                remedy: "name columns of one type")
        }
    }

    private static func conditions(
        _ node: DefinitionNode?, _ model: Model, _ schema: Schema
    ) throws -> [Condition] {
        try node.map(Condition.conditions)?.map { condition, key in
            _ = try key.located { try condition.filter(for: model, in: schema) }
            return condition
        } ?? []
    }

    private static func tolerance(_ node: DefinitionNode?) throws -> Tolerance {
        let fields = try node?.mapping(allowing: ["amount", "percent"])
        func number(_ name: String) throws -> ExactDecimal {
            guard let node = fields?.optional(name) else { return .zero }
            let number = try node.decimal()
            guard !(number < .zero) else {
                throw node.advice("a tolerance is not negative", remedy: "write 0 or more")
            }
            return number
        }
        return Tolerance(amount: try number("amount"), percent: try number("percent"))
    }

    private static func hours(_ node: DefinitionNode?) throws -> Int64 {
        Int64(try node?.integer(in: 0...10_000) ?? 24) * 3_600_000_000
    }
}

extension ColumnType {
    /// Whether values are words or whole numbers, which people can read.
    fileprivate var holdsWords: Bool { self == .text || self == .category || self == .integer }

    fileprivate var isKey: Bool {
        if case .reference = self { return true }
        return false
    }
}
