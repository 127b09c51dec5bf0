import Store
import Vocabulary

extension MappingReader {
    func rule(
        _ column: Column, _ node: DefinitionNode, fields: inout FieldList
    ) throws -> ColumnRule {
        var rule = ColumnRule(column: column)
        if column.type == .instant || column.type == .day { rule.zone = zone }
        guard node.isMapping else {
            rule.input = try input(Self.list(node), of: column, node: node, fields: &fields)
            rule.settleAbsence()
            return rule
        }
        let entry = try node.mapping(allowing: [
            "from", "path", "if", "or", "product", "constant", "company", "when", "form", "like",
            "map", "else", "default", "cast", "unit", "zone",
        ])
        let inputs = ["from", "product", "constant", "company", "when"].filter {
            entry.optional($0) != nil
        }
        guard inputs.count == 1 else {
            throw node.advice(
                inputs.isEmpty
                    ? "nothing says where this column comes from"
                    : "‘\(inputs.joined(separator: "’ and ‘"))’ exclude each other",
                remedy: "write one of from, product, constant, company, when")
        }
        if let from = entry.optional("from") {
            rule.input = try input(Self.list(from), of: column, node: from, fields: &fields)
            if let path = entry.optional("path"), case .field(let index, _) = rule.input {
                let paths = try Self.list(path).map { text in
                    text.split(separator: ".").map(String.init)
                }
                rule.input = .field(index, path: paths.first ?? [])
                rule.otherPaths = Array(paths.dropFirst())
            }
        } else if let product = entry.optional("product") {
            rule.input = .product(try factors(product, of: column, fields: &fields))
        } else if let constant = entry.optional("constant") {
            rule.input = .constant(try constant.string())
        } else if let company = entry.optional("company") {
            guard try company.string() == "currency" else {
                throw company.advice(
                    "‘\(try company.string())’ of the company cannot be a column",
                    remedy: "write ‘company: currency’")
            }
            rule.input = .companyCurrency
        } else if let when = entry.optional("when") {
            rule.input = .cases(try cases(when, of: column, fields: &fields))
        }
        try refuseMisplaced(entry, input: inputs[0])
        try readPicking(entry, into: &rule, fields: &fields)
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
        rule.settleAbsence()
        return rule
    }

    /// Refuses words that would have no effect beside what a column comes from.
    private func refuseMisplaced(_ entry: DefinitionMapping, input: String) throws {
        let picking = ["path", "if", "or", "form", "like", "map", "default", "cast", "unit"]
        let meaningless: [String]
        switch input {
        case "from": meaningless = entry.optional("map") == nil ? ["else"] : []
        case "when": meaningless = picking + ["zone"]
        case "product": meaningless = picking.filter { $0 != "unit" } + ["else", "zone"]
        default: meaningless = picking + ["else", "zone"]
        }
        for word in meaningless {
            guard let node = entry.optional(word) else { continue }
            throw node.advice(
                input == "from"
                    ? "‘else’ without ‘map’ says nothing"
                    : "‘\(word)’ says nothing beside ‘\(input)’",
                remedy: input == "from" ? "add ‘map:’, or write ‘default:’" : "leave it out")
        }
    }

    /// Reads how the part of a text or document that counts is found.
    private func readPicking(
        _ entry: DefinitionMapping, into rule: inout ColumnRule, fields: inout FieldList
    ) throws {
        if let node = entry.optional("if") {
            rule.conditions = try conditions(node, fields: &fields)
        }
        if let node = entry.optional("form") {
            rule.forms = try (node.isSequence ? node.sequence() : [node]).map {
                try $0.choice(ColumnRule.Form.self, naming: "form")
            }
        }
        if let node = entry.optional("like") {
            rule.patterns = try patterns(node)
            guard rule.patterns.allSatisfy(\.takes) else {
                throw node.advice(
                    "the pattern does not say which part is taken",
                    remedy: "write {} where it stands, as in ‘Purchased * tokens ({} tier)*’")
            }
        }
    }

    private func patterns(_ node: DefinitionNode) throws -> [TextPattern] {
        try (node.isSequence ? node.sequence() : [node]).map { node in
            let text = try node.string()
            do throws(TextPattern.Mistake) {
                return try TextPattern(text)
            } catch {
                throw node.advice(
                    "‘\(text)’ is no pattern: \(error.problem)",
                    remedy: "use * for any characters and {} once for those that are taken")
            }
        }
    }

    private func cases(
        _ node: DefinitionNode, of column: Column, fields: inout FieldList
    ) throws -> [ColumnRule.Case] {
        try node.sequence().map { node in
            let entry = try node.mapping(allowing: ["if", "then"])
            return ColumnRule.Case(
                conditions: try conditions(entry.required("if"), fields: &fields),
                word: try entry.required("then").string())
        }
    }

    /// Reads conditions, one per field: `status: paid`, a list of words, or `{is: present}`,
    /// `{not: […]}`, `{like: …}`.
    func conditions(
        _ node: DefinitionNode, fields: inout FieldList
    ) throws -> [FieldCondition] {
        let entries = try node.entries()
        guard !entries.isEmpty else {
            throw node.advice("no condition stands here", remedy: "write ‘column: word’")
        }
        return try entries.map { key, value in
            FieldCondition(
                field: fields.index(of: try key.string()), test: try test(value))
        }
    }

    private func test(_ node: DefinitionNode) throws -> FieldCondition.Test {
        guard node.isMapping else { return .words(Set(try Self.list(node))) }
        let entry = try node.mapping(allowing: ["is", "in", "not", "like"])
        let given = ["is", "in", "not", "like"].filter { entry.optional($0) != nil }
        guard given.count == 1 else {
            throw node.advice(
                "a condition says one thing", remedy: "write one of is, in, not, like")
        }
        if let words = entry.optional("in") { return .words(Set(try Self.list(words))) }
        if let words = entry.optional("not") { return .noneOf(Set(try Self.list(words))) }
        if let like = entry.optional("like") { return .like(try patterns(like)) }
        switch try entry.required("is").string() {
        case "present": return .present
        case "missing": return .missing
        case let word:
            throw node.advice(
                "‘is: \(word)’ is not known here",
                remedy: Spelling.remedy(for: word, legal: ["present", "missing"]))
        }
    }

    private func readUnit(_ node: DefinitionNode?, into rule: inout ColumnRule) throws {
        guard let node else { return }
        let unit = try node.choice(ColumnRule.Unit.self, naming: "unit")
        let legal: [ColumnRule.Unit]
        switch rule.column.type {
        case .money: legal = [.major, .minor, .stripe]
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
        let indices = names.map { fields.index(of: $0) }
        switch column.type {
        case .reference where !names.isEmpty: return .fields(indices)
        case .text where !names.isEmpty, .category where !names.isEmpty: return .joined(indices)
        default:
            throw node.advice(
                "only references and text are made of several columns", remedy: "name one column")
        }
    }

    static func list(_ node: DefinitionNode) throws -> [String] {
        try node.isSequence ? node.sequence().map { try $0.string() } : [node.string()]
    }
}

/// Field names, each once.
struct FieldList {
    private(set) var names: [String] = []
    /// The names asked for, absent ones included.
    private(set) var mentioned: [String] = []
    private let absent: Set<String>

    init(absent: Set<String>) { self.absent = absent }

    /// The index of a field; negative when the source lacks it.
    mutating func index(of name: String) -> Int {
        if !mentioned.contains(name) { mentioned.append(name) }
        if absent.contains(name) { return -1 }
        if let index = names.firstIndex(of: name) { return index }
        names.append(name)
        return names.count - 1
    }
}

extension ColumnRule {
    /// Makes a rule whose field the source lacks read what remains: the other field, the
    /// replacement, or nothing.
    fileprivate mutating func settleAbsence() {
        if let other = alternative, other < 0 { alternative = nil }
        switch input {
        case .field(let index, _) where index < 0:
            if let other = alternative {
                input = .field(other, path: [])
                (otherPaths, conditions, alternative) = ([], [], nil)
            } else if let fallback {
                input = .constant(fallback)
            } else {
                input = .nothing
            }
        case .joined(let indices): input = .joined(indices.filter { $0 >= 0 })
        case .fields(let indices) where indices.contains { $0 < 0 }: input = .nothing
        case .product(let factors) where factors.contains { $0.field < 0 && $0.fallback == nil }:
            input = .nothing
        default: break
        }
    }
}
