import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

@Suite struct SourceDefinitionTests {
    private func message(_ yaml: String) throws -> String {
        let schema = try Schema(definitions: definitionsFolder)
        do {
            _ = try SourceDefinition(
                DefinitionNode(parsing: yaml, file: "sources/x.yaml"), schema: schema)
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    private let head = """
        source: x
        kind: postgres
        company: tekup
        tables:

        """

    @Test func theDefinitionsOfTheRepositoryAreRead() throws {
        let schema = try Schema(definitions: definitionsFolder)
        let sources = try SourceDefinition.load(definitions: definitionsFolder, schema: schema)
        let names = sources.map(\.name)
        #expect(names.contains("tekup") && names.contains("chikondi"))
        let tekup = try #require(sources.first { $0.name == "tekup" })
        #expect(Set(tekup.models) == ["user", "customer", "service", "sale", "lead"])
        // Nothing secret or private is ever selected.
        let read = Set(tekup.tables.flatMap(\.fields))
        #expect(
            read.isDisjoint(with: [
                "password_hash", "email", "phone", "notes", "internal_notes", "customer_notes",
                "message", "contact_name", "contact_email", "contact_phone", "address",
            ]))
    }

    @Test func mistakesNameThePlaceAndTheNearestName() throws {
        #expect(
            try message(head + "  - {table: t, model: sael, key: id, columns: {}}")
                == "sources/x.yaml:5:23: there is no model ‘sael’; did you mean ‘sale’?")
        #expect(
            try message(head + "  - {table: t, model: user, key: id, columns: {nam: name}}")
                == "sources/x.yaml:5:48: model ‘user’ has no column ‘nam’; did you mean ‘name’?")
        #expect(
            try message(head + "  - {table: t, model: user, columns: {name: name}}")
                == "sources/x.yaml:5:5: ‘key’ is missing here; add a line ‘key: …’")
        #expect(
            try message(head + "  - {table: t, model: user, kee: id, columns: {name: name}}")
                == "sources/x.yaml:5:29: ‘kee’ is not known here; did you mean ‘key’?")
        #expect(
            try message(head + "  - {table: t, model: sale, key: id, columns: {customer: c}}")
                == "sources/x.yaml:5:58: ‘customer’ refers to model ‘customer’, which no table of "
                + "this source fills; map a table to ‘customer’, or leave this column out")
        #expect(
            try message(head + "  - {table: t, model: sale, key: id, columns: {net: amount}}")
                == "sources/x.yaml:5:5: ‘net’ is an amount and nothing says its currency; add "
                + "‘currency: column’ or ‘currency: {company: currency}’")
        #expect(
            try message(
                head + "  - {table: t, model: user, key: id, tenant: org, columns: {name: name}}")
                == "sources/x.yaml:5:46: the source does not say which company a tenant is; add "
                + "‘tenants:’ with ‘companies:’ to the file")
        let counted = try message(
            head + "  - {table: t, model: user, key: id, columns: {active: {from: a, "
                + "unit: minor}}}")
        #expect(
            counted
                == "sources/x.yaml:5:72: a column of type boolean is not counted in ‘minor’; leave "
                + "‘unit’ out")
        #expect(
            try message(head.replacing("tekup", with: "tekop") + "  []")
                == "sources/x.yaml:3:10: there is no company ‘tekop’; did you mean ‘tekup’?")
        #expect(
            try message(head.replacing("postgres", with: "postgre") + "  []")
                == "sources/x.yaml:2:7: ‘postgre’ is not a kind of source; did you mean ‘postgres’?"
        )
    }

    @Test func theFingerprintFollowsTheMeaningOnly() throws {
        let schema = try Schema(definitions: definitionsFolder)
        func fingerprint(_ columns: String, comment: String = "") throws -> String {
            try SourceDefinition(
                DefinitionNode(
                    parsing: head + comment
                        + "  - {table: t, model: user, key: id, columns: {\(columns)}}",
                    file: "x.yaml"), schema: schema
            ).fingerprint
        }
        let first = try fingerprint("name: name")
        #expect(try fingerprint("name: name", comment: "  # a word\n") == first)
        #expect(try fingerprint("name: {from: name}") == first)
        #expect(try fingerprint("name: title") != first)
        #expect(try fingerprint("name: name, active: active") != first)
    }
}

@Suite struct RowPlacementTests {
    private func place(_ columns: String, _ values: [String: SourceValue]) throws
        -> RowPlacement.Outcome
    {
        let schema = try Schema(definitions: definitionsFolder)
        let definition = try SourceDefinition(
            DefinitionNode(
                parsing: """
                    source: x
                    kind: postgres
                    zone: Europe/Copenhagen
                    tenants: {companies: {north: tekup}}
                    tables:
                      - table: t
                        model: service
                        key: id
                        tenant: org
                        columns: {\(columns)}
                    """, file: "x.yaml"), schema: schema)
        let placement = RowPlacement(
            definition.tables[0], companies: schema.companies,
            tenants: Tenants(definition.tenants))
        let all = values.merging(["id": .integer(1), "org": .text("north")]) { given, _ in given }
        return placement.place(definition.tables[0].fields.map { all[$0] ?? .null })
    }

    private func cells(_ columns: String, _ values: [String: SourceValue]) throws -> [String: Cell]
    {
        guard case .row(let row) = try place(columns, values) else {
            Issue.record("\(try place(columns, values))")
            return [:]
        }
        let names = try Schema(definitions: definitionsFolder).model("service").columns.map(\.name)
        return Dictionary(
            uniqueKeysWithValues: zip(names, row.changedCells).compactMap { name, cell in
                cell.map { (name, $0) }
            })
    }

    private func reason(_ columns: String, _ values: [String: SourceValue]) throws -> String {
        guard case .aside(_, let reason) = try place(columns, values) else { return "it fits" }
        return reason
    }

    @Test func amountsBecomeMinorUnitsOfTheirCurrency() throws {
        func price(_ value: SourceValue, _ currency: String) throws -> Cell? {
            try cells(
                "base_price: p, currency: c", ["p": value, "c": .text(currency)])["base_price"]
        }
        #expect(try price(.decimal(#require(ExactDecimal("1234.5"))), "DKK") == .number(123_450))
        #expect(try price(.decimal(#require(ExactDecimal("1234.5"))), "JPY") == .number(1235))
        #expect(try price(.decimal(#require(ExactDecimal("-2.345"))), "dkk") == .number(-235))
        #expect(try price(.integer(7), "KWD") == .number(7000))
        #expect(try price(.float(114.99999999999999), "EUR") == .number(11_500))
        #expect(
            try cells(
                "base_price: {from: p, unit: minor}, currency: c",
                ["p": .integer(99), "c": .text("EUR")])["base_price"] == .number(99))
        #expect(
            try reason("base_price: p, currency: c", ["p": .integer(1)])
                == "base_price: there is an amount and no currency")
        #expect(
            try reason("base_price: p, currency: c", ["p": .integer(1), "c": .text("XYZ")])
                == "base_price: ‘XYZ’ is not a currency of ISO 4217")
        #expect(
            try reason("base_price: p, currency: c", ["p": .odd("NaN"), "c": .text("EUR")])
                == "base_price: a special value ‘NaN’ does not fit a column of type money")
        #expect(
            try reason("base_price: p, currency: c", ["p": .integer(.max), "c": .text("EUR")])
                .hasPrefix("base_price: a number ‘9223372036854775807’ does not fit"))
    }

    @Test func timesWordsCastsAndPaths() throws {
        // 00:30 on 1 July in Copenhagen is 22:30 UTC on 30 June.
        let clock = try #require(Instant("2026-07-01T00:30:00.5Z")).microseconds
        let moment = try #require(Instant("2026-06-30T22:30:00.5Z")).microseconds
        #expect(
            try cells("created_at: at", ["at": .local(clock)])["created_at"] == .number(moment))
        #expect(
            try cells("created_at: {from: at, zone: UTC}", ["at": .local(clock)])["created_at"]
                == .number(clock))
        #expect(
            try cells("created_at: {from: at, unit: milliseconds}", ["at": .integer(5)])[
                "created_at"] == .number(5000))
        #expect(
            try cells(
                "created_at: {from: at, cast: instant}", ["at": .text("2026-06-30T22:30:00.5Z")])[
                    "created_at"] == .number(moment))
        #expect(
            try cells("pricing: {from: p, map: {H: hourly}, else: other}", ["p": .text("X")])[
                "pricing"] == .text("other"))
        #expect(
            try reason("pricing: {from: p, map: {H: hourly}}", ["p": .text("X")])
                == "pricing: the mapping has no word for ‘X’")
        #expect(
            try cells("pricing: {from: p, default: none}", [:])["pricing"] == .text("none"))
        #expect(
            try cells("active: {from: a, map: {J: yes, N: no}, default: no}", ["a": .text("J")])[
                "active"] == .number(1))
        #expect(try cells("active: {from: a, default: no}", [:])["active"] == .number(0))
        #expect(
            try cells("base_price: {constant: 12.50}, currency: {company: currency}", [:])[
                "base_price"] == .number(1250))
        #expect(
            try cells(
                "name: {from: doc, path: a.1.b}", ["doc": .document(#"{"a":[0,{"b":"x"}]}"#)])[
                    "name"] == .text("x"))
        #expect(try cells("name: {from: a, or: b}", ["b": .text("y")])["name"] == .text("y"))
        #expect(
            try cells("active: {from: a, cast: boolean}", ["a": .text("Yes")])["active"]
                == .number(1))
        #expect(
            try reason("active: a", ["a": .text("Yes")])
                == "active: text ‘Yes’ does not fit a column of type boolean")
        #expect(
            try reason("name: n", ["org": .text("south")])
                == "tenant ‘south’ is not among the tenants of the mapping")
        #expect(try reason("name: n", ["id": .null]) == "the row has no key (id)")
    }
}
