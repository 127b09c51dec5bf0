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
        #expect(outcomes.count >= 80)
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
    /// The examples that begin with a word, of all pages.
    private func examples(of word: String) throws -> [DefinitionNode] {
        let text = try String(
            contentsOfFile: Folders.queries + "/../docs/DEFINITIONS.md", encoding: .utf8)
        let blocks = text.components(separatedBy: "```yaml\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
        return try blocks.filter { $0.hasPrefix(word + ":") }.enumerated().map { index, block in
            try DefinitionNode(parsing: block, file: "\(word)-\(index).yaml")
        }
    }

    /// Examples of metrics, dimensions and tables belong together; what they leave out is shipped.
    @Test func examplesOfMetricsAreTrue() throws {
        let shipped = try Definitions.shipped()
        let own = try examples(of: "metrics") + examples(of: "dimensions")
        #expect(own.count >= 2)
        let defined = try own.flatMap {
            try $0.mapping(allowing: ["metrics", "dimensions"]).optional("metrics")?.entries()
                .map { try $0.0.string() } ?? []
        }
        // The pages have tables of their own, so that nothing that rests on shipped ones is asked;
        // nor is what funnels and movements make, whose definitions are those of several metrics.
        let single = try DefinitionFolder.files(in: "metrics", of: Folders.queries).flatMap {
            path in
            try DefinitionNode(contentsOf: path).mapping(
                allowing: ["metrics", "dimensions", "funnels", "movements"]
            ).optional("metrics")?.entries().map { try $0.0.string() } ?? []
        }
        var valued = Set(shipped.metrics.keys).subtracting(single)
        var count = -1
        while count < valued.count {
            count = valued.count
            for metric in shipped.metrics.values {
                let words = metric.definition.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
                if metric.definition.contains("table:")
                    || words.contains(where: { valued.contains(String($0)) })
                {
                    valued.insert(metric.name)
                }
            }
        }
        let rest = shipped.metrics.values.filter {
            !defined.contains($0.name) && !valued.contains($0.name)
        }.sorted { $0.name < $1.name }.map { metric in
            "  \(metric.name):\n"
                + metric.definition.split(separator: "\n").map { "    \($0)\n" }.joined()
        }
        let all = try Definitions(
            metrics: own + [
                DefinitionNode(parsing: "metrics:\n" + rest.joined(), file: "shipped.yaml")
            ], reference: examples(of: "tables"), schema: shipped.schema)
        #expect(defined.allSatisfy { all.metrics[$0] != nil })
        #expect(all.dimensions["age"]?.labels.last == "over 90")
    }

    @Test func examplesOfPagesAndModelsAreTrue() throws {
        func shipped(_ folder: String) throws -> [DefinitionNode] {
            try DefinitionFolder.files(in: folder, of: Folders.queries).map {
                try DefinitionNode(contentsOf: $0)
            }
        }
        let pages = try examples(of: "dashboard")
        let ofCourses = try pages.filter { try $0.yamlText().contains("funnel:") }
        let courses = try Definitions(
            metrics: examples(of: "funnels"), dashboards: ofCourses,
            schema: try Definitions.shipped().schema)
        #expect(courses.metrics["subscribed_churn_members"]?.unit == .count)
        #expect(courses.metrics["booking_course_paid_of_first"]?.unit == .ratio)
        #expect(courses.dashboards["courses"]?.cards.count == 2)
        let all = try Definitions(
            metrics: shipped("metrics"),
            dashboards: pages.filter { page in !ofCourses.contains { $0.place == page.place } },
            reports: examples(of: "report"), reconciliations: examples(of: "reconciliation"),
            reference: shipped("reference"), targets: examples(of: "targets"),
            schema: try Definitions.shipped().schema)
        #expect(all.dashboards["sales"]?.cards.count == 4)
        #expect(all.reports["sales-register"]?.blocks.count == 2)
        #expect(all.reconciliations["payments-of-bookings"]?.tolerance.percent.scale == 1)
        #expect(all.targets.map(\.metric) == ["revenue", "revenue", "lead_conversion"])
        let text = try String(
            contentsOfFile: Folders.queries + "/../docs/DEFINITIONS.md", encoding: .utf8)
        let models = try #require(
            text.components(separatedBy: "```yaml\n").first { $0.hasPrefix("models:") })
        let block = try #require(models.components(separatedBy: "\n```").first)
        let schema = try schema(ofModels: block)
        #expect(schema.models["lead_history"] != nil)
    }

    @Test func examplesOfCasesHold() throws {
        let cases = try examples(of: "cases") + examples(of: "companies")
        #expect(cases.count == 2)
        for file in cases {
            let outcomes = try CaseRunner.run(file, definitions: try .shipped())
            #expect(outcomes.flatMap(\.problems) == [])
        }
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
