import Store

extension SourceDefinition {
    /// Some tables, and those whose rows belong to rows of them.
    func withChildren(_ names: Set<String>) -> Set<String> {
        var found = names
        for index in parentsFirst {
            if let parent = tables[index].parent, found.contains(tables[parent.table].name) {
                found.insert(tables[index].name)
            }
        }
        return found
    }

    /// All tables, those before others whose rows the others' belong to.
    var parentsFirst: [Int] { parentsFirst(of: Array(tables.indices)) }

    /// The same of some tables, which else stay in their order.
    private func parentsFirst(of indices: [Int]) -> [Int] {
        func depth(_ index: Int) -> Int {
            tables[index].parent.map { depth($0.table) + 1 } ?? 0
        }
        return indices.enumerated().map { (depth: depth($1), place: $0, index: $1) }
            .sorted { ($0.depth, $0.place) < ($1.depth, $1.place) }.map(\.index)
    }

    /// Tables in an order in which those come first that others refer to, as far as there is one,
    /// and those always that others belong to.
    func ordered(_ wanted: Set<String>) -> [Int] {
        var order: [Int] = []
        var seen: Set<Int> = []
        func visit(_ index: Int) {
            guard seen.insert(index).inserted else { return }
            for rule in tables[index].rules where rule.input != .nothing {
                guard case .reference(let target) = rule.column.type else { continue }
                for (other, table) in tables.enumerated() where table.model.name == target {
                    visit(other)
                }
            }
            order.append(index)
        }
        for index in tables.indices { visit(index) }
        return parentsFirst(of: order.filter { wanted.contains(tables[$0].name) })
    }
}
