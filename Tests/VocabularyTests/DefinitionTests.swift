import Testing
import Vocabulary

@Suite struct DefinitionTests {
    private func words(_ yaml: String, _ read: (DefinitionNode) throws -> Void) -> String? {
        let error = #expect(throws: Advice.self) {
            try read(try DefinitionNode(parsing: yaml, file: "queries/test.yaml"))
        }
        return error?.description
    }

    @Test func errorsNamePlaceAndNearestName() {
        #expect(
            words("model: sale\nlable: Sale\n") {
                _ = try $0.mapping(allowing: ["model", "label"])
            }
                == "queries/test.yaml:2:1: ‘lable’ is not known here; did you mean ‘label’?")
        #expect(
            words("model: sale") {
                _ = try $0.mapping(allowing: ["model", "label"]).required("label")
            }
                == "queries/test.yaml:1:1: ‘label’ is missing here; add a line ‘label: …’")
        #expect(
            words("n:\n  - 1\n  - x\n") {
                for node in try $0.mapping(allowing: ["n"]).required("n").sequence() {
                    _ = try node.integer(in: 1...5)
                }
            } == "queries/test.yaml:3:5: ‘x’ is not a whole number from 1 to 5; write such a number"
        )
        #expect(
            words("p: this-mnth") {
                _ = try $0.mapping(allowing: ["p"]).required("p").reading { try PeriodName($0) }
            } == "queries/test.yaml:1:4: ‘this-mnth’ is not a period; did you mean ‘this-month’?")
    }

    @Test func brokenYamlIsLocated() throws {
        let broken = try #require(words("a: [1, 2\nb: 3\n") { _ in })
        #expect(broken.hasPrefix("queries/test.yaml:2:"))
        #expect(words("") { _ in }?.hasPrefix("queries/test.yaml:1:1: the file is empty") == true)
        #expect(words("a: 1\na: 2\n") { _ in }?.contains("key written twice") == true)
    }

    @Test func companiesAreChecked() throws {
        let good = """
            companies:
              - {code: rendetalje, name: Rendetalje, zone: Europe/Copenhagen, currency: DKK, country: DK}
            """
        let directory = try CompanyDirectory(DefinitionNode(parsing: good, file: "companies.yaml"))
        #expect(directory.companies.map(\.code) == ["rendetalje"])
        let unknown = #expect(throws: Advice.self) { try directory.company("rendetalie") }
        #expect(
            unknown?.description
                == "there is no company ‘rendetalie’; did you mean ‘rendetalje’?")
        #expect(
            words(good.replacing("DKK", with: "KRONE")) { _ = try CompanyDirectory($0) }?
                .contains("is not a currency of ISO 4217") == true)
        #expect(
            words(good.replacing("Copenhagen", with: "Kopenhagen")) {
                _ = try CompanyDirectory($0)
            }?
            .contains(": time zone ‘Europe/Kopenhagen’ is not in") == true)
    }

    @Test func groupsOfCompaniesAreChecked() throws {
        let good = """
            groups:
              north: {label: Northern companies, currency: DKK}
            companies:
              - {code: a, name: A, zone: Europe/Copenhagen, currency: DKK, country: DK, groups: [north, all]}
            """
        let directory = try CompanyDirectory(DefinitionNode(parsing: good, file: "companies.yaml"))
        #expect(directory.groups.map(\.label) == ["Northern companies"])
        #expect(directory.groups.map(\.currency?.code) == ["DKK"])
        #expect(
            words(good.replacing("  north:", with: "  nord:")) { _ = try CompanyDirectory($0) }
                == "queries/test.yaml:2:3: no company is in the group ‘nord’; did you mean ‘north’?"
        )
        #expect(
            words(good.replacing("s, currency: DKK}", with: "s, currency: KRO}")) {
                _ = try CompanyDirectory($0)
            }?.contains("‘KRO’ is not a currency of ISO 4217") == true)
    }

    @Test func amountsAreKeptApartByCurrencyAndNumbersAreNot() throws {
        let columns = [
            ResultColumn(name: "name", label: "Name", kind: .text),
            ResultColumn(name: "sales", label: "Sales", kind: .integer, isTotalled: true),
            ResultColumn(name: "net", label: "Net", kind: .money, isTotalled: true),
        ]
        var footing = ResultFooting(columns: columns)
        for (code, units) in [("EUR", Int128(100)), ("DKK", 5), ("EUR", -30)] {
            let currency = try #require(Currency(code))
            footing.add(
                [.text("x"), .integer(2), .money(Money(minorUnits: units, currency: currency))])
            if code == "EUR", units > 0 {
                // Of one currency there is one line for all that is added up.
                #expect(footing.totals.map(\.label) == ["Total EUR"])
                #expect(footing.totals[0].cells[1] == .integer(2))
            }
        }
        footing.add([.text("nothing"), .integer(Int64.max), .missing])
        #expect(footing.totals.map(\.label) == ["Total", "Total DKK", "Total EUR"])
        let number = try #require(ExactDecimal("9223372036854775813"))
        #expect(footing.totals[0].cells == [.missing, .decimal(number), .missing])
        let euro = try #require(Currency("EUR"))
        #expect(
            footing.totals[2].cells
                == [.missing, .missing, .money(Money(minorUnits: 70, currency: euro))])
        #expect(ResultFooting(columns: columns).totals.isEmpty)
    }
}
