public import Vocabulary

extension MetricAnswer {
    /// The rows as a table: members, step, then per metric its value, what it is compared with and
    /// the change.
    ///
    /// A row whose metrics have several currencies takes one line per currency; figures without a
    /// currency stand on the first of them.
    public func table(name: String, title: String) -> ResultTable {
        var columns: [ResultColumn] = []
        if let grain = query.grain {
            columns.append(
                ResultColumn(
                    name: "step",
                    label: grain.rawValue.prefix(1).uppercased()
                        + grain.rawValue.dropFirst(), kind: .text))
        }
        for dimension in dimensions {
            columns.append(
                ResultColumn(name: dimension.name, label: dimension.label, kind: .text))
        }
        // A total is offered where it means what the column means: never of averages or shares.
        let isSplit = !dimensions.isEmpty || query.grain != nil
        for metric in metrics {
            columns.append(
                ResultColumn(
                    name: metric.name, label: metric.label, kind: metric.kind,
                    isTotalled: isSplit && metric.isAdditive))
            if let comparison = query.comparison {
                columns.append(
                    ResultColumn(
                        name: metric.name + ".previous",
                        label: "\(metric.label), \(comparison.words)", kind: metric.kind,
                        isTotalled: isSplit && metric.isAdditive && query.grain == nil))
                columns.append(
                    ResultColumn(
                        name: metric.name + ".change", label: "\(metric.label), change",
                        kind: .ratio))
            }
            if let method = query.forecast {
                for column in ForecastColumn.allCases {
                    columns.append(
                        ResultColumn(
                            name: "\(metric.name).\(column.rawValue)",
                            label: "\(metric.label), \(column.label(method))",
                            kind: column.kind(metric)))
                }
            }
            guard query.hasTargets else { continue }
            for column in TargetColumn.allCases {
                columns.append(
                    ResultColumn(
                        name: "\(metric.name).\(column.rawValue)",
                        label: "\(metric.label), \(column.label)", kind: column.kind(metric)))
            }
        }
        var footing = ResultFooting(columns: columns)
        var lines: [[Value]] = []
        for row in rows {
            for line in self.lines(of: row) {
                footing.add(line)
                lines.append(line)
            }
        }
        return ResultTable(
            name: name, title: title, columns: columns, rows: lines, totals: footing.totals)
    }

    private func lines(of row: Row) -> [[Value]] {
        let codes = Set(row.cells.joined().compactMap(\.currency?.code)).sorted()
        let currencies: [String?] = codes.isEmpty ? [nil] : codes
        return currencies.enumerated().map { position, code in
            var line: [Value] = []
            if let step = row.step { line.append(.text(step.label)) }
            for member in row.members { line.append(.text(member.label)) }
            for cells in row.cells {
                let cell = cells.first { cell in
                    cell.currency == nil ? position == 0 : cell.currency?.code == code
                }
                line.append(cell?.value ?? .missing)
                if query.comparison != nil {
                    line.append(cell?.previous ?? .missing)
                    line.append(cell?.change ?? .missing)
                }
                if query.forecast != nil {
                    let forecast = cell?.forecast ?? .unknown
                    line += ForecastColumn.allCases.map { $0.value(forecast) }
                }
                if query.hasTargets {
                    let target = cell?.target ?? .unknown
                    line += TargetColumn.allCases.map { $0.value(target) }
                }
            }
            return line
        }
    }
}
