import Foundation
import Reports
import Vocabulary

/// What an export is to hold and in which form, in words as they came.
struct ExportRequest: Sendable, Hashable, Codable {
    /// The report, by name.
    let report: String
    let formatName: String
    var locale: String?
    var profile: String?
    var table: String?
    var choices = ViewChoices()

    /// Describes an export.
    ///
    /// - Throws: `Advice` for a format that does not exist.
    init(
        report: String, format: String, locale: String? = nil, profile: String? = nil,
        table: String? = nil, choices: ViewChoices = ViewChoices()
    ) throws {
        self.report = report
        formatName = try ReportFormat(named: format).rawValue
        self.locale = locale
        self.profile = profile
        self.table = table
        self.choices = choices
    }

    /// The format.
    var format: ReportFormat { ReportFormat(rawValue: formatName) ?? .json }

    /// Who writes the file; profiles may be those of programs that journals are written for.
    ///
    /// - Throws: `Advice` for a profile that does not exist.
    func output(_ programs: [ImportProfile] = []) throws -> ReportOutput {
        try ReportChoices.output(
            format, locale: locale, profile: profile, table: table, programs: programs)
    }

    /// What was chosen, by the names that addresses have for it.
    var chosen: [(name: String, value: String)] {
        var items = choices.companies.map { ("company", $0) }
        items += choices.conditions.map { ("where", $0) }
        let others = [
            ("group", choices.group), ("period", choices.period), ("from", choices.from),
            ("to", choices.to), ("compare", choices.compare), ("known-at", choices.knownAt),
            ("currency", choices.currency), ("locale", locale), ("profile", profile),
            ("table", table),
        ]
        items += others.compactMap { name, value in value.map { (name, $0) } }
        return items.map { (name: $0.0, value: $0.1) }
    }

    /// What was chosen as a JSON object; each value is a list, because some may be repeated.
    var choicesText: String {
        var names: [String] = []
        var values: [String: [String]] = [:]
        for (name, value) in chosen {
            if values[name] == nil { names.append(name) }
            values[name, default: []].append(JSONText.quoted(value))
        }
        let fields = names.map {
            "\(JSONText.quoted($0)):[\((values[$0] ?? []).joined(separator: ","))]"
        }
        return "{\(fields.joined(separator: ","))}"
    }

    /// What was chosen in one line: `company=rendetalje period=2026-06`.
    var words: String { chosen.map { "\($0.name)=\($0.value)" }.joined(separator: " ") }

    /// The request as the body of `POST /api/v1/exports`, without a format.
    var formText: String {
        func list(_ values: [String]) -> String {
            "[\(values.map(JSONText.quoted).joined(separator: ","))]"
        }
        var fields = ["\"report\":\(JSONText.quoted(report))"]
        if !choices.companies.isEmpty { fields.append("\"company\":\(list(choices.companies))") }
        if !choices.conditions.isEmpty { fields.append("\"where\":\(list(choices.conditions))") }
        let others = [
            ("group", choices.group), ("period", choices.period), ("from", choices.from),
            ("to", choices.to), ("compare", choices.compare), ("knownAt", choices.knownAt),
            ("currency", choices.currency), ("locale", locale), ("profile", profile),
            ("table", table),
        ]
        for (name, value) in others {
            if let value { fields.append("\"\(name)\":\(JSONText.quoted(value))") }
        }
        return "{\(fields.joined(separator: ","))}"
    }

    /// What the body of `POST /api/v1/exports` may hold.
    struct Body: Decodable {
        enum CodingKeys: String, BodyNames {
            case report, format, locale, profile, table, company, group, period, from, to, compare
            case `where`, knownAt, currency
        }

        let report: String
        let format: String?
        let locale: String?
        let profile: String?
        let table: String?
        let company: [String]?
        let group: String?
        let period: String?
        let from: String?
        let to: String?
        let compare: String?
        let `where`: [String]?
        let knownAt: String?
        let currency: String?
    }

    /// Reads a request in JSON, or one without a format and the format beside it.
    ///
    /// - Throws: `Advice` when it is not one, or has a name that means nothing.
    init(json: Data, format: String? = nil) throws {
        let remedy =
            "send {\"report\":\"sales-register\",\"format\":\"csv\"}, with \"locale\", "
            + "\"profile\", \"table\", \"company\" and \"where\" (lists), \"group\", "
            + "\"period\" or \"from\" and \"to\", \"compare\", \"knownAt\" and "
            + "\"currency\" as you need them"
        let body = try JSONBody.read(
            json, as: Body.self, names: Body.CodingKeys.self, "a request for an export",
            remedy: remedy)
        guard let format = body.format ?? format else {
            throw Advice(
                .request, "the body is not a request for an export in JSON", remedy: remedy)
        }
        try self.init(
            report: body.report, format: format, locale: body.locale, profile: body.profile,
            table: body.table,
            choices: ViewChoices(
                companies: body.company ?? [], group: body.group, period: body.period,
                from: body.from, to: body.to, compare: body.compare,
                conditions: body.where ?? [], knownAt: body.knownAt, currency: body.currency))
    }
}
