import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

@Suite struct PostgresTypeTests {
    /// Reads one value in its binary and in its text form from a real server.
    private func read(_ expression: String) throws -> (binary: SourceValue, text: SourceValue) {
        let cluster = ScratchCluster.shared
        let rows = try cluster.sql(
            "postgres",
            "SELECT (\(expression))::text, pg_typeof(\(expression))::oid")
        let oid = try #require(UInt32(rows[0][1] ?? ""))
        let type = try #require(PostgresType(oid: oid))
        let text = rows[0][0].map { type.value(text: $0) } ?? .null
        let connection = try PostgresConnection(
            ConnectionSettings(cluster.connection("postgres"), source: "test"),
            replication: false, application: "test", interrupt: Interrupt())
        var format = CopyFormat(columnCount: 1)
        var fields: [Range<Int>?] = []
        var value = SourceValue.unchanged
        try connection.copyOut("COPY (SELECT \(expression)) TO STDOUT (FORMAT binary)") { bytes in
            guard try format.row(bytes, into: &fields) != nil else { return }
            if let range = fields[0] {
                value = try type.value(binary: bytes, in: range)
            } else {
                value = .null
            }
        }
        #expect(format.hasEnded)
        return (value, text)
    }

    private func decimal(_ text: String) -> SourceValue {
        .decimal(ExactDecimal(text) ?? .zero)
    }

    @Test func row32EveryTypeReadsTheSameInBothForms() throws {
        let moment = try #require(Instant("2026-06-30T22:30:00.123456Z")).microseconds
        let cases: [(String, SourceValue)] = [
            ("true", .boolean(true)), ("false", .boolean(false)), ("NULL::int4", .null),
            ("(-32768)::int2", .integer(-32768)), ("2147483647::int4", .integer(2_147_483_647)),
            ("(-9223372036854775808)::int8", .integer(.min)),
            ("0.1::float4", .float(0.1)), ("1e300::float8", .float(1e300)),
            ("(-0.1)::float8", .float(-0.1)),
            ("0::numeric", decimal("0")), ("1234.50::numeric(10,2)", decimal("1234.50")),
            ("(-0.01)::numeric", decimal("-0.01")),
            ("99999999.99::numeric", decimal("99999999.99")),
            ("10000::numeric", decimal("10000")), ("100000000::numeric", decimal("100000000")),
            ("0.00000001::numeric", decimal("0.00000001")),
            ("12345678901234567890.123456789::numeric", decimal("12345678901234567890.123456789")),
            ("1.500000000000000000000::numeric", decimal("1.5")),
            ("'Ærø € 🍞'::text", .text("Ærø € 🍞")), ("'abc'::varchar(5)", .text("abc")),
            ("'name'::name", .text("name")),
            (
                "'00112233-4455-6677-8899-aabbccddeeff'::uuid",
                .uuid(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff)
            ),
            ("timestamp '2026-06-30 22:30:00.123456'", .local(moment)),
            ("timestamptz '2026-07-01 00:30:00.123456+02'", .instant(moment)),
            ("timestamp '1969-12-31 23:59:59.999999'", .local(-1)),
            ("date '2026-06-30'", .day(20_634)), ("date '1969-12-31'", .day(-1)),
            ("'{\"a\": 1}'::json", .document("{\"a\": 1}")),
            ("'{\"a\": 1}'::jsonb", .document("{\"a\": 1}")),
        ]
        for (expression, expected) in cases {
            let (binary, text) = try read(expression)
            #expect(binary == expected, "\(expression)")
            #expect(text == expected, "\(expression)")
        }
    }

    @Test func valuesWithoutAPlaceAreOdd() throws {
        for expression in [
            "'NaN'::numeric", "'Infinity'::numeric", "'NaN'::float8", "'-Infinity'::float4",
            "timestamp 'infinity'", "timestamptz '-infinity'", "date 'infinity'",
            "10::numeric ^ 50", "'0.0000000000000000000000001'::numeric",
        ] {
            let (binary, text) = try read(expression)
            guard case .odd = binary, case .odd = text else {
                Issue.record("\(expression) gave \(binary) and \(text)")
                continue
            }
        }
        // What has no place among our times and numbers keeps the words of the server.
        for expression in [
            "timestamp '294276-12-31 23:59:59.999999'",
            "timestamptz '294276-12-31 23:59:59.999999+00'", "(-10)::numeric ^ 131071",
            "0.5::numeric ^ 200", "'-Infinity'::numeric", "(10::numeric ^ 60) + 0.25",
        ] {
            let (binary, text) = try read(expression)
            #expect(binary == text, "\(expression)")
        }
    }

    @Test func timesOfAllYearsReadTheSameInBothForms() throws {
        for expression in [
            "timestamp '4713-01-01 00:00:00 BC'", "timestamptz '4713-11-24 00:00:00+00 BC'",
            "date '4713-01-01 BC'", "date '0001-01-01'", "date '0001-12-31 BC'",
            "timestamp '0044-03-15 12:00:00.5 BC'", "timestamptz '0001-01-01 00:00:00+00'",
            "timestamp '10000-01-01 00:00:00'", "date '99999-12-31'", "date '4999999-01-01'",
            "timestamp '294246-12-31 23:59:59.999999'", "timestamp '1970-01-01 24:00:00'",
            "timestamptz '1890-01-01 00:00:00+00'", "timestamp '1582-10-10 00:00:00.000001'",
        ] {
            let (binary, text) = try read(expression)
            #expect(binary == text, "\(expression)")
            if case .odd = binary { Issue.record("\(expression) is \(binary)") }
            // What quarantine keeps reads back.
            let type: PostgresType =
                expression.hasPrefix("date")
                ? .date : expression.hasPrefix("timestamptz") ? .timestamptz : .timestamp
            #expect(type.value(text: try #require(binary.text)) == binary, "\(expression)")
        }
    }

    @Test func numbersHaveTheSameTextInBothForms() throws {
        for expression in [
            "1234.50::numeric(10,2)", "1000.0000::numeric", "0.00::numeric", "0::numeric(8,3)",
            "(-0.5)::numeric(4,2)", "100::numeric", "12345678901234.5600::numeric",
            "1e15::numeric(30,10)", "0.000000000000000001::numeric", "99999999.99::numeric",
        ] {
            let (binary, text) = try read(expression)
            #expect(binary.text == text.text, "\(expression)")
        }
    }

    @Test func malformedValuesAreErrorsNotTraps() throws {
        let types: [PostgresType] = [
            .boolean, .int2, .int4, .int8, .float4, .float8, .numeric, .uuid, .timestamp,
            .timestamptz, .date, .jsonb,
        ]
        for type in types {
            for length in [0, 3, 5, 7, 9, 11] where !(type == .jsonb && length > 0) {
                let bytes = [UInt8](repeating: 0xEE, count: length)
                #expect(throws: PostgresType.Malformed.self, "\(type) \(length)") {
                    _ = try type.value(binary: bytes.span, in: 0..<length)
                }
            }
        }
    }

    @Test func textOfAValueReadsBack() throws {
        let values: [(PostgresType, SourceValue)] = [
            (.boolean, .boolean(true)), (.int8, .integer(-5)), (.numeric, decimal("12.50")),
            (.timestamp, .local(1_234_567_890_123_456)), (.timestamptz, .instant(-1)),
            (.date, .day(-7)), (.uuid, .uuid(77)), (.text, .text("a\"b\\c\n")),
            (.float8, .float(0.1)),
        ]
        for (type, value) in values {
            #expect(type.value(text: try #require(value.text)) == value)
        }
        #expect(
            PostgresType.timestamptz.value(text: "1890-01-01 00:00:00+00:50:20")
                == .instant(try #require(Instant("1889-12-31T23:09:40Z")).microseconds))
    }
}
