import Store
import Testing
import Vocabulary

@testable import Analytics

@Suite struct ConditionTests {
    @Test(arguments: [
        ("status=PAID", "status is PAID"),
        ("status = PAID, ACCEPTED,LOST", "status is PAID, ACCEPTED or LOST"),
        ("status!=LOST", "status is not LOST"),
        ("customer.name=\"Hansen, Jensen\"", "customer.name is Hansen, Jensen"),
        ("source is missing", "source is missing"),
        ("source is present", "source is present"),
        ("number=a=b", "number is a=b"),
    ]) func readsAndSpeaks(_ text: String, _ words: String) throws {
        #expect(try Condition(parsing: text).description == words)
    }

    @Test(arguments: ["status", "=PAID", "status=", "status=a,,b", "status=\"a"])
    func refuses(_ text: String) {
        #expect(throws: Advice.self) { try Condition(parsing: text) }
    }

    @Test func becomesTypedFilters() throws {
        let schema = try Definitions.shipped().schema
        let sale = try schema.model("sale")
        func filter(_ text: String) throws -> Filter {
            try Condition(parsing: text).filter(for: sale, in: schema)
        }
        #expect(try filter("tax_rate=25") == .among(ColumnPath("tax_rate"), [.number(2500)]))
        #expect(try filter("source is present") == .notAmong(ColumnPath("source"), [.missing]))
        #expect(
            try filter("service.active=true")
                == .among(ColumnPath("service", "active"), [.number(1)]))
        #expect(
            try filter("customer=17")
                == .among(ColumnPath("customer"), [.key(.text("17")), .key(.integer(17))]))
        for text in ["tax_rate=25.123", "net=5", "sold_at=2026-01-01", "service.active=1"] {
            #expect(throws: Advice.self) { try filter(text) }
        }
    }
}
