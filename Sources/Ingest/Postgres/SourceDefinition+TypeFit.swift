import Store
import Vocabulary

extension SourceDefinition {
    /// The columns of a table whose type does not fit what they fill.
    func misfits(
        of mapping: TableMapping, in table: PostgresCatalog.Table, types: PostgresTypes
    ) -> [Finding] {
        let kinds = types.types(of: mapping)
        var wrong = mapping.unclearConditions(in: table, types: kinds)
        for rule in mapping.rules {
            if case .product(let factors) = rule.input {
                for factor in factors where factor.field >= 0 {
                    let field = mapping.fields[factor.field]
                    if kinds[factor.field].isNumber || kinds[factor.field] == .text { continue }
                    wrong.append(
                        Finding(
                            .problem,
                            "‘\(field)’ of ‘\(mapping.name)’ is of type "
                                + "\(table.column(field)?.typeName ?? "") and cannot be multiplied",
                            fix: "name a column of numbers", at: mapping.place))
                }
            }
            guard case .field(let index, let path) = rule.input else { continue }
            let field = mapping.fields[index]
            let name = table.column(field)?.typeName ?? ""
            if let fix = rule.objection(to: kinds[index], path: path) {
                wrong.append(
                    Finding(
                        .problem,
                        "‘\(field)’ of ‘\(mapping.name)’ is of type \(name), which does "
                            + "not fit ‘\(rule.column.name)’ of type \(rule.column.type.word)",
                        fix: fix, at: mapping.place))
            }
            guard case .reference(let target) = rule.column.type,
                let other = tables.first(where: {
                    $0.model.name == target && $0.origin == mapping.origin
                }),
                let keyType = types.types(of: other)[safely: other.key[0]],
                keyType.keyClass != kinds[index].keyClass, rule.cast == nil
            else { continue }
            wrong.append(
                Finding(
                    .problem,
                    "‘\(field)’ of ‘\(mapping.name)’ is of type \(name) and cannot be "
                        + "the key of ‘\(other.name)’",
                    fix: "name the column that holds ‘\(other.fields[other.key[0]])’ of "
                        + "‘\(other.name)’",
                    at: mapping.place))
        }
        return wrong
    }
}

extension ColumnRule {
    /// Why a column of a source type cannot fill this one, as what to do; nil when it can.
    func objection(to type: PostgresType, path: [String]) -> String? {
        if !path.isEmpty {
            return type == .json || type == .jsonb ? nil : "leave ‘path’ out: it is no document"
        }
        if words != nil { return nil }
        let isNumber = type.isNumber
        if let cast {
            return type == .text || isNumber || type == .foreign
                ? nil : "leave ‘cast: \(cast)’ out: it is for text"
        }
        switch column.type {
        case .text, .category: return nil
        case .boolean: return type == .boolean ? nil : "add ‘cast: boolean’, or a ‘map’"
        case .integer, .decimal, .money:
            return isNumber ? nil : "add ‘cast: number’ if it is text that holds a number"
        case .instant:
            switch type {
            case .timestamptz: return nil
            case .timestamp:
                return zone == nil ? "add ‘zone: UTC’, or the zone its clock shows" : nil
            default:
                if isNumber {
                    return unit == nil ? "add ‘unit: seconds’ or ‘unit: milliseconds’" : nil
                }
                return "name a column that holds a time"
            }
        case .day:
            switch type {
            case .date, .timestamp: return nil
            case .timestamptz: return zone == nil ? "add ‘zone:’, the zone of its days" : nil
            default: return "name a column that holds a date"
            }
        case .reference:
            return type.keyClass == nil ? "name a column that holds a key" : nil
        }
    }
}

extension PostgresType {
    /// What keys of this type compare as; nil when it is no key.
    fileprivate var keyClass: String? {
        switch self {
        case .int2, .int4, .int8, .numeric: "number"
        case .uuid: "uuid"
        case .text, .foreign: "text"
        default: nil
        }
    }
}

extension Array {
    fileprivate subscript(safely index: Int) -> Element? {
        indices.contains(index) ? self[index] : nil
    }
}

extension PostgresType {
    fileprivate var isNumber: Bool {
        [.int2, .int4, .int8, .numeric, .float4, .float8].contains(self)
    }
}
