import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// The words of a mapping beyond renaming: what they do, and what is said when they are wrong.
@Suite struct MappingWordsTests {
    private static func definition(
        _ columns: String, table: String = "", model: String = "service"
    ) throws -> SourceDefinition {
        try SourceDefinition(
            DefinitionNode(
                parsing: """
                    source: x
                    kind: postgres
                    company: tekup
                    zone: UTC
                    tables:
                      - table: t
                        model: \(model)
                        key: id
                        \(table)
                        columns: {\(columns)}
                    """, file: "x.yaml"), schema: Schema(definitions: definitionsFolder))
    }

    private func place(
        _ columns: String, _ values: [String: SourceValue], table: String = "",
        model: String = "service"
    ) throws -> (RowPlacement.Outcome, Model) {
        let definition = try Self.definition(columns, table: table, model: model)
        let placement = RowPlacement(
            definition.tables[0], companies: definition.schema.companies,
            tenants: Tenants(definition.tenants))
        let all = values.merging(["id": .integer(1)]) { given, _ in given }
        return (
            placement.place(definition.tables[0].fields.map { all[$0] ?? .null }),
            definition.tables[0].model
        )
    }

    private func cell(
        _ name: String, _ columns: String, _ values: [String: SourceValue],
        model: String = "service"
    ) throws -> Cell? {
        let (outcome, definition) = try place(columns, values, model: model)
        guard case .row(let row) = outcome else {
            Issue.record("\(outcome)")
            return nil
        }
        return try row.changedCells[#require(definition.index(of: name))]
    }

    @Test func formsAreTakenInTheirOrder() throws {
        func formed(_ form: String, _ text: String) throws -> Cell? {
            try cell("category", "category: {from: a, form: \(form)}", ["a": .text(text)])
        }
        #expect(try formed("lower", "PAID ") == .text("paid "))
        #expect(try formed("[trim, upper]", " kes ") == .text("KES"))
        #expect(try formed("[compact, upper]", "nl91 abna\t0417") == .text("NL91ABNA0417"))
        #expect(try formed("trim", "  ") == .missing)
        #expect(try formed("compact", "") == .missing)
        #expect(try formed("lower", "") == .text(""))
        // Words are looked up in what the forms made.
        #expect(
            try cell(
                "active", "active: {from: a, form: [trim, lower], map: {ja: yes, nej: no}}",
                ["a": .text(" JA")]) == .number(1))
    }

    @Test func patternsTakeAPartOfAText() throws {
        func taken(_ pattern: String, _ text: String) throws -> String? {
            try TextPattern(pattern).taken(from: text)
        }
        #expect(
            try taken("Purchased * tokens ({} tier)*", "Purchased 5 tokens (pro tier) via card")
                == "pro")
        #expect(try taken("{} plan", "pro plan") == "pro")
        #expect(try taken("via {}", "via card and more") == "card and more")
        #expect(try taken("{}", "") == "")
        #expect(try taken("a*b", "ab") == "" && taken("a*b", "aXXb") == "")
        #expect(try taken("a*b", "abc") == nil && taken("ab", "abc") == nil)
        #expect(try taken("aa*aa", "aaa") == nil)
        #expect(try taken("x{}y*z", "x1y2y3z") == "1")
        #expect(try taken("Æ{}Ø", "ÆøØ") == "ø")
        #expect(throws: TextPattern.Mistake.self) { try TextPattern("{} and {}") }
        #expect(throws: TextPattern.Mistake.self) { try TextPattern("a*{}") }
    }

    @Test func casesAreTriedInTheirOrder() throws {
        let rule =
            "category: {when: [{if: {a: x, b: {is: present}}, then: both}, "
            + "{if: {a: [x, y]}, then: one}, {if: {b: {not: [q]}}, then: rest}]}"
        #expect(
            try cell("category", rule, ["a": .text("x"), "b": .integer(1)]) == .text("both"))
        #expect(try cell("category", rule, ["a": .text("y")]) == .text("one"))
        #expect(try cell("category", rule, ["a": .text("z")]) == .text("rest"))
        let (outcome, _) = try place(rule, ["a": .text("z"), "b": .text("q")])
        guard case .aside(_, let reason) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(reason == "category: none of the mapping's cases holds")
        // What was not sent decides nothing, and the present value stays.
        #expect(try cell("category", rule, ["a": .unchanged, "b": .text("q")]) == nil)
    }

    @Test func aConditionDecidesWhichColumnCounts() throws {
        let rule = "category: {from: a, if: {kind: booking}, or: b}"
        let values: [String: SourceValue] = ["a": .text("own"), "b": .text("other")]
        #expect(
            try cell("category", rule, values.merging(["kind": .text("booking")]) { $1 })
                == .text("own"))
        #expect(
            try cell("category", rule, values.merging(["kind": .text("staff")]) { $1 })
                == .text("other"))
    }

    @Test func severalPathsAreTriedInTurn() throws {
        let rule = "name: {from: doc, path: [a, raw.a], default: none}"
        func name(_ json: String) throws -> Cell? {
            try cell("name", rule, ["doc": .document(json)])
        }
        #expect(try name(#"{"a":"x","raw":{"a":"y"}}"#) == .text("x"))
        #expect(try name(#"{"raw":{"a":"y"}}"#) == .text("y"))
        #expect(try name(#"{"a":null}"#) == .text("none"))
    }

    @Test func textsAreJoinedAndBlanksLeftOut() throws {
        let rule = "name: {from: [first, last]}"
        #expect(
            try cell("name", rule, ["first": .text(" Ann "), "last": .text("Bo")])
                == .text("Ann Bo"))
        #expect(try cell("name", rule, ["first": .text(""), "last": .text("Bo")]) == .text("Bo"))
        #expect(try cell("name", rule, [:]) == .missing)
    }

    @Test func productsAreExactAndRoundedOnce() throws {
        func amount(_ factors: String, _ values: [String: SourceValue]) throws -> Cell? {
            try cell(
                "base_price", "base_price: {product: [\(factors)]}, currency: {constant: EUR}",
                values)
        }
        let price = SourceValue.decimal(ExactDecimal(unscaled: 1999, scale: 2))
        #expect(try amount("q, p", ["q": .integer(3), "p": price]) == .number(5997))
        // 3 × 19.99 × (1 − 0.05) = 56.9715, × (1 + 0.21) = 68.935515.
        let values: [String: SourceValue] = [
            "q": .text(" 3 "), "p": .float(19.99), "d": .decimal(ExactDecimal("0.05") ?? .zero),
            "t": .integer(21),
        ]
        #expect(try amount("q, p, {less: d}", values) == .number(5697))
        #expect(try amount("q, p, {less: d}, {plus-percent: t}", values) == .number(6894))
        #expect(try amount("q, p, {less-percent: t}", values) == .number(4738))
        #expect(try amount("p, {plus: d}, 100", values) == .number(209_895))
        // What is missing makes the product missing, unless the mapping says what it is then.
        #expect(try amount("p, q", ["p": price]) == .missing)
        #expect(try amount("p, {from: q, default: 2}", ["p": price]) == .number(3998))
        #expect(try amount("p, {less: d, default: 0}", ["p": price]) == .number(1999))
        #expect(try amount("p, q", ["p": price, "q": .unchanged]) == nil)
        // Minor units, of which a share is rounded.
        let minor =
            "base_price: {product: [c, {less: d}], unit: minor}, currency: {constant: EUR}"
        #expect(
            try cell(
                "base_price", minor,
                ["c": .integer(333), "d": .decimal(ExactDecimal("0.5") ?? .zero)])
                == .number(167))
    }

    @Test func whatCannotBeMultipliedIsPutAside() throws {
        func reason(_ values: [String: SourceValue]) throws -> String {
            let (outcome, _) = try place(
                "base_price: {product: [q, p]}, currency: {constant: EUR}", values)
            guard case .aside(_, let reason) = outcome else { return "\(outcome)" }
            return reason
        }
        #expect(
            try reason(["q": .text("three"), "p": .integer(1)])
                == "base_price: ‘three’ is not a number to multiply")
        #expect(
            try reason(["q": .odd("NaN"), "p": .integer(1)])
                == "base_price: ‘NaN’ is not a number to multiply")
        let large = SourceValue.decimal(ExactDecimal(unscaled: Int128(1) << 99, scale: 0))
        #expect(
            try reason(["q": large, "p": large]) == "base_price: the product has too many digits")
        #expect(
            try reason(["q": .integer(.max), "p": .integer(.max)]).hasPrefix("base_price: a number")
        )
    }

    @Test func productsThatSayNothingAreRefused() {
        for (columns, problem) in [
            "name: {product: [a, b]}": "a column of type text cannot be a product",
            "base_price: {product: [a]}, currency: c": "a product has at least two factors",
            "base_price: {product: [a, {less: b, plus: c}]}, currency: c":
                "a factor is made of one column",
            "base_price: {product: [a, {less: b, default: none}]}, currency: c":
                "‘none’ is not a number",
            "base_price: {product: [a, b], map: {x: y}}, currency: c":
                "‘map’ says nothing beside ‘product’",
            "base_price: {product: [a, b], from: a}, currency: c":
                "‘from’ and ‘product’ exclude each other",
        ] {
            #expect {
                _ = try Self.definition(columns)
            } throws: { error in
                "\(error)".contains(problem)
            }
        }
    }

    @Test func stripesUnitsFollowItsOwnList() throws {
        func amount(_ units: Int64, _ currency: String) throws -> Cell? {
            try cell(
                "base_price", "base_price: {from: p, unit: stripe}, currency: c",
                ["p": .integer(units), "c": .text(currency)])
        }
        #expect(try amount(1234, "EUR") == .number(1234))
        #expect(try amount(5000, "JPY") == .number(5000))
        #expect(try amount(500_000, "UGX") == .number(5000))
        #expect(try amount(12_340, "KWD") == .number(12_340))
        #expect(try amount(500, "MGA") == .number(50_000))
        let (outcome, _) = try place(
            "base_price: {from: p, unit: stripe}, currency: c",
            ["p": .integer(550), "c": .text("ISK")])
        guard case .aside(_, let reason) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(reason == "base_price: a number ‘550’ does not fit a column of type money")
    }

    @Test func rowsMarkedAsDeletedAreNoRows() throws {
        let table = "deleted: {gone: true}"
        func outcome(_ value: SourceValue) throws -> RowPlacement.Outcome {
            try place("name: n", ["gone": value], table: table).0
        }
        guard case .deleted(.integer(1)) = try outcome(.boolean(true)),
            case .row = try outcome(.boolean(false)), case .row = try outcome(.null)
        else {
            Issue.record("a mark of deletion was misread")
            return
        }
    }

    @Test func textThatIsAUUIDIsTheSameKeyAsAUUID() throws {
        let text = "0000000a-0000-4000-8000-00000000000b"
        #expect(RowKey(SourceValue.text(text)) == RowKey(uuid: text))
        #expect(RowKey(SourceValue.text(text.uppercased())) == .text(text.uppercased()))
        #expect(RowKey(SourceValue.text("cmcust1")) == .text("cmcust1"))
    }

    @Test func mistakesNameThePlaceAndTheNearestName() throws {
        func message(_ columns: String, table: String = "") -> String {
            do {
                _ = try Self.definition(columns, table: table)
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        #expect(
            message("name: {from: a, form: lowr}")
                == "x.yaml:10:37: ‘lowr’ is not a form; did you mean ‘lower’?")
        #expect(
            message("name: {from: a, lke: x}")
                == "x.yaml:10:31: ‘lke’ is not known here; did you mean ‘like’?")
        #expect(
            message("name: {from: a, like: Purchased}")
                == "x.yaml:10:37: the pattern does not say which part is taken; write {} where it "
                + "stands, as in ‘Purchased * tokens ({} tier)*’")
        #expect(
            message("name: {from: a, like: '{}{}'}")
                .hasPrefix("x.yaml:10:37: ‘{}{}’ is no pattern: ‘{}’ stands in it twice"))
        #expect(
            message("name: {when: [{if: {a: {is: presnt}}, then: x}]}")
                == "x.yaml:10:43: ‘is: presnt’ is not known here; did you mean ‘present’?"
                || message("name: {when: [{if: {a: {is: presnt}}, then: x}]}")
                    .hasSuffix("‘is: presnt’ is not known here; did you mean ‘present’?")
        )
        #expect(
            message("name: {when: [{if: {a: x}, then: x}], default: y}")
                .hasSuffix("‘default’ says nothing beside ‘when’; leave it out"))
        #expect(
            message("name: {from: a, else: y}")
                .hasSuffix("‘else’ without ‘map’ says nothing; add ‘map:’, or write ‘default:’"))
        #expect(
            message("name: {from: a, constant: b}")
                .hasSuffix(
                    "‘from’ and ‘constant’ exclude each other; write one of from, product, "
                        + "constant, company, when"))
        #expect(
            message("active: {from: [a, b]}")
                .hasSuffix("only references and text are made of several columns; name one column"))
        #expect(
            message("name: a", table: "optional-columns: [b]")
                .hasSuffix("‘b’ is optional and nothing reads it; did you mean ‘a’?")
                || message("name: a", table: "optional-columns: [b]")
                    .contains("‘b’ is optional and nothing reads it")
        )
        #expect(
            message("name: a", table: "deleted: {}").hasSuffix(
                "no condition stands here; write ‘column: word’"))
        #expect(
            message("active: {from: a, unit: stripe}")
                .hasSuffix("a column of type boolean is not counted in ‘stripe’; leave ‘unit’ out"))
    }
}
