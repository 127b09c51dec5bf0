import Testing
import Vocabulary

@testable import Ingest

@Suite struct DocumentReaderTests {
    private let answer = """
        {"total_rows":2,"offset":0,"rows":[
        {"id":"a","key":"a","value":{"rev":"1-x"},"doc":{"_id":"a","_rev":"1-x","n":1.10}},
        {"id":"b","key":"b","value":{"rev":"2-y"},"doc":{"_id":"b","_rev":"2-y","t":"é\\u20ac"}}
        ]}

        """

    private func read(_ text: String) throws -> [ExportedDocument] {
        try DocumentReader.documents(in: Array(text.utf8), file: "export.json")
    }

    @Test func threeFormsAreRead() throws {
        let documents = try read(answer)
        #expect(documents.map(\.id) == ["a", "b"])
        #expect(documents[0].body["n"] == .number("1.10"))
        #expect(documents[1].body["t"] == .text("é€"))
        #expect(documents[1].generation == 2)

        let lines = try read(
            "{\"_id\":\"a\",\"_rev\":\"1-x\"}\n\n{\"_id\":\"b\",\"_rev\":\"2-y\",\"_deleted\":true}\n"
        )
        #expect(lines.map(\.isDeleted) == [false, true])

        let backup = try read(
            """
            {"name":"@cloudant/couchbackup","version":"2.11.0","mode":"full","attachments":false}
            [{"_id":"a","_rev":"1-x"},{"_id":"b","_rev":"1-y"}]
            [{"_id":"c","_rev":"1-z"}{"marker":"@cloudant/couchbackup:resume"}
            {"marker":"@cloudant/couchbackup:resume"}
            [{"_id":"c","_rev":"1-z"}]
            """)
        #expect(backup.map(\.id) == ["a", "b", "c"])
    }

    @Test func row45EveryCutIsRefused() throws {
        let bytes = Array(answer.utf8)
        let whole = bytes.lastIndex(of: UInt8(ascii: "}")) ?? 0
        for length in 0...whole {
            #expect(throws: Advice.self, "cut after \(length) bytes") {
                try DocumentReader.documents(in: Array(bytes[..<length]), file: "export.json")
            }
        }
    }

    @Test func mistakesAreToldWithLineAndColumn() throws {
        func message(_ text: String) -> String {
            do {
                _ = try read(text)
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        let remedy = "export again and see that the file is complete; nothing was changed"
        #expect(
            message(String(answer.prefix(122)))
                == "export.json:3:3: the export breaks off or is damaged: the text ends inside a "
                + "string; \(remedy)")
        #expect(
            message("{\"_id\":\"a\"}\n{\"_id\":\"b\",}\n")
                == "export.json:2:12: the export breaks off or is damaged: a name is expected; "
                + remedy)
        #expect(
            message(answer.replacing("\"total_rows\":2", with: "\"total_rows\":51"))
                == "export.json:1:1: the export holds 2 of 51 documents; export again, without "
                + "limit, startkey or endkey")
        #expect(
            message(#"{"total_rows":1,"offset":0,"rows":[{"id":"a","key":"a","value":{}}]}"#)
                == "export.json:1:1: the export lists documents without their content; export "
                + "again with include_docs=true")
        #expect(
            message(#"{"metadata":{},"sales":[]}"#)
                == "export.json:1:1: this is not an export of CouchDB: a document has no ‘_id’; "
                + "export with _all_docs?include_docs=true or couchbackup")
        #expect(message("  ").hasPrefix("export.json:1:1: the export is empty"))
    }

    @Test func jsonIsReadStrictly() throws {
        for wrong in [
            "01", "1.", "1e", "[1,]", "{\"a\"}", "\"\\x\"", "\"\\ud800\"", "\"\u{1}\"", "tru",
            "nul",
            "[1 2]", "{\"a\":1,}", "1 2", String(repeating: "[", count: 300),
        ] {
            #expect(throws: JSONMistake.self, "\(wrong)") { try JSONParser.parse(wrong) }
        }
        #expect(throws: JSONMistake.self) {
            var parser = JSONParser([0x22, 0xFF, 0x22])
            _ = try parser.value()
        }
        let value = try JSONParser.parse(
            #" {"a":[true,null,-1.50e2,"\ud83c\udf5e\n"],"a":{"b":[{"c":7}]}} "#)
        #expect(value.value(at: ["a", "b", "0", "c"]) == .number("7"))
        #expect(value.value(at: ["a", "b", "1"]) == nil)
        let text = #"{"a":["🍞\n\u0001\"\\",12.340]}"#
        #expect(try JSONParser.parse(text).serialized == text)
    }
}
