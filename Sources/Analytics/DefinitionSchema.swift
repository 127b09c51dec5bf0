import Vocabulary

/// JSON Schemas of definition files, for editors that complete and check YAML (draft 2020-12).
///
/// They say what the readers say of form: which words stand where, which are needed, and what is a
/// text, a list or a number. What names mean (models, columns, metrics) only the readers know. The
/// tests hold both to every file that is shipped and to the same mistakes.
public enum DefinitionSchema: String, Sendable, CaseIterable {
    /// `companies.yaml`.
    case companies
    /// Files of `models/`.
    case models
    /// Files of `metrics/`, with dimensions, funnels and movements.
    case metrics
    /// Files of `targets/`.
    case targets
    /// Files of `reference/`: tables of values with dates.
    case reference
    /// Files of `reconciliations/`.
    case reconciliations
    /// Files of `dashboards/`.
    case dashboards
    /// Files of `reports/`.
    case reports
    /// Files of `profiles/`: columns in which other programs import journals.
    case profiles
    /// Files of `words/`: what labels are in other languages.
    case words
    /// Files of `cases/`.
    case cases

    /// Finds the schema of a folder.
    ///
    /// - Throws: `Advice` that names the nearest one.
    public init(named name: String) throws {
        guard let found = DefinitionSchema(rawValue: name) else {
            throw Advice(
                .request, "there is no schema of ‘\(name)’",
                remedy: Spelling.remedy(for: name, legal: Self.allCases.map(\.rawValue)))
        }
        self = found
    }

    /// The schema as JSON text.
    public var json: String {
        """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "reportd: \(rawValue)",
          "$ref": "#/$defs/\(rawValue)File",
          "$defs": {
        \(Self.basics),
        \(Self.metricParts),
        \(Self.courses),
        \(Self.tableParts),
        \(Self.reconciliationParts),
        \(Self.pages),
        \(Self.others)
          }
        }

        """
    }

    /// Texts, names, conditions and choices.
    private static let basics = #"""
            "text": {"type": ["string", "number", "boolean"]},
            "texts": {"type": "array", "items": {"$ref": "#/$defs/text"}},
            "someTexts": {"type": "array", "items": {"$ref": "#/$defs/text"}, "minItems": 1},
            "oneOrMore": {"anyOf": [{"$ref": "#/$defs/text"}, {"$ref": "#/$defs/someTexts"}]},
            "name": {"type": "string", "pattern": "^[a-z][a-z0-9_-]*$"},
            "metricName": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
            "reporting": {"type": "string", "pattern": "^ *(group|own|[A-Z]{3})( +[A-Za-z0-9_-]+)* *$"},
            "day": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
            "truth": {"anyOf": [{"type": "boolean"}, {"enum": ["true", "false", "yes", "no"]}]},
            "count": {"type": "integer", "minimum": 1, "maximum": 100000},
            "grain": {"enum": ["day", "week", "month", "quarter", "year", "fiscal-month",
              "fiscal-quarter", "fiscal-year"]},
            "compare": {"enum": ["previous-period", "last-year", "same-weekday", "none"]},
            "column": {"type": "object", "additionalProperties": false, "required": ["column"],
              "properties": {"column": {"$ref": "#/$defs/text"}}},
            "condition": {"anyOf": [
              {"$ref": "#/$defs/oneOrMore"},
              {"type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
                "properties": {"in": {"$ref": "#/$defs/oneOrMore"}, "not": {"$ref": "#/$defs/oneOrMore"},
                  "is": {"enum": ["missing", "present"]}}},
              {"type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
                "properties": {
                  "is": {"$ref": "#/$defs/column"}, "not": {"$ref": "#/$defs/column"},
                  "above": {"$ref": "#/$defs/column"}, "at-least": {"$ref": "#/$defs/column"},
                  "below": {"$ref": "#/$defs/column"}, "at-most": {"$ref": "#/$defs/column"},
                  "after": {"$ref": "#/$defs/column"}, "from": {"$ref": "#/$defs/column"},
                  "before": {"$ref": "#/$defs/column"}, "until": {"$ref": "#/$defs/column"}}},
              {"type": "object", "additionalProperties": false, "minProperties": 1,
                "properties": {
                  "above": {"$ref": "#/$defs/text"}, "at-least": {"$ref": "#/$defs/text"},
                  "below": {"$ref": "#/$defs/text"}, "at-most": {"$ref": "#/$defs/text"},
                  "after": {"$ref": "#/$defs/text"}, "from": {"$ref": "#/$defs/text"},
                  "before": {"$ref": "#/$defs/text"}, "until": {"$ref": "#/$defs/text"}}}]},
            "where": {"type": "object", "additionalProperties": {"$ref": "#/$defs/condition"}}
        """#

    /// Dashboards and reports.
    private static let pages = #"""
            "dashboardsFile": {"type": "object", "additionalProperties": false,
              "required": ["dashboard", "title", "period", "cards"],
              "properties": {
                "dashboard": {"$ref": "#/$defs/name"}, "title": {"$ref": "#/$defs/text"},
                "description": {"$ref": "#/$defs/text"}, "period": {"$ref": "#/$defs/text"},
                "position": {"type": "integer", "minimum": 1, "maximum": 999},
                "compare": {"$ref": "#/$defs/compare"}, "currency": {"$ref": "#/$defs/reporting"},
                "cards": {"type": "array", "items": {"$ref": "#/$defs/card"}, "minItems": 1}}},
            "reportsFile": {"type": "object", "additionalProperties": false,
              "required": ["report", "title", "period", "blocks"],
              "properties": {
                "report": {"$ref": "#/$defs/name"}, "title": {"$ref": "#/$defs/text"},
                "description": {"$ref": "#/$defs/text"}, "period": {"$ref": "#/$defs/text"},
                "compare": {"$ref": "#/$defs/compare"}, "currency": {"$ref": "#/$defs/reporting"},
                "close": {"$ref": "#/$defs/truth"}, "cover": {"$ref": "#/$defs/truth"},
                "blocks": {"type": "array", "minItems": 1, "items": {
                  "if": {"type": "object", "required": ["type"], "properties": {"type": {"const": "rows"}}},
                  "then": {"$ref": "#/$defs/rows"}, "else": {
                    "if": {"type": "object", "required": ["type"],
                      "properties": {"type": {"const": "journal"}}},
                    "then": {"$ref": "#/$defs/journal"}, "else": {"$ref": "#/$defs/card"}}}}}},
            "card": {
              "if": {"type": "object", "properties": {"type": {"const": "reconciliation"}},
                "required": ["type"]},
              "then": {"$ref": "#/$defs/reconciliationCard"},
              "else": {
                "if": {"type": "object", "properties": {"type": {"const": "funnel"}},
                  "required": ["type"]},
                "then": {"$ref": "#/$defs/funnelCard"},
                "else": {
                  "if": {"type": "object", "properties": {"type": {"const": "cohort"}},
                    "required": ["type"]},
                  "then": {"$ref": "#/$defs/cohortCard"},
                  "else": {
                    "if": {"type": "object", "properties": {"type": {"const": "quarantine"}},
                      "required": ["type"]},
                    "then": {"$ref": "#/$defs/quarantineCard"},
                    "else": {"$ref": "#/$defs/metricCard"}}}}},
            "quarantineCard": {"type": "object", "additionalProperties": false,
              "required": ["name", "type"],
              "properties": {"name": {"$ref": "#/$defs/name"}, "type": {"const": "quarantine"},
                "title": {"$ref": "#/$defs/text"}}},
            "funnelCard": {"type": "object", "additionalProperties": false,
              "required": ["name", "type", "funnel"],
              "properties": {
                "name": {"$ref": "#/$defs/name"}, "type": {"const": "funnel"},
                "title": {"$ref": "#/$defs/text"}, "funnel": {"$ref": "#/$defs/metricName"},
                "where": {"$ref": "#/$defs/where"}, "period": {"$ref": "#/$defs/text"},
                "compare": {"$ref": "#/$defs/compare"}, "currency": {"$ref": "#/$defs/reporting"}}},
            "cohortCard": {"type": "object", "additionalProperties": false,
              "required": ["name", "type", "retention"],
              "properties": {
                "name": {"$ref": "#/$defs/name"}, "type": {"const": "cohort"},
                "title": {"$ref": "#/$defs/text"}, "retention": {"$ref": "#/$defs/metricName"},
                "where": {"$ref": "#/$defs/where"}, "period": {"$ref": "#/$defs/text"},
                "compare": {"$ref": "#/$defs/compare"}, "currency": {"$ref": "#/$defs/reporting"},
                "steps": {"type": "integer", "minimum": 1, "maximum": 60},
                "show": {"enum": ["shares", "counts"]}}},
            "reconciliationCard": {"type": "object", "additionalProperties": false,
              "required": ["name", "type", "reconciliation"],
              "properties": {
                "name": {"$ref": "#/$defs/name"}, "type": {"const": "reconciliation"},
                "title": {"$ref": "#/$defs/text"}, "reconciliation": {"$ref": "#/$defs/name"},
                "period": {"$ref": "#/$defs/text"}}},
            "metricCard": {"type": "object", "additionalProperties": false,
              "required": ["name", "type", "metrics"],
              "properties": {
                "name": {"$ref": "#/$defs/name"},
                "type": {"enum": ["figures", "line", "column", "bar", "stacked", "heatmap", "table"]},
                "title": {"$ref": "#/$defs/text"}, "metrics": {"$ref": "#/$defs/someTexts"},
                "grain": {"$ref": "#/$defs/grain"}, "by": {"$ref": "#/$defs/oneOrMore"},
                "where": {"$ref": "#/$defs/where"}, "period": {"$ref": "#/$defs/text"},
                "compare": {"$ref": "#/$defs/compare"}, "order": {"$ref": "#/$defs/text"},
                "top": {"$ref": "#/$defs/count"}, "currency": {"$ref": "#/$defs/reporting"},
                "target": {"$ref": "#/$defs/truth"}, "forecast": {"enum": ["run-rate", "season"]}}},
            "profilesFile": {"type": "object", "additionalProperties": false,
              "required": ["profile", "title", "kind", "columns"],
              "properties": {
                "profile": {"$ref": "#/$defs/name"}, "title": {"$ref": "#/$defs/text"},
                "kind": {"enum": ["sales", "purchases", "bank", "cash", "memorial"]},
                "most-documents": {"type": "integer", "minimum": 1, "maximum": 1000000},
                "day": {"enum": ["YYYY-MM-DD", "DD/MM/YYYY"]},
                "columns": {"type": "array", "items": {"type": "object",
                  "additionalProperties": false, "required": ["name"],
                  "oneOf": [{"required": ["from"]}, {"required": ["text"]}],
                  "properties": {
                    "name": {"$ref": "#/$defs/text"}, "text": {"$ref": "#/$defs/text"},
                    "from": {"enum": ["company", "date", "due", "voucher", "account", "account_name",
                      "document", "party", "party_name", "amount", "currency", "vat_code", "vat_label",
                      "vat_amount"]},
                    "required": {"$ref": "#/$defs/truth"}}}}}},
            "journal": {"type": "object", "additionalProperties": false,
              "required": ["name", "type", "title", "kind", "model", "date", "entries"],
              "properties": {
                "name": {"$ref": "#/$defs/name"}, "type": {"const": "journal"},
                "title": {"$ref": "#/$defs/text"}, "model": {"$ref": "#/$defs/name"},
                "kind": {"enum": ["sales", "purchases", "bank", "cash", "memorial"]},
                "date": {"$ref": "#/$defs/text"}, "basis": {"$ref": "#/$defs/text"},
                "where": {"$ref": "#/$defs/where"}, "document": {"$ref": "#/$defs/text"},
                "party": {"$ref": "#/$defs/text"}, "party-name": {"$ref": "#/$defs/text"},
                "due": {"$ref": "#/$defs/text"},
                "tax": {"type": "object", "additionalProperties": false,
                  "properties": {"category": {"$ref": "#/$defs/text"},
                    "rate": {"$ref": "#/$defs/text"}, "amount": {"$ref": "#/$defs/text"}}},
                "entries": {"type": "array", "minItems": 2, "items": {"type": "object",
                  "additionalProperties": false, "required": ["account"],
                  "oneOf": [{"required": ["debit"]}, {"required": ["credit"]}],
                  "properties": {
                    "account": {"$ref": "#/$defs/name"}, "by": {"$ref": "#/$defs/text"},
                    "debit": {"$ref": "#/$defs/text"}, "credit": {"$ref": "#/$defs/text"},
                    "less": {"$ref": "#/$defs/text"}, "tax": {"$ref": "#/$defs/truth"}}}}}},
            "rows": {"type": "object", "additionalProperties": false,
              "required": ["name", "type", "title", "model", "columns"],
              "properties": {
                "name": {"$ref": "#/$defs/name"}, "type": {"const": "rows"},
                "title": {"$ref": "#/$defs/text"}, "model": {"$ref": "#/$defs/name"},
                "date": {"$ref": "#/$defs/text"}, "basis": {"$ref": "#/$defs/text"},
                "where": {"$ref": "#/$defs/where"}, "order": {"$ref": "#/$defs/texts"},
                "payment": {"type": "object", "additionalProperties": false,
                  "required": ["creditor", "account", "amount", "reference"],
                  "properties": {
                    "creditor": {"$ref": "#/$defs/text"}, "account": {"$ref": "#/$defs/text"},
                    "bic": {"$ref": "#/$defs/text"}, "amount": {"$ref": "#/$defs/text"},
                    "reference": {"$ref": "#/$defs/oneOrMore"}, "due": {"$ref": "#/$defs/text"}}},
                "group": {"$ref": "#/$defs/text"},
                "columns": {"type": "array", "items": {"type": "object", "additionalProperties": false,
                  "required": ["column"],
                  "properties": {
                    "column": {"$ref": "#/$defs/text"}, "label": {"$ref": "#/$defs/text"},
                    "as": {"enum": ["identifier", "day", "moment"]},
                    "total": {"$ref": "#/$defs/truth"}}}}}}
        """#

    /// Companies, models and cases.
    private static let others = #"""
            "companiesFile": {"type": "object", "additionalProperties": false, "required": ["companies"],
              "properties": {"companies": {"$ref": "#/$defs/companies"},
                "groups": {"$ref": "#/$defs/groups"}}},
            "groups": {"type": "object", "propertyNames": {"$ref": "#/$defs/name"},
              "additionalProperties": {"type": "object", "additionalProperties": false,
                "properties": {"label": {"$ref": "#/$defs/text"},
                  "currency": {"$ref": "#/$defs/currency"},
                  "brand": {"$ref": "#/$defs/brand"}}}},
            "wordsFile": {"type": "object", "additionalProperties": false,
              "required": ["language", "words"],
              "properties": {"language": {"enum": ["da", "nl", "sw"]},
                "words": {"type": "object", "additionalProperties": {"$ref": "#/$defs/text"}}}},
            "brand": {"type": "object", "additionalProperties": false,
              "properties": {
                "logo": {"type": "string", "pattern": "\\.([pP][nN][gG]|[sS][vV][gG])$"},
                "accent": {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}}},
            "companies": {"type": "array", "items": {"type": "object", "additionalProperties": false,
              "required": ["code", "name", "zone", "currency", "country"],
              "properties": {
                "code": {"$ref": "#/$defs/name"}, "name": {"$ref": "#/$defs/text"},
                "zone": {"type": "string"}, "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
                "country": {"$ref": "#/$defs/text"}, "locale": {"$ref": "#/$defs/text"},
                "brand": {"$ref": "#/$defs/brand"},
                "groups": {"type": "array", "items": {"$ref": "#/$defs/name"}},
                "tax-number": {"$ref": "#/$defs/text"},
                "account": {"type": "object", "additionalProperties": false,
                  "required": ["holder", "iban"],
                  "properties": {
                    "holder": {"$ref": "#/$defs/text"}, "iban": {"type": "string"},
                    "bic": {"type": "string"}, "example": {"$ref": "#/$defs/truth"}}},
                "fiscal-year-start": {"type": "integer", "minimum": 1, "maximum": 12},
                "fiscal-weeks": {"type": "object", "additionalProperties": false,
                  "properties": {
                    "pattern": {"enum": ["4-4-5", "4-5-4", "5-4-4"]}, "end": {"enum": ["last", "nearest"]},
                    "weekday": {"$ref": "#/$defs/text"},
                    "month": {"type": "integer", "minimum": 1, "maximum": 12}}}}}},
            "modelsFile": {"type": "object", "additionalProperties": false, "required": ["models"],
              "properties": {"models": {"type": "object", "propertyNames": {"$ref": "#/$defs/name"},
                "additionalProperties": {"type": "object", "additionalProperties": false,
                  "required": ["columns"],
                  "properties": {
                    "label": {"$ref": "#/$defs/text"}, "time": {"$ref": "#/$defs/text"},
                    "columns": {"type": "object", "propertyNames": {"$ref": "#/$defs/name"},
                      "additionalProperties": {"$ref": "#/$defs/modelColumn"}}}}}}},
            "modelColumn": {"type": "object", "additionalProperties": false, "required": ["type"],
              "properties": {
                "type": {"enum": ["boolean", "integer", "decimal", "money", "instant", "day", "category",
                  "text", "reference"]},
                "label": {"$ref": "#/$defs/text"}, "currency": {"$ref": "#/$defs/name"},
                "scale": {"type": "integer", "minimum": 0, "maximum": 9}, "to": {"$ref": "#/$defs/name"},
                "history": {"$ref": "#/$defs/truth"}},
              "allOf": [
                {"if": {"properties": {"type": {"const": "money"}}}, "then": {"required": ["currency"]}},
                {"if": {"properties": {"type": {"const": "decimal"}}}, "then": {"required": ["scale"]}},
                {"if": {"properties": {"type": {"const": "reference"}}}, "then": {"required": ["to"]}}]},
            "casesFile": {"type": "object", "additionalProperties": false, "required": ["cases"],
              "properties": {
                "companies": {"$ref": "#/$defs/companies"}, "groups": {"$ref": "#/$defs/groups"},
                "tables": {"$ref": "#/$defs/tables"}, "dimensions": {"$ref": "#/$defs/dimensions"},
                "metrics": {"$ref": "#/$defs/metrics"}, "targets": {"$ref": "#/$defs/targets"},
                "funnels": {"$ref": "#/$defs/funnels"}, "movements": {"$ref": "#/$defs/movements"},
                "cases": {"type": "array", "items": {"$ref": "#/$defs/case"}}}},
            "case": {"type": "object", "additionalProperties": false, "required": ["case", "now"],
              "allOf": [
                {"oneOf": [{"required": ["expect"]}, {"required": ["refused"]}]},
                {"oneOf": [{"required": ["query"]}, {"required": ["reconcile"]}]}],
              "properties": {
                "case": {"$ref": "#/$defs/text"}, "why": {"$ref": "#/$defs/text"},
                "now": {"type": "string"}, "expect": {"type": "string"}, "refused": {"$ref": "#/$defs/text"},
                "remark": {"$ref": "#/$defs/text"},
                "rows": {"type": "object", "additionalProperties": {"type": "string"}},
                "changes": {"type": "array", "minItems": 1, "items": {"type": "object",
                  "additionalProperties": false, "required": ["at"],
                  "properties": {"at": {"type": "string"},
                    "rows": {"type": "object", "additionalProperties": {"type": "string"}},
                    "deleted": {"type": "object", "additionalProperties": {"$ref": "#/$defs/texts"}}}}},
                "reconcile": {"type": "object", "additionalProperties": false,
                  "required": ["name", "period"], "not": {"required": ["companies", "group"]},
                  "properties": {
                    "name": {"$ref": "#/$defs/name"}, "period": {"$ref": "#/$defs/text"},
                    "companies": {"$ref": "#/$defs/texts"}, "group": {"$ref": "#/$defs/name"}}},
                "query": {"type": "object", "additionalProperties": false,
                  "required": ["metrics", "period"], "not": {"required": ["companies", "group"]},
                  "properties": {
                    "metrics": {"$ref": "#/$defs/texts"}, "companies": {"$ref": "#/$defs/texts"},
                    "group": {"$ref": "#/$defs/name"}, "currency": {"$ref": "#/$defs/reporting"},
                    "period": {"$ref": "#/$defs/text"}, "grain": {"$ref": "#/$defs/grain"},
                    "by": {"$ref": "#/$defs/texts"}, "where": {"$ref": "#/$defs/where"},
                    "compare": {"$ref": "#/$defs/compare"}, "order": {"$ref": "#/$defs/text"},
                    "top": {"$ref": "#/$defs/count"}, "target": {"$ref": "#/$defs/truth"},
                    "forecast": {"enum": ["run-rate", "season"]}}}}}
        """#
}
