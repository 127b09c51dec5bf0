import Counterparts
import Foundation
import Store
import Testing
import Vocabulary

@testable import Analytics

/// The schemas for editors, held by a validator that we did not write to the files that the readers
/// accept and refuse.
@Suite struct DefinitionSchemaTests {
    private struct Verdict: Decodable {
        let file: String
        let problem: String?
    }

    private struct Trial: Encodable {
        let schema: String
        let file: String
        let text: String
    }

    /// What the validator says of texts; scalars are read as editors do, without dates and `yes`.
    private static func verdicts(_ trials: [Trial]) throws -> [Verdict] {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("reportd-schema-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let input = folder.appendingPathComponent("trials.json")
        try JSONEncoder().encode(trials).write(to: input)
        return try Readers.python(
            """
            import re, yaml, jsonschema
            class Loader(yaml.CSafeLoader): pass
            Loader.yaml_implicit_resolvers = {
                mark: [(tag, form) for tag, form in forms
                       if tag not in ('tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:bool',
                                      'tag:yaml.org,2002:int')]
                for mark, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()}
            Loader.add_implicit_resolver(
                'tag:yaml.org,2002:bool', re.compile('^(true|false)$'), list('tf'))
            Loader.add_implicit_resolver(
                'tag:yaml.org,2002:int', re.compile('^[-+]?[0-9]+$'), list('-+0123456789'))
            def words(value):
                # Keys of mappings are texts in JSON.
                if isinstance(value, dict):
                    return {str(key): words(inner) for key, inner in value.items()}
                return [words(inner) for inner in value] if isinstance(value, list) else value
            answers, validators = [], {}
            for trial in json.load(open(sys.argv[1])):
                schema = trial['schema']
                if schema not in validators:
                    validators[schema] = jsonschema.Draft202012Validator(json.loads(schema))
                    validators[schema].check_schema(json.loads(schema))
                errors = sorted(validators[schema].iter_errors(
                    words(yaml.load(trial['text'], Loader))), key=str)
                answers.append({'file': trial['file'],
                                'problem': errors[0].message[:300] if errors else None})
            emit(answers)
            """, [input.path])
    }

    @Test func shippedFilesAreValid() throws {
        var trials: [Trial] = []
        for kind in DefinitionSchema.allCases {
            let files =
                kind == .companies
                ? [Folders.queries + "/companies.yaml"]
                : DefinitionFolder.files(in: kind.rawValue, of: Folders.queries)
            for path in files {
                trials.append(
                    Trial(
                        schema: kind.json, file: path,
                        text: try String(contentsOfFile: path, encoding: .utf8)))
            }
        }
        #expect(trials.count > 15)
        for verdict in try Self.verdicts(trials) {
            #expect(verdict.problem == nil, "\(verdict.file)")
        }
    }

    private static let metric = "metrics: {m: {description: x, model: sale, kind: count"
    private static let member = "metrics: {m: {description: x, each: customer, value: revenue"
    private static let course = "metrics: {m: {description: x, model: booking, "
    private static let funnel =
        "funnels: {f: {description: x, model: booking, date: created_at, "
    private static let list = """
        reconciliation: r
        title: R
        expected: {model: booking, key: reference, amount: quoted, date: created_at}
        found: {model: payment, key: booking.reference, amount: amount, date: created_at}

        """
    private static let card = "{name: a, type: figures, metrics: [revenue]"
    private static let branded =
        "companies: [{code: a, name: A, zone: UTC, currency: DKK, country: DK, brand: "
    private static let register =
        "report: r\ntitle: R\nperiod: today\nblocks:\n  - {name: a, type: rows, title: T, model: sale, "
    private static let journal =
        "report: r\ntitle: R\nperiod: today\nblocks:\n  - {name: a, type: journal, title: T, model: sale, "
        + "kind: sales, date: sold_at, "
    private static let ledger =
        "ledgers: {l: {label: L, companies: [angisoft], accounts: {1: {label: A, kind: result}}"
    private static let broken: [(kind: DefinitionSchema, text: String)] = [
        (.metrics, metric + ", colum: net}}"), (.metrics, metric + ", column: [net]}}"),
        (.metrics, metric + ", kind: summ}}".replacing("kind", with: "rise")),
        (.metrics, metric + ", where: [a]}}"), (.metrics, metric + ", where: {status: {}}}}"),
        (.metrics, metric + ", where: {status: {is: gone}}}}"),
        (.metrics, metric + ", where: {status: {in: [a], not: [b]}}}}"),
        (.metrics, metric + ", where: {status: []}}}"),
        (.metrics, metric + ", date: sold_at, trailing: 90}}"),
        (.metrics, metric + ", date: sold_at, trailing: 9 years}}"),
        (.metrics, metric + ", date: sold_at, trailing: 9 days, accumulate: year}}"),
        (.metrics, metric + ", date: sold_at, accumulate: weekly}}"),
        (.metrics, "metrics: {m: {model: sale, kind: count}}"),
        (.metrics, "metrics: {m: {description: x, model: sale}}"),
        (.metrics, "metrics: {a-b: {description: x, model: sale, kind: count}}"),
        (.metrics, "metrics: {m: {description: x, formula: revenue / sales, model: sale}}"),
        (.metrics, metric + ", times: {table: pack_price}}}"),
        (.metrics, metric + ", times: {table: pack_price, by: status, as: share}}}"),
        (.metrics, metric + ", listed-in: {table: pack_price, by: status, as: factor}}}"),
        (.metrics, member + ", kind: distinct}}"), (.metrics, member + "}}"),
        (.metrics, member + ", kind: count, model: sale}}"),
        (.metrics, member + ", kind: count, having: {more-than: 5}}}"),
        (.metrics, member + ", kind: count, having: {above: many}}}"),
        (.metrics, "metrics: {m: {description: x, each: customer, kind: count}}"),
        (.reference, "tables: {t: {label: T, values: {a: 1}}}"),
        (.reference, "tables: {t: {label: T, source: S, values: {a: many}}}"),
        (.reference, "tables: {t: {label: T, source: S, values: {a: []}}}"),
        (.reference, "tables: {t: {label: T, source: S, values: {a: [{from: today, value: 1}]}}}"),
        (.reference, "tables: {t: {label: T, source: S, base: EUR}}"),
        (.reference, "tables: {t: {label: T, source: S, base: EUR, fixed: {DKK: 0}}}"),
        (.reference, "tables: {t: {label: T, source: S, base: EUR, fixed: {kroner: 7}}}"),
        (.reference, "tables: {t: {label: T, source: S, base: EUR, values: {a: 1}}}"),
        (.reference, "table: {}"), (.reconciliations, "reconciliation: r\ntitle: R"),
        (.reconciliations, list + "tolerance: 1"), (.reconciliations, list + "late-after: 24"),
        (.reconciliations, list + "late-after-hours: soon"),
        (
            .reconciliations,
            list.replacing("key: booking.reference", with: "in-full: {status: SUCCEEDED}")
        ),
        (.metrics, course + "stay: {column: status}}}"),
        (.metrics, course + "kind: median, stay: {colum: status}}}"),
        (.metrics, course + "kind: distinct, stay: {column: status}}}"),
        (.metrics, course + "kind: count, move: {column: status}}}"),
        (.metrics, course + "move: {column: status, in: PAID}}}"),
        (.metrics, course + "retention: {member: client, date: created_at, step: month}}}"),
        (
            .metrics,
            course + "retention: {member: client, date: created_at, step: hour, after: 1}}}"
        ), (.metrics, funnel + "steps: [{name: a}]}}"),
        (.metrics, funnel + "steps: [{name: a}, {name: b}]}}"),
        (.metrics, funnel + "steps: [{name: a, at: created_at}, {name: b, where: {status: X}}]}}"),
        (.metrics, funnel + "steps: [{name: a}, {name: b, column: status}]}}"),
        (
            .metrics,
            funnel + "within: soon, steps: [{name: a}, {name: b, where: {status: COMPLETED}}]}}"
        ),
        (.metrics, "movements: {m: {description: x, model: subscription}}"),
        (
            .metrics,
            "movements: {m: {description: x, model: subscription, date: began_at, value: {prices: "
                + "{basic: 4.99}}}}"
        ),
        (
            .metrics,
            "dimensions: {d: {label: D, bands: [1], first-of: {sale: {member: customer, date: "
                + "sold_at, step: month}}}}"
        ),
        (
            .metrics,
            "dimensions: {d: {label: D, first-of: {sale: {member: customer, step: month}}}}"
        ),
        (.metrics, "metrics: []"), (.metrics, "metric: {}"),
        (.metrics, "dimensions: {d: {label: D, of: {lead: score}}}"),
        (.metrics, "dimensions: {d: {label: D, of: {lead: score}, bands: 5}}"),
        (.metrics, "dimensions: {d: {label: D, of: {lead: score}, bands: [few]}}"),
        (.metrics, "dimensions: {d: {label: D, bands: [1]}}"),
        (.targets, "targets: [{metric: revenue, company: tekup}]"),
        (.targets, "targets: [{metric: revenue, company: tekup, amounts: {2026: many}}]"),
        (.targets, "targets: [{metric: revenue, company: tekup, amounts: []}]"),
        (.targets, "targets: [{metric: revenue, company: tekup, amount: {2026: 1}}]"),
        (.targets, "targets: [{metric: revenue, company: tekup, only: web, amounts: {2026: 1}}]"),
        (.targets, "target: []"),
        (.dashboards, "dashboard: d\ntitle: D\nperiod: today\ncards: []"),
        (.dashboards, "dashboard: d\ntitle: D\ncards: [\(card)}]"),
        (.dashboards, "dashboard: D d\ntitle: D\nperiod: today\ncards: [\(card)}]"),
        (.dashboards, "dashboard: d\ntitle: D\nperiod: today\ncards: [\(card), colour: red}]"),
        (.dashboards, "dashboard: d\ntitle: D\nperiod: today\ncards: [\(card), grain: hour}]"),
        (.dashboards, "dashboard: d\ntitle: D\nperiod: today\ncards: [\(card), top: ten}]"),
        (.dashboards, "dashboard: d\ntitle: D\nperiod: today\ncards: [\(card), target: maybe}]"),
        (.dashboards, "dashboard: d\ntitle: D\nperiod: today\ncompare: nothing\ncards: [\(card)}]"),
        (.dashboards, "dashboard: d\ntitle: D\nperiod: today\ncurrency: euro\ncards: [\(card)}]"),
        (
            .dashboards,
            "dashboard: d\ntitle: D\nperiod: today\ncards: [\(card), reconciliation: "
                + "payments-of-bookings}]"
        ),
        (
            .dashboards,
            "dashboard: d\ntitle: D\nperiod: today\ncards: [{name: a, type: reconciliation}]"
        ), (.dashboards, "dashboard: d\ntitle: D\nperiod: today\ncards: [{name: a, type: funnel}]"),
        (
            .dashboards,
            "dashboard: d\ntitle: D\nperiod: today\ncards: [{name: a, type: cohort, metrics: "
                + "[revenue]}]"
        ), (.dashboards, "dashboard: d\ntitle: D\nperiod: today\ncards: [\(card), steps: 3}]"),
        (.reports, register + "columns: [number]}"), (.reports, register + "column: []}"),
        (.reports, register + "columns: [{column: number, as: big}]}"),
        (.reports, register + "columns: [{column: number}], top: 3}"),
        (
            .reports,
            register + "columns: [{column: number}, {column: net}], payment: {amount: net}}"
        ),
        (
            .reports,
            register + "columns: [{column: number}, {column: net}], payment: {creditor: number, "
                + "account: number, amount: net, reference: number, execution: today}}"
        ), (.reports, journal + "entries: [{account: a, debit: net}]}"),
        (.reports, journal + "entries: [{account: a, debit: net}, {account: b, amount: net}]}"),
        (
            .reports,
            journal + "entries: [{account: a, debit: net}, {account: b, debit: net, credit: net}]}"
        ),
        (
            .reports,
            (journal + "entries: [{account: a, debit: net}, {account: b, credit: net}]}").replacing(
                "kind: sales", with: "kind: goods")
        ),
        (.reference, "ledgers: {l: {label: L, companies: [tekup], uses: {}}}"),
        (.reference, ledger + ", uses: {a: 1}, vat: [a]}}"),
        (.reference, ledger + ", uses: {a: 1}, vat-codes: {A: {label: A}}}}"),
        (.reference, ledger.replacing("kind: result", with: "kind: debt") + ", uses: {a: 1}}}"),
        (.reports, register + "columns: [{column: number}], group: [number], order: [number]}"),
        (.reports, "cover: maybe\n" + register + "columns: [{column: number}]}"),
        (.cases, "cases: [{case: c, now: 2026-01-01T00:00:00Z, query: {metrics: [sales]}}]"),
        (.cases, "cases: [{case: c, query: {metrics: [sales], period: 2026}, refused: x}]"),
        (
            .cases,
            "cases: [{case: c, now: 2026-01-01T00:00:00Z, query: {metrics: [sales], period: 2026}}]"
        ),
        (
            .cases,
            "cases: [{case: c, now: 2026-01-01T00:00:00Z, query: {metrics: [sales], period: 2026, "
                + "group: g, companies: [tekup]}, refused: x}]"
        ),
        (
            .cases,
            "cases: [{case: c, now: 2026-01-01T00:00:00Z, query: {metrics: [sales], period: 2026}, "
                + "reconcile: {name: payments-of-bookings, period: 2026}, refused: x}]"
        ),
        (
            .cases,
            "cases: [{case: c, now: 2026-01-01T00:00:00Z, reconcile: {period: 2026}, refused: x}]"
        ),
        (
            .cases,
            "cases: [{case: c, now: 2026-01-01T00:00:00Z, changes: [], query: {metrics: [sales], "
                + "period: 2026}, refused: x}]"
        ),
        (
            .cases,
            "cases: [{case: c, now: 2026-01-01T00:00:00Z, changes: [{rows: {}}], query: {metrics: "
                + "[sales], period: 2026}, refused: x}]"
        ),
        (.cases, "case: []"),
        (.companies, "companies: [{code: a, name: A, zone: UTC, currency: DKK}]"),
        (.companies, "companies: [{code: A b, name: A, zone: UTC, currency: DKK, country: DK}]"),
        (.companies, "companies: [{code: a, name: A, zone: UTC, currency: kroner, country: DK}]"),
        (.companies, "companies: {a: b}"),
        (.companies, branded + "{accent: blue}}]"),
        (.companies, branded + "{colour: \"#123456\"}}]"),
        (.companies, branded + "{logo: a.gif}}]"),
        (
            .companies,
            "companies: [{code: a, name: A, zone: UTC, currency: DKK, country: DK, account: {iban: "
                + "NL91ABNA0417164300}}]"
        ),
        (
            .companies,
            "companies: [{code: a, name: A, zone: UTC, currency: DKK, country: DK, groups: [g]}]\n"
                + "groups: {g: {labels: G}}"
        ),
        (.models, "models: {m: {columns: {a: {type: number}}}}"),
        (.models, "models: {m: {columns: {a: {type: decimal}}}}"),
        (.models, "models: {m: {columns: {a: {typ: text}}}}"),
        (.models, "models: {m: {label: M}}"), (.models, "models: [m]"),
        (.words, "language: dk\nwords: {Revenue: Omsætning}"), (.words, "language: da"),
        (.words, "words: {Revenue: Omsætning}"), (.words, "language: da\nwords: [Omsætning]"),
        (.words, "language: da\nwords: {Revenue: [Omsætning]}"),
        (.words, "language: da\nlabels: {Revenue: Omsætning}"),
    ]

    @Test func mistakesAreRefusedByBoth() throws {
        let verdicts = try Self.verdicts(
            Self.broken.map { Trial(schema: $0.kind.json, file: $0.text, text: $0.text) })
        #expect(verdicts.count == Self.broken.count)
        // What they are read together with is without mistakes.
        try Self.load()
        for (verdict, (kind, text)) in zip(verdicts, Self.broken) {
            #expect(verdict.problem != nil, "the schema accepts \(text)")
            #expect(throws: Advice.self, "the reader accepts \(text)") {
                try Self.read(kind, text)
            }
        }
    }

    /// The files that mistakes are read together with.
    private static let (sales, lists, tables) = {
        func files(_ folder: String, _ name: String = "") -> [DefinitionNode] {
            DefinitionFolder.files(in: folder, of: Folders.queries).filter { $0.hasSuffix(name) }
                .compactMap { try? DefinitionNode(contentsOf: $0) }
        }
        return (files("metrics", "/sales.yaml"), files("reconciliations"), files("reference"))
    }()

    private static func load(
        metrics: [DefinitionNode] = [], dashboards: [DefinitionNode] = [],
        reports: [DefinitionNode] = [], reconciliations: [DefinitionNode] = [],
        reference: [DefinitionNode] = [], targets: [DefinitionNode] = [],
        words: [DefinitionNode] = []
    ) throws {
        _ = try Definitions(
            metrics: sales + metrics, dashboards: dashboards, reports: reports,
            reconciliations: lists + reconciliations, reference: tables + reference,
            targets: targets, words: words, schema: Definitions.shipped().schema)
    }

    private static func read(_ kind: DefinitionSchema, _ text: String) throws {
        let file = try DefinitionNode(parsing: text, file: "f.yaml")
        switch kind {
        case .companies: _ = try CompanyDirectory(file)
        case .models:
            let folder = FileManager.default.temporaryDirectory
                .appendingPathComponent("reportd-models-\(UUID().uuidString)")
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent("models"), withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            try Data(text.utf8).write(to: folder.appendingPathComponent("models/m.yaml"))
            try Data(contentsOf: URL(fileURLWithPath: Folders.queries + "/companies.yaml"))
                .write(to: folder.appendingPathComponent("companies.yaml"))
            _ = try Schema(definitions: folder.path)
        case .metrics: try load(metrics: [file])
        case .targets: try load(targets: [file])
        case .reference: try load(reference: [file])
        case .reconciliations: try load(reconciliations: [file])
        case .dashboards: try load(dashboards: [file])
        case .reports: try load(reports: [file])
        // Read where files are made, whose tests know their mistakes.
        case .profiles: break
        case .words: try load(words: [file])
        case .cases: _ = try CaseRunner.run(file, definitions: Definitions.shipped())
        }
    }
}
