import Analytics
import Store
import Vocabulary

extension ApplicationAPI {
    /// Reads all files of `endpoints/`.
    ///
    /// - Throws: `Advice` at the line of a mistake.
    static func load(definitions folder: String, _ analytics: Definitions) throws -> [Self] {
        var found: [ApplicationAPI] = []
        for path in DefinitionFolder.files(in: "endpoints", of: folder) {
            let file = try DefinitionNode(contentsOf: path, relativeTo: folder)
            let api = try ApplicationAPI(file, analytics)
            let addresses = api.endpoints.keys + [api.signIn?.path].compactMap { $0 }
            for address in addresses where found.contains(where: { $0.owns(address) }) {
                throw file.advice(
                    "‘\(address)’ is also defined in another file", remedy: "remove one")
            }
            found.append(api)
        }
        return found
    }

    /// Reads a file.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    init(_ file: DefinitionNode, _ analytics: Definitions) throws {
        let root = try file.mapping(allowing: [
            "application", "base", "companies-with", "currency", "requests-per-hour", "sign-in",
            "endpoints",
        ])
        name = try root.required("application").string()
        base = try root.optional("base").map(Self.path) ?? ""
        model = try root.required("companies-with").reading {
            try analytics.schema.model($0).name
        }
        let currency = try root.optional("currency")?.reading {
            try ReportingCurrency(parsing: $0)
        }
        self.currency = currency
        requestsPerHour = try root.required("requests-per-hour").integer(in: 1...1_000_000)
        signIn = try root.optional("sign-in").map { node in
            let fields = try node.mapping(allowing: ["path", "source", "users"])
            return SignIn(
                path: try Self.path(fields.required("path")),
                source: try fields.required("source").identifier(),
                model: try fields.required("users").reading {
                    try analytics.schema.model($0).name
                })
        }
        var endpoints: [String: Endpoint] = [:]
        for node in try root.required("endpoints").sequence() {
            let endpoint = try Endpoint(node, currency: currency, analytics)
            if endpoints.updateValue(endpoint, forKey: endpoint.path) != nil {
                throw node.advice("‘\(endpoint.path)’ is defined twice", remedy: "remove one")
            }
        }
        self.endpoints = endpoints
    }

    fileprivate static func path(_ node: DefinitionNode) throws -> String {
        let text = try node.string()
        guard text.hasPrefix("/"), !text.hasSuffix("/"), !text.contains("?") else {
            throw node.advice("‘\(text)’ is no path", remedy: "write it as /analytics/dashboard")
        }
        return text
    }
}

extension Endpoint {
    fileprivate init(
        _ node: DefinitionNode, currency: ReportingCurrency?, _ analytics: Definitions
    ) throws {
        let fields = try node.mapping(allowing: [
            "path", "days", "parameters", "right", "answer", "file",
        ])
        path = try ApplicationAPI.path(fields.required("path"))
        let days = try fields.optional("days").map(Days.init)
        self.days = days
        let parameters = try fields.optional("parameters").map(Parameter.parameters) ?? []
        self.parameters = parameters
        enum Right: String, CaseIterable { case export }
        needsExportRight = try fields.optional("right")?.choice(Right.self, naming: "right") != nil
        if let file = fields.optional("file") {
            let named = try file.mapping(allowing: ["report", "name"])
            let report = try named.required("report").reading { try analytics.report($0) }
            self.answer = .file(report: report.name, name: try named.required("name").string())
            (modelsTouched, hash) = (report.modelsTouched, report.hash)
            return
        }
        let answer = try fields.required("answer")
        let shape = try ShapeReader(parameters: parameters, analytics: analytics)
            .shape(answer, in: nil)
        self.answer = .shape(shape)
        let period = days?.standard ?? PeriodName.today
        let queries = try answer.located { () throws -> [MetricQuery] in
            try shape.queries(
                period: period, filters: [], currency: currency,
                words: Dictionary(
                    uniqueKeysWithValues: parameters.compactMap { parameter in
                        (parameter.standard ?? parameter.words.first).map { (parameter.name, $0) }
                    }), parameters: parameters)
        }
        var touched: Set<String> = []
        var parts = [try node.canonicalText(), currency.map { "\($0)" } ?? ""]
        for query in queries {
            touched.formUnion(
                try answer.located { try analytics.modelsTouched(by: query) })
            for name in query.metrics {
                let metric = try analytics.metric(name)
                guard days != nil || !metric.isDated else {
                    throw answer.advice(
                        "‘\(name)’ is a figure of some days, and the endpoint has no ‘days’",
                        remedy: "add ‘days’, or use a metric of all rows")
                }
                parts.append(metric.hash)
            }
        }
        modelsTouched = touched
        hash = parts.joined(separator: "\u{1F}")
    }
}

extension PeriodName {
    /// The day on which the question is asked.
    fileprivate static var today: PeriodName {
        guard let name = try? PeriodName("today") else {
            preconditionFailure("‘today’ names a period")
        }
        return name
    }
}

extension DefinitionNode {
    /// Gives advice that a check throws this place.
    fileprivate func located<Result>(_ check: () throws -> Result) throws -> Result {
        do {
            return try check()
        } catch let error as Advice where error.place == nil {
            throw advice(error.happened, remedy: error.remedy)
        }
    }
}

extension Endpoint.Days {
    fileprivate init(_ node: DefinitionNode) throws {
        let fields = try node.mapping(allowing: ["from", "to", "standard"])
        from = try fields.required("from").string()
        to = try fields.required("to").string()
        standard = try fields.required("standard").reading { try PeriodName($0) }
    }
}

extension Endpoint.Parameter {
    fileprivate static func parameters(_ node: DefinitionNode) throws -> [Self] {
        try node.entries().map { key, value in
            let fields = try value.mapping(allowing: ["words", "grain", "where", "standard"])
            let name = try key.string()
            if let grain = fields.optional("grain") {
                let words = try grain.entries().map { word, step in
                    (try word.string(), try step.choice(Grain.self, naming: "grain"))
                }
                return Self(
                    name: name, words: words.map(\.0),
                    standard: try fields.required("standard").string(),
                    meaning: .grain(Dictionary(words) { first, _ in first }))
            }
            return Self(
                name: name, words: try fields.required("words").sequence().map { try $0.string() },
                standard: try fields.optional("standard")?.string(),
                meaning: try fields.optional("where").map { .condition(try $0.string()) }
                    ?? .nothing)
        }
    }
}

/// Reads the shape of an answer.
private struct ShapeReader {
    let parameters: [Endpoint.Parameter]
    let analytics: Definitions

    /// What the words of a list may name besides metrics.
    struct Surroundings {
        let by: [String]
        let hasSteps: Bool
    }

    func shape(_ node: DefinitionNode, in list: Surroundings?) throws -> Shape {
        if node.isSequence { return .list(try self.list(node, in: list)) }
        guard node.isMapping else { return .word(try word(node, in: list)) }
        return .object(
            try node.entries().map { key, value in
                (try key.string(), try shape(value, in: list))
            })
    }

    private func list(_ node: DefinitionNode, in outer: Surroundings?) throws -> ShapeList {
        let elements = try node.sequence()
        guard outer == nil, elements.count == 1 else {
            throw node.advice(
                "a list is written as one element, and holds no other lists",
                remedy: "write ‘- by: …’ and below it ‘each: …’")
        }
        let fields = try elements[0].mapping(allowing: ["by", "grain", "order", "top", "each"])
        let by =
            try fields.optional("by").map { node in
                node.isSequence ? try node.sequence().map { try $0.string() } : [try node.string()]
            } ?? []
        let step = try fields.optional("grain").map { node -> ShapeList.Step in
            if let name = try node.string().parameterName {
                guard case .grain? = parameters.first(where: { $0.name == name })?.meaning else {
                    throw node.advice(
                        "‘\(name)’ is no parameter that names a grain",
                        remedy: Spelling.remedy(for: name, legal: parameters.map(\.name)))
                }
                return .parameter(name)
            }
            return .grain(try node.choice(Grain.self, naming: "grain"))
        }
        guard !by.isEmpty || step != nil else {
            throw elements[0].advice(
                "the list has neither ‘by’ nor ‘grain’", remedy: "say what its rows are")
        }
        let each = try fields.required("each")
        let shape = try shape(each, in: Surroundings(by: by, hasSteps: step != nil))
        guard !shape.words.metrics.isEmpty else {
            throw each.advice("no metric is named here", remedy: "name at least one")
        }
        for case .key(let name) in shape.words {
            guard try analytics.referredModel(by: name, shape.words.metrics) != nil else {
                throw each.advice(
                    "‘\(name)’ refers to no rows that could have a key",
                    remedy: "write ‘\(name)’ alone")
            }
        }
        return ShapeList(
            by: by, step: step, order: try fields.optional("order")?.string(),
            top: try fields.optional("top")?.integer(in: 1...100_000), each: shape)
    }

    private func word(_ node: DefinitionNode, in list: Surroundings?) throws -> ShapeWord {
        let text = try node.string()
        if let list {
            if list.by.contains(text) { return .member(text) }
            if text.hasSuffix(".key"), list.by.contains(String(text.dropLast(4))) {
                return .key(String(text.dropLast(4)))
            }
            if text == "rank" { return .rank }
            if list.hasSteps {
                if text == "step" { return .step }
                if text == "step.start" { return .start }
                if text == "step.end" { return .end }
            }
        }
        if let name = text.parameterName {
            guard parameters.contains(where: { $0.name == name }) else {
                throw node.advice(
                    "there is no parameter ‘\(name)’",
                    remedy: Spelling.remedy(for: name, legal: parameters.map(\.name)))
            }
            return .parameter(name)
        }
        let parts = text.split(separator: ".", maxSplits: 1).map(String.init)
        let name = parts.first ?? text
        _ = try node.reading { _ in try analytics.metric(name) }
        guard parts.count > 1 else { return .metric(name, .value) }
        guard let facet = ShapeWord.Facet(rawValue: parts[1]) else {
            throw node.advice(
                "‘\(parts[1])’ is nothing of a metric",
                remedy: Spelling.remedy(
                    for: parts[1], legal: ShapeWord.Facet.allCases.map(\.rawValue)))
        }
        return .metric(name, facet)
    }
}

extension String {
    /// What stands after `parameter.`; nil for other texts.
    fileprivate var parameterName: String? {
        hasPrefix("parameter.") ? String(dropFirst(10)) : nil
    }
}
