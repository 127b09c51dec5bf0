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
        ("number=a=b", "number is a=b"), ("net>0", "net is above 0"),
        ("tax_rate >= 12.5", "tax_rate is at least 12.5"),
        ("sold_at<today", "sold_at is before today"),
        ("sold_at<=period-end - 30", "sold_at is until period-end - 30"),
        ("paid_at < @sold_at", "paid_at < sold_at"),
        ("currency!=@customer.currency", "currency ≠ customer.currency"),
        ("source=\"@home\"", "source is @home"),
    ]) func readsAndSpeaks(_ text: String, _ words: String) throws {
        #expect(try Condition(parsing: text).description == words)
    }

    @Test(arguments: [
        "status", "=PAID", "status=", "status=a,,b", "status=\"a", "net=>5", ">5", "a<>b",
    ])
    func refuses(_ text: String) {
        #expect(throws: Advice.self) { try Condition(parsing: text) }
    }

    @Test(arguments: ["net>=@quoted", "currency=@customer.currency", "source=\"@home\",web"])
    func isWrittenAsItIsRead(_ text: String) throws {
        let condition = try Condition(parsing: text)
        #expect(condition.expressions == [text])
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
            try filter("service.active=no")
                == .among(ColumnPath("service", "active"), [.number(0)]))
        #expect(
            try filter("customer=17")
                == .among(ColumnPath("customer"), [.key(.text("17")), .key(.integer(17))]))
        #expect(
            try filter("tax_rate>12.5") == .range(ColumnPath("tax_rate"), 1251...Int64.max))
        #expect(try filter("net<0") == .range(ColumnPath("net"), (Int64.min + 1)...(-1)))
        let asked = AskedDays(
            Period(.month, containing: try #require(LocalDay("2026-06-10"))),
            today: try #require(LocalDay("2026-06-20")))
        #expect(
            try Condition(parsing: "sold_at>period-end - 30").filter(
                for: sale, in: schema, asked: asked)
                == .days(
                    ColumnPath("sold_at"),
                    try Period(
                        from: try #require(LocalDay("2026-05-22")),
                        upTo: LocalDay.latest.adding(days: 1))))
        for text in [
            "net>5", "status>5", "tax_rate<12.345", "sold_at<tomorrow", "sold_at<today+x",
            "sold_at>=period-end - 99999",
        ] {
            #expect(throws: Advice.self) { try filter(text) }
        }
        #expect(
            try filter("paid_at<=@sold_at")
                == .compared(ColumnPath("paid_at"), [.below, .equal], ColumnPath("sold_at")))
        #expect(
            try filter("currency!=@service.currency")
                == .compared(
                    ColumnPath("currency"), [.below, .above], ColumnPath("service", "currency")))
        for text in [
            "net>@service.base_price", "status>@source", "net<@sold_at", "net<@nett",
            "number=@source",
            "customer=@rep", "weekday=@sold_at",
        ] {
            #expect(throws: Advice.self) { try filter(text) }
        }
        for text in ["tax_rate=25.123", "net=5", "sold_at=2026-01-01", "service.active=1"] {
            #expect(throws: Advice.self) { try filter(text) }
        }
    }
}
