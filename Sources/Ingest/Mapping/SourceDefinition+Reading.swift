public import Store
public import Vocabulary

extension SourceDefinition {
    /// Reads one mapping file.
    ///
    /// - Throws: `Advice` with file, line and the nearest legal name for the first mistake.
    public init(_ file: DefinitionNode, schema: Schema) throws {
        let root = try file.mapping(allowing: [
            "source", "kind", "zone", "company", "tenants", "skip", "tables",
        ])
        name = try root.required("source").identifier()
        kind = try root.required("kind").choice(Kind.self, naming: "kind of source")
        place = file.place
        var reader = MappingReader(
            source: name, kind: kind, schema: schema,
            zone: try root.optional("zone")?.reading { try Zone(named: $0) })
        if let company = root.optional("company") {
            reader.company = try company.reading { try schema.companies.company($0) }
        }
        if let node = root.optional("tenants") {
            reader.tenants = try reader.tenants(node)
        }
        tenants = reader.tenants
        skipped = try reader.skipped(root.optional("skip"))
        tables = try root.required("tables").sequence().map { try reader.table($0) }
        try reader.checkTogether(tables)
    }
}

/// Reads the parts of one mapping file.
private struct MappingReader {
    let source: String
    let kind: SourceDefinition.Kind
    let schema: Schema
    let zone: Zone?
    var company: Company?
    var tenants: TenantLookup?
    /// Where each reference column was written, by table and column, for `checkTogether`.
    private var nodes: [String: DefinitionNode] = [:]

    init(source: String, kind: SourceDefinition.Kind, schema: Schema, zone: Zone?) {
        self.source = source
        self.kind = kind
        self.schema = schema
        self.zone = zone
    }

    func tenants(_ node: DefinitionNode) throws -> TenantLookup {
        let fields = try node.mapping(allowing: ["table", "key", "value", "companies"])
        var table: TenantLookup.Table?
        if let name = fields.optional("table") {
            guard kind == .postgres else {
                throw name.advice(
                    "only a Postgres source can look tenants up in a table",
                    remedy: "list the tenants themselves under ‘companies’")
            }
            table = TenantLookup.Table(
                name: Self.qualified(try name.string()),
                key: try fields.required("key").string(),
                value: try fields.required("value").string(), place: name.place)
        }
        var companies: [String: String] = [:]
        for (word, code) in try fields.required("companies").entries() {
            companies[try word.string()] = try code.reading {
                try schema.companies.company($0).code
            }
        }
        return TenantLookup(table: table, companies: companies)
    }

    func skipped(_ node: DefinitionNode?) throws -> [(field: String, value: String)] {
        guard let node else { return [] }
        guard kind.holdsDocuments else {
            throw node.advice(
                "‘skip’ is for documents", remedy: "leave it out of a Postgres source")
        }
        return try node.entries().map { (try $0.key.string(), try $0.value.string()) }
    }

    mutating func table(_ node: DefinitionNode) throws -> TableMapping {
        let documents = ["ids", "complete"]
        let entry = try node.mapping(
            allowing: ["table", "model", "key", "tenant", "company", "origin", "columns"]
                + (kind.holdsDocuments ? documents : []))
        let nameNode = try entry.required("table")
        let name =
            kind == .postgres ? Self.qualified(try nameNode.string()) : try nameNode.string()
        let model = try entry.required("model").reading { try schema.model($0) }
        var fields = FieldList()
        let keyNode = try entry.required("key")
        let key = try Self.list(keyNode).map { fields.index(of: $0) }
        guard !key.isEmpty else {
            throw keyNode.advice("the key has no column", remedy: "name the table's primary key")
        }
        let owner = try owner(entry, fields: &fields)
        var rules: [String: ColumnRule] = [:]
        for (columnNode, value) in try entry.required("columns").entries() {
            let columnName = try columnNode.string()
            guard let column = model.column(columnName) else {
                throw columnNode.advice(
                    "model ‘\(model.name)’ has no column ‘\(columnName)’",
                    remedy: Spelling.remedy(for: columnName, legal: model.columns.map(\.name)))
            }
            rules[columnName] = try rule(column, value, fields: &fields)
            nodes["\(name) \(columnName)"] = value
        }
        try checkCurrencies(of: model, rules: rules, node: node)
        return TableMapping(
            name: name, place: nameNode.place, model: model,
            origin: try entry.optional("origin")?.identifier() ?? source, fields: fields.names,
            key: key, owner: owner,
            rules: model.columns.map { rules[$0.name] ?? ColumnRule(column: $0) },
            idPrefix: try entry.optional("ids")?.string() ?? "",
            isComplete: try entry.optional("complete")?.boolean() ?? false)
    }

    private func owner(
        _ entry: DefinitionMapping, fields: inout FieldList
    ) throws -> TableMapping.Owner {
        if let tenant = entry.optional("tenant") {
            guard tenants != nil else {
                throw tenant.advice(
                    "the source does not say which company a tenant is",
                    remedy: "add ‘tenants:’ with ‘companies:’ to the file")
            }
            return .tenant(fields.index(of: try tenant.string()))
        }
        if let own = entry.optional("company") {
            return .company(try own.reading { try schema.companies.company($0) })
        }
        if let company { return .company(company) }
        throw entry.node.advice(
            "nothing says which company these rows belong to",
            remedy: "add ‘tenant: column’ here, or ‘company: code’ here or at the top")
    }

    private func rule(
        _ column: Column, _ node: DefinitionNode, fields: inout FieldList
    ) throws -> ColumnRule {
        var rule = ColumnRule(column: column)
        if column.type == .instant || column.type == .day { rule.zone = zone }
        guard node.isMapping else {
            rule.input = try input(Self.list(node), of: column, node: node, fields: &fields)
            return rule
        }
        let entry = try node.mapping(allowing: [
            "from", "path", "or", "constant", "company", "map", "else", "default", "cast", "unit",
            "zone",
        ])
        let inputs = ["from", "constant", "company"].filter { entry.optional($0) != nil }
        guard inputs.count == 1 else {
            throw node.advice(
                inputs.isEmpty
                    ? "nothing says where this column comes from"
                    : "‘\(inputs.joined(separator: "’ and ‘"))’ exclude each other",
                remedy: "write one of from, constant, company")
        }
        if let from = entry.optional("from") {
            rule.input = try input(Self.list(from), of: column, node: from, fields: &fields)
            if let path = entry.optional("path"), case .field(let index, _) = rule.input {
                let steps = try path.string().split(separator: ".").map(String.init)
                rule.input = .field(index, path: steps)
            }
        } else if let constant = entry.optional("constant") {
            rule.input = .constant(try constant.string())
        } else if let company = entry.optional("company") {
            guard try company.string() == "currency" else {
                throw company.advice(
                    "‘\(try company.string())’ of the company cannot be a column",
                    remedy: "write ‘company: currency’")
            }
            rule.input = .companyCurrency
        }
        rule.alternative = try entry.optional("or").map { fields.index(of: try $0.string()) }
        if let map = entry.optional("map") {
            var words: [String: String] = [:]
            for (key, value) in try map.entries() {
                words[try key.string()] = try value.string()
            }
            rule.words = words
        }
        rule.otherwise = try entry.optional("else")?.string()
        rule.fallback = try entry.optional("default")?.string()
        rule.cast = try entry.optional("cast")?.choice(ColumnRule.Cast.self, naming: "cast")
        if let own = entry.optional("zone") { rule.zone = try own.reading { try Zone(named: $0) } }
        try readUnit(entry.optional("unit"), into: &rule)
        return rule
    }

    private func readUnit(_ node: DefinitionNode?, into rule: inout ColumnRule) throws {
        guard let node else { return }
        let unit = try node.choice(ColumnRule.Unit.self, naming: "unit")
        let legal: [ColumnRule.Unit]
        switch rule.column.type {
        case .money: legal = [.major, .minor]
        case .instant: legal = [.seconds, .milliseconds, .microseconds]
        default: legal = []
        }
        guard legal.contains(unit) else {
            throw node.advice(
                "a column of type \(rule.column.type.word) is not counted in ‘\(unit)’",
                remedy: legal.isEmpty
                    ? "leave ‘unit’ out"
                    : "use one of: " + legal.map(\.rawValue).joined(separator: ", "))
        }
        rule.unit = unit
    }

    private func input(
        _ names: [String], of column: Column, node: DefinitionNode, fields: inout FieldList
    ) throws -> ColumnRule.Input {
        if names.count == 1 { return .field(fields.index(of: names[0]), path: []) }
        guard case .reference = column.type, !names.isEmpty else {
            throw node.advice(
                "only a reference is made of several columns", remedy: "name one column")
        }
        return .fields(names.map { fields.index(of: $0) })
    }

    private func checkCurrencies(
        of model: Model, rules: [String: ColumnRule], node: DefinitionNode
    ) throws {
        for column in model.columns {
            guard case .money(let currency) = column.type, rules[column.name] != nil,
                rules[currency] == nil
            else { continue }
            throw node.advice(
                "‘\(column.name)’ is an amount and nothing says its currency",
                remedy: "add ‘\(currency): column’ or ‘\(currency): {company: currency}’")
        }
    }

    /// Checks what no table can tell alone.
    func checkTogether(_ tables: [TableMapping]) throws {
        guard !tables.isEmpty else {
            throw Advice(
                .definition, "source ‘\(source)’ has no tables", remedy: "map at least one")
        }
        for (index, table) in tables.enumerated() {
            for other in tables[..<index] {
                if other.model.name == table.model.name, other.origin == table.origin {
                    throw Advice(
                        .definition,
                        "tables ‘\(other.name)’ and ‘\(table.name)’ fill model "
                            + "‘\(table.model.name)’ under the same origin",
                        remedy: "give one of them an ‘origin:’ of its own, or their keys may clash",
                        at: table.place)
                }
                if kind == .postgres, other.name == table.name {
                    throw Advice(
                        .definition, "table ‘\(table.name)’ is mapped twice",
                        remedy: "map it to one model", at: table.place)
                }
            }
            for rule in table.rules where rule.input != .nothing {
                guard case .reference(let target) = rule.column.type else { continue }
                let targets = tables.filter {
                    $0.model.name == target && $0.origin == table.origin
                }
                guard let found = targets.first else {
                    throw Advice(
                        .definition,
                        "‘\(rule.column.name)’ refers to model ‘\(target)’, which no table of this "
                            + "source fills",
                        remedy: "map a table to ‘\(target)’, or leave this column out",
                        at: nodes["\(table.name) \(rule.column.name)"]?.place ?? table.place)
                }
                var parts = 1
                if case .fields(let indices) = rule.input { parts = indices.count }
                guard found.key.count == parts else {
                    throw Advice(
                        .definition,
                        "‘\(rule.column.name)’ names \(parts) column(s) and the key of "
                            + "‘\(found.name)’ has \(found.key.count)",
                        remedy:
                            "write ‘from: [\(found.key.map { found.fields[$0] }.joined(separator: ", "))]’ "
                            + "with the columns that hold this key",
                        at: nodes["\(table.name) \(rule.column.name)"]?.place ?? table.place)
                }
            }
        }
    }

    private static func list(_ node: DefinitionNode) throws -> [String] {
        try node.isSequence ? node.sequence().map { try $0.string() } : [node.string()]
    }

    /// A table's name with its schema, `public` if none is written.
    private static func qualified(_ name: String) -> String {
        name.contains(".") ? name : "public." + name
    }
}

/// Field names, each once.
private struct FieldList {
    private(set) var names: [String] = []

    mutating func index(of name: String) -> Int {
        if let index = names.firstIndex(of: name) { return index }
        names.append(name)
        return names.count - 1
    }
}
