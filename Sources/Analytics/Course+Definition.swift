import Store
import Vocabulary

extension MetricReader {
    /// Takes up the funnels and movements of a file: each makes several metrics.
    mutating func addCourses(_ root: DefinitionMapping) throws {
        for (key, value) in try root.optional("funnels")?.entries() ?? [] {
            let name = try metricName(key)
            for metric in try funnel(name, key, value) { try add(metric, key) }
        }
        for (key, value) in try root.optional("movements")?.entries() ?? [] {
            let name = try metricName(key)
            for metric in try movement(name, key, value) { try add(metric, key) }
        }
    }

    func metricName(_ key: DefinitionNode) throws -> String {
        let name = try key.identifier()
        guard !name.contains("-") else {
            throw key.advice(
                "‘\(name)’ cannot be named in a formula, where - means minus",
                remedy: "write ‘\(name.replacing("-", with: "_"))’")
        }
        return name
    }

    /// What definitions of courses have in common.
    struct Common {
        let model: Model
        let member: Column?
        let conditions: [Condition]
        var models: Set<String>
        let hash: String
        let yaml: String
        let place: Place
    }

    func common(
        _ name: String, _ key: DefinitionNode, _ value: DefinitionNode, _ fields: DefinitionMapping
    ) throws -> Common {
        let model = try fields.required("model").reading { try schema.model($0) }
        let member = try fields.optional("member")?.reading { try reference($0, of: model) }
        let (conditions, models) = try conditions(fields.optional("where"), model)
        return Common(
            model: model, member: member, conditions: conditions, models: models,
            hash: DefinitionHash.of([name, try value.canonicalText()]),
            yaml: try value.yamlText(), place: key.place)
    }

    func conditions(
        _ node: DefinitionNode?, _ model: Model
    ) throws -> (conditions: [Condition], models: Set<String>) {
        var models: Set<String> = [model.name]
        let conditions = try (node.map(Condition.conditions) ?? []).map { condition, node in
            let filter = try node.located { try condition.filter(for: model, in: schema) }
            models.formUnion(schema.models(read: filter, from: model))
            return condition
        }
        return (conditions, models)
    }

    func reference(_ name: String, of model: Model) throws -> Column {
        if let column = model.column(name), case .reference = column.type { return column }
        throw Advice(
            .request, "‘\(name)’ is not a reference of model ‘\(model.name)’",
            remedy: Spelling.remedy(
                for: name,
                legal: model.columns.filter {
                    if case .reference = $0.type { true } else { false }
                }.map(\.name)))
    }

    func historied(_ name: String, of model: Model) throws -> Column {
        func isFollowed(_ column: Column) -> Bool {
            if case .reference = column.type { return false }
            return column.hasHistory
        }
        if let column = model.column(name), isFollowed(column) { return column }
        let legal = model.columns.filter(isFollowed).map(\.name)
        throw Advice(
            .request, "of ‘\(name)’ model ‘\(model.name)’ keeps no history",
            remedy: legal.isEmpty
                ? "write ‘history: true’ at a column of the model"
                : Spelling.remedy(for: name, legal: legal))
    }

    func words(_ node: DefinitionNode, _ column: Column) throws -> [Cell] {
        let list = try node.isSequence ? node.sequence() : [node]
        guard !list.isEmpty else {
            throw node.advice("the list is empty", remedy: "name at least one value")
        }
        let resolved = ResolvedColumn(
            path: ColumnPath(column.name), column: column, label: column.label)
        return try list.flatMap { word in
            try word.reading { try Condition.cells($0, of: resolved, column.name) }
        }
    }

    // MARK: Metrics of one kind

    /// A metric of stays, changes or members that come back; nil for any other.
    func followed(
        _ name: String, _ key: DefinitionNode, _ value: DefinitionNode
    ) throws -> Metric? {
        let kinds = ["stay", "move", "retention"]
        let given = try value.entries().map { try $0.key.string() }.filter(kinds.contains)
        guard let kind = given.first else { return nil }
        var legal = Self.sharedFields + ["model", "where", kind]
        if kind == "stay" { legal += ["kind", "percent"] }
        let fields = try value.mapping(allowing: legal)
        var common = try common(name, key, value, fields)
        let node = try fields.required(kind)
        let course: Course
        var aggregate = BaseMetric.Aggregate.count
        var content = BaseMetric.Content.other
        let basis: String
        switch kind {
        case "stay":
            let stay = try stay(node, common.model)
            aggregate = try MetricSubject.aggregate(fields.required("kind"), fields)
            guard aggregate != .distinct else {
                throw try fields.required("kind").advice(
                    "stays have no different values",
                    remedy: "use median, percentile, average, minimum, maximum, sum or count")
            }
            if aggregate != .count { content = .duration(perDay: Occasion.perDay) }
            course = .stay(stay)
            basis = stay.isPresent ? "stays that last, up to now" : "stays by the day they ended"
        case "move":
            course = .move(try move(node, common.model))
            basis = "changes by day"
        default:
            course = .retention(try retention(node, common.model))
            (aggregate, content) = (.average, .number(scale: 0))
            basis = "members by the day they first came"
        }
        if course.column != nil { common.models.insert(common.model.name + "_history") }
        var date: String?
        if case .retention(let retention) = course { date = retention.date }
        let base = BaseMetric(
            model: common.model.name, aggregate: aggregate, subject: .course, content: content,
            conditions: common.conditions, date: date, accumulation: nil,
            followsPeriod: !course.isOfToday, course: course)
        return metric(
            name, label: try fields.optional("label")?.string() ?? Self.spoken(name),
            description: try fields.required("description").string(),
            basis: try fields.optional("basis")?.string() ?? basis,
            unit: kind == "retention" ? .ratio : try unit(of: base, fields),
            riseIsGood: try riseIsGood(fields), common, .base(base))
    }

    func metric(
        _ name: String, label: String, description: String, basis: String, unit: Metric.Unit,
        riseIsGood: Bool?, _ common: Common, _ source: Metric.Source
    ) -> Metric {
        var (isAdditive, isOfToday) = (false, false)
        if case .base(let base) = source {
            isAdditive =
                (base.aggregate == .sum || base.aggregate == .count)
                && base.course?.isMergeable ?? true
            isOfToday = base.course?.isOfToday ?? false
        }
        return Metric(
            name: name, label: label, description: description, basis: basis, unit: unit,
            riseIsGood: riseIsGood, isAdditive: isAdditive, isDated: !isOfToday,
            followsPeriod: !isOfToday, definition: common.yaml,
            hash: DefinitionHash.of([name, common.hash]), place: common.place,
            models: common.models, source: source)
    }

    private func stay(_ node: DefinitionNode, _ model: Model) throws -> Stay {
        let fields = try node.mapping(allowing: ["column", "in", "lasting", "since"])
        let column = try fields.required("column").reading { try historied($0, of: model) }
        let since = try fields.optional("since")?.reading { try model.dateColumn($0) }
        if let since, since.type != .instant {
            throw try fields.required("since").advice(
                "‘\(since.name)’ holds days, and stays are measured from moment to moment",
                remedy: "name an instant column, or leave ‘since’ out")
        }
        return Stay(
            column: column.name, values: try fields.optional("in").map { try words($0, column) },
            isPresent: try fields.optional("lasting")?.boolean() ?? false, since: since?.name)
    }

    private func move(_ node: DefinitionNode, _ model: Model) throws -> Move {
        let fields = try node.mapping(allowing: ["column", "from", "to", "lasting"])
        let column = try fields.required("column").reading { try historied($0, of: model) }
        return Move(
            column: column.name, from: try fields.optional("from").map { try words($0, column) },
            to: try fields.optional("to").map { try words($0, column) },
            isLasting: try fields.optional("lasting")?.boolean() ?? false)
    }

    private enum Step: String, CaseIterable { case day, week, month, quarter, year }

    private func retention(_ node: DefinitionNode, _ model: Model) throws -> Retention {
        let fields = try node.mapping(allowing: ["member", "date", "step", "after"])
        let step = try fields.required("step").choice(Step.self, naming: "step")
        guard let grain = Grain(rawValue: step.rawValue) else {
            preconditionFailure("every step is a grain")
        }
        return Retention(
            member: try fields.required("member").reading { try reference($0, of: model) }.name,
            date: try fields.required("date").reading { try model.dateColumn($0) }.name,
            grain: grain, after: try fields.required("after").integer(in: 0...120))
    }
}
