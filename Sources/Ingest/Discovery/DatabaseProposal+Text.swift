import Vocabulary

extension DatabaseProposal {
    /// How many choices the files leave to their reader.
    var decisions: Int {
        [mapping, models, companiesFile].joined(separator: "\n").split(separator: "\n")
            .count { $0.contains("decide: ") }
    }

    // MARK: Mapping

    /// The file of `sources/`.
    var mapping: String {
        var lines = [
            "# What reportd proposes for the database ‘\(comment(survey.database))’: read it through.",
            "# Lines with ‘decide:’ are choices that only you can make. A column that is left out never",
            "# leaves the database; to read it, name it here and in the model. docs/MAPPINGS.md explains.",
            "source: \(source)",
            "kind: postgres",
            "zone: \(YAMLText.value(zone))"
                + "   # decide: the clock of times without zone; here that of the server",
        ]
        if let tenants {
            lines += tenantLines(tenants)
        } else {
            lines.append("company: \(company)   # all rows are this company's")
        }
        lines.append("tables:")
        for table in tables { lines += self.lines(of: table) }
        if !omitted.isEmpty {
            lines += ["", "# Left out:"]
            lines += omitted.map { "#   \(comment($0.name)): \(comment($0.reason))" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func tenantLines(_ tenants: ProposedTenants) -> [String] {
        var lines = [
            "# ‘\(comment(tenants.column))’ says whose a row is. Rows of tenants that are not listed are"
                + " put aside.",
            "tenants:",
        ]
        if let table = tenants.table {
            lines += [
                "  table: \(YAMLText.value(table))",
                "  key: \(YAMLText.value(tenants.key))",
                "  value: \(YAMLText.value(tenants.value))",
            ]
        }
        lines.append("  companies:")
        lines += tenants.companies.map { "    \(YAMLText.value($0.word)): \($0.code)" }
        lines += tenants.unknown.map {
            "    # decide: \(YAMLText.value($0)): which company?"
        }
        return lines
    }

    private func lines(of table: ProposedTable) -> [String] {
        var lines: [String] = []
        if let rows = table.relation.rows { lines.append("  # about \(rows) rows") }
        lines += table.notes.map { "  # \(comment($0))" }
        lines += [
            "  - table: \(YAMLText.value(table.relation.name))",
            "    model: \(table.model)",
            "    key: \(YAMLText.list(table.relation.key))",
        ]
        if let tenant = table.tenant {
            lines.append(noted("    tenant: \(YAMLText.value(tenant))", table.tenantComment))
        }
        if let company = table.company { lines.append("    company: \(company)") }
        if let deleted = table.deleted {
            lines.append("    deleted: \(deleted)   # such rows count as deleted")
        }
        lines.append("    columns:")
        for column in table.columns {
            lines.append(noted("      \(column.name): \(column.rule)", column.comment))
        }
        if !table.omitted.isEmpty {
            lines.append("      # left out:")
            lines += table.omitted.map {
                "      #   \(comment($0.name)) (\(comment($0.typeName))): \(comment($0.reason))"
            }
        }
        return lines
    }

    private func noted(_ line: String, _ note: String) -> String {
        note.isEmpty ? line : "\(line)   # \(comment(note))"
    }

    private func comment(_ text: String) -> String { YAMLText.inComment(text) }

    // MARK: Models, companies, metrics

    /// The file of `models/`.
    var models: String {
        var lines = [
            "# The models of source ‘\(source)’. A column may have ‘label: …’ for people, and ‘history:"
                + " true’",
            "# keeps each of its changes. docs/MAPPINGS.md lists the types.",
            "models:",
        ]
        for table in tables {
            lines += [
                "  \(table.model):",
                "    label: \(YAMLText.value(table.label.isEmpty ? table.model : table.label))",
            ]
            if let time = table.time {
                let others = table.otherTimes.prefix(6).joined(separator: ", ")
                lines.append(
                    noted(
                        "    time: \(time)",
                        others.isEmpty ? "" : "decide: when a row counts; or: \(others)"))
            }
            lines.append("    columns:")
            lines += table.columns.map { "      \($0.name): {\($0.type)}" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The file `companies.yaml`, for a folder that has none.
    var companiesFile: String {
        guard !companies.isEmpty else { return "" }
        var lines = [
            "# Every row belongs to one of these.",
            "companies:",
        ]
        let seen =
            currency.isSeen
            ? "the one seen most often" : "of amounts that name none; nothing in the database tells"
        for company in companies {
            if !company.comment.isEmpty { lines.append("  # \(comment(company.comment))") }
            lines += [
                "  - code: \(company.code)",
                "    name: \(YAMLText.value(company.name))",
                "    zone: \(YAMLText.value(zone))   # decide: where its days begin and end",
                "    currency: \(currency.code)   # decide: \(seen)",
                "    country: ZZ   # decide: two letters, as NL",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The file of `metrics/`: how many rows there are, and the sums of the amounts.
    var metrics: String {
        let prefix = source.replacing("-", with: "_")
        var lines = [
            "# First figures of source ‘\(source)’: rows and sums. docs/DEFINITIONS.md explains what else",
            "# a metric can be; give them conditions, such as ‘where: {status: paid}’.",
            "metrics:",
        ]
        var taken: Set<String> = []
        func add(_ name: String, _ label: String, _ description: String, _ rest: [String]) {
            let free = NameForm.free(String(name.prefix(100)), among: taken)
            taken.insert(free)
            lines += [
                "  \(free):", "    label: \(YAMLText.value(label))",
                "    description: \(YAMLText.value(description))",
            ]
            lines += rest.map { "    " + $0 }
        }
        for table in tables {
            let name = comment(table.relation.name)
            let common =
                ["model: \(table.model)"] + (table.time.map { ["date: \($0)"] } ?? [])
            add(
                "\(prefix)_\(table.model)_rows",
                NameForm.heading(NameForm.words(table.relation.table)),
                "Number of rows of \(name).", common + ["kind: count"])
            for column in table.columns
            where column.isMoney && !NameSense.isPerPiece(NameForm.words(column.name)) {
                add(
                    "\(prefix)_\(table.model)_\(column.name)",
                    "\(table.label): \(column.name.replacing("_", with: " "))",
                    "Sum of ‘\(column.name)’ of all rows of \(name).",
                    common + ["kind: sum", "column: \(column.name)"])
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
