import Store
import Vocabulary

extension MetricPlan {
    /// What people see for each combination of members; names of references are read all at once.
    func members(
        of keys: some Sequence<PlanResult.Key>, on snapshot: Snapshot
    ) throws -> [PlanResult.Key: [Member]] {
        let keys = Set(keys)
        var names: [[Reference: Cell]] = []
        for (index, dimension) in dimensions.enumerated() {
            names.append([:])
            guard case .reference(let model)? = dimension.type, let column = dimension.nameColumn
            else { continue }
            var references: Set<Reference> = []
            for key in keys {
                if case .reference(let reference) = key[index] { references.insert(reference) }
            }
            let ordered = references.sorted()
            let cells = try snapshot.cells(model: model, column: column, of: ordered)
            names[index] = Dictionary(uniqueKeysWithValues: zip(ordered, cells))
        }
        let companies = Dictionary(
            uniqueKeysWithValues: snapshot.companies.map { ($0.code, $0.name) })
        return Dictionary(
            uniqueKeysWithValues: keys.map { key in
                let members = dimensions.indices.map { index in
                    Self.member(key[index], dimensions[index], names[index], companies)
                }
                return (key, members)
            })
    }

    private static func member(
        _ cell: Cell, _ dimension: PlannedDimension, _ names: [Reference: Cell],
        _ companies: [String: String]
    ) -> Member {
        func value(_ value: Value, _ label: String) -> Member {
            Member(kind: .value, label: label, value: value, cell: cell)
        }
        switch cell {
        case .missing: return Member(kind: .none, label: "(none)", value: .missing, cell: cell)
        case .text(let text):
            if dimension.type == nil { return value(.text(text), companies[text] ?? text) }
            return value(.text(text), text.isEmpty ? "(empty)" : text)
        case .number(let number):
            if let labels = dimension.labels {
                return value(.text(labels[Int(number)]), labels[Int(number)])
            }
            switch dimension.type {
            case .boolean?: return value(.boolean(number != 0), number != 0 ? "yes" : "no")
            case .day?:
                let day = LocalDay(number: Int32(clamping: number))
                return value(.day(day), day.description)
            default: return value(.integer(number), String(number))
            }
        case .reference(let reference):
            if case .text(let name)? = names[reference], !name.isEmpty {
                return value(.text(name), name)
            }
            return Member(kind: .unknown, label: "(unknown)", value: .missing, cell: cell)
        case .key: preconditionFailure("the store answers references, never keys")
        }
    }
}
