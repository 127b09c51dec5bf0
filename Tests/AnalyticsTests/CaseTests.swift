import Foundation
import Store
import Testing
import Vocabulary

@testable import Analytics

@Suite struct CaseTests {
    @Test func allShippedCasesHold() throws {
        let definitions = try Definitions.shipped()
        let outcomes = try CaseRunner.run(folder: Folders.queries, definitions: definitions)
        for outcome in outcomes {
            #expect(
                outcome.holds,
                "\(outcome.place) \(outcome.name)\n\(outcome.problems.joined(separator: "\n"))")
        }
        #expect(outcomes.count >= 28)
    }

    @Test func everyShippedMetricHasACase() throws {
        let definitions = try Definitions.shipped()
        var tested: Set<String> = []
        for path in DefinitionFolder.files(in: "cases", of: Folders.queries) {
            let file = try DefinitionNode(contentsOf: path)
            for item in try DefinitionCase.cases(in: file, definitions: definitions).cases {
                guard case .rows(let headings, _) = item.expectation else { continue }
                tested.formUnion(headings)
            }
        }
        #expect(Set(definitions.metrics.keys).subtracting(tested).sorted() == [])
    }

    @Test func aWrongFigureIsReportedReadably() throws {
        let file = try DefinitionNode(
            parsing: """
                cases:
                  - case: it is wrong
                    now: 2026-07-10T12:00:00Z
                    rows:
                      sale: |
                        company    | status | net   | sold_at
                        rendetalje | PAID   | 10.00 | 2026-06-01 10:00
                    query: {metrics: [revenue, sales], companies: [rendetalje], period: 2026-06}
                    expect: |
                      revenue   | sales
                      11.00 DKK | 1
                """, file: "cases/c.yaml")
        let outcome = try CaseRunner.run(file, definitions: try .shipped())[0]
        #expect(
            outcome.problems == [
                "row 1, revenue: expected ‘11.00 DKK’, found ‘10.00 DKK’",
                "found:\nrevenue   | sales\n10.00 DKK | 1    ",
            ])
    }

    @Test(arguments: [
        ("remark: none", [String]()),
        ("remark: incomplete", ["expected the remark ‘incomplete’, found ‘’"]),
    ]) func remarksAreHeldAgainstThoseFound(_ line: String, _ problems: [String]) throws {
        let file = try DefinitionNode(
            parsing: """
                cases:
                  - case: nothing is missing
                    now: 2026-07-10T12:00:00Z
                    query: {metrics: [revenue], companies: [rendetalje], period: 2026-06}
                    expect: |
                      revenue
                      0.00 DKK
                    \(line)
                """, file: "cases/c.yaml")
        #expect(try CaseRunner.run(file, definitions: try .shipped())[0].problems == problems)
    }

    @Test(arguments: [
        (
            "sale: |\n        stats\n        PAID",
            "cases/c.yaml:6:1: model ‘sale’ has no column ‘stats’; did you mean ‘status’?"
        ),
        (
            "sale: |\n        company | net\n        rendetalje",
            "cases/c.yaml:7:1: this row has 1 cells, and there are 2 headings; part cells by ‘|’ "
                + "and leave a missing one empty"
        ),
        (
            "sale: |\n        company | net\n        rendetalje | 1.005",
            "cases/c.yaml:7:1: ‘1.005’ does not fit column ‘net’; write a number with at most 2 "
                + "decimals"
        ),
        (
            "sale: |\n        net\n        1.00",
            "cases/c.yaml:7:1: the row names no company; add a column ‘company’"
        ),
    ]) func mistakesInCasesAreLocated(_ rows: String, _ expected: String) throws {
        let text = """
            cases:
              - case: broken
                now: 2026-07-10T12:00:00Z
                rows:
                  \(rows)
                query: {metrics: [revenue], period: 2026-06}
                expect: |
                  revenue
                  0.00 DKK
            """
        let file = try DefinitionNode(parsing: text, file: "cases/c.yaml")
        let error = try #require(throws: Advice.self) {
            try CaseRunner.run(file, definitions: try .shipped())
        }
        #expect(error.description == expected)
    }
}

/// The examples of docs/DEFINITIONS.md are definitions that load and cases that hold.
@Suite struct DocumentationTests {
    @Test func examplesAreTrue() throws {
        let path = Folders.queries + "/../docs/DEFINITIONS.md"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let blocks = text.components(separatedBy: "```yaml\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
        #expect(blocks.count == 8)
        let shipped = try Definitions.shipped()
        let metrics = try DefinitionFolder.files(in: "metrics", of: Folders.queries).map {
            try DefinitionNode(contentsOf: $0)
        }
        let example = try DefinitionNode(parsing: blocks[0], file: "metrics.yaml")
        // The example leaves out where its leads come from.
        let leads = try DefinitionNode(
            parsing: """
                metrics:
                  leads: {description: x, model: lead, kind: count, date: created_at}
                  converted_leads: {description: x, model: lead, kind: count, date: created_at}
                """, file: "leads.yaml")
        #expect(
            try Definitions(metrics: [example, leads], schema: shipped.schema).metrics.count == 10)
        let tables = try DefinitionNode(parsing: blocks[3], file: "tables.yaml")
        let valued = try Definitions(
            metrics: [DefinitionNode(parsing: blocks[1], file: "valued.yaml")],
            reference: [tables], schema: shipped.schema)
        #expect(valued.metrics.count == 5)
        #expect(valued.tables.count == 4)
        // Examples of dimensions stand without metrics.
        let dimensions = try DefinitionNode(parsing: blocks[2], file: "dimensions.yaml")
        #expect(
            try Definitions(metrics: [example, leads, dimensions], schema: shipped.schema)
                .dimensions["age"]?.labels.last == "over 90")

        let all = try Definitions(
            metrics: metrics,
            dashboards: [DefinitionNode(parsing: blocks[4], file: "dashboard.yaml")],
            reports: [DefinitionNode(parsing: blocks[5], file: "report.yaml")],
            reference: [tables],
            schema: shipped.schema)
        #expect(all.dashboards["sales"]?.cards.count == 4)
        #expect(all.reports["sales-register"]?.blocks.count == 2)
        #expect(try schema(ofModels: blocks[6]).models["lead_history"] != nil)
        let cases = try DefinitionNode(parsing: blocks[7], file: "cases.yaml")
        let outcomes = try CaseRunner.run(cases, definitions: shipped)
        #expect(outcomes.map(\.problems) == [[]])
    }

    /// The schema of some models, with the companies that are shipped.
    private func schema(ofModels text: String) throws -> Schema {
        let files = FileManager.default
        let folder = files.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? files.removeItem(at: folder) }
        try files.createDirectory(
            at: folder.appendingPathComponent("models"), withIntermediateDirectories: true)
        try files.copyItem(
            atPath: Folders.queries + "/companies.yaml",
            toPath: folder.appendingPathComponent("companies.yaml").path)
        try text.write(
            to: folder.appendingPathComponent("models/example.yaml"), atomically: true,
            encoding: .utf8)
        return try Schema(definitions: folder.path)
    }
}
