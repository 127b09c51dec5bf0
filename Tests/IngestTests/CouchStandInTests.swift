import CouchStandIn
import Foundation
import Testing

/// The stand-in answers as CouchDB 3.5.0 was recorded to.
@Suite struct CouchStandInTests {
    /// A server with a database of two documents, one of them deleted.
    private func server(user: (name: String, password: String)? = nil) throws -> CouchStandIn {
        let server = try CouchStandIn(user: user, forbidden: ["closed"])
        server.makeDatabase("shop")
        server.addLeaf("shop", "a", revision: "1-aa", #""n":1.10"#)
        server.addLeaf("shop", "b", revision: "2-bb", "", deleted: true)
        return server
    }

    /// What curl receives, headers included.
    private func get(_ server: CouchStandIn, _ target: String, _ options: [String] = []) throws
        -> (head: [String], body: String)
    {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["curl", "-sS", "-i", "--max-time", "5"] + options
            + ["http://127.0.0.1:\(server.port)\(target)"]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        let end = try #require(text.firstRange(of: "\r\n\r\n"))
        return (
            text[..<end.lowerBound].components(separatedBy: "\r\n"), String(text[end.upperBound...])
        )
    }

    /// The text with sequences' opaque parts cut off.
    private func plain(_ text: String) -> String {
        text.replacing(/"(\d+)-[A-Za-z0-9_-]{20,}"/) { "\"\($0.output.1)-…\"" }
    }

    @Test func changesOnePage() throws {
        let server = try server()
        let (head, body) = try get(server, "/shop/_changes")
        #expect(head[0] == "HTTP/1.1 200 OK")
        for line in [
            "Content-Type: application/json", "Transfer-Encoding: chunked",
            "Cache-Control: must-revalidate",
        ] { #expect(head.contains(line)) }
        #expect(head.contains { $0.hasPrefix("ETag: \"") })
        #expect(!head.contains { $0.hasPrefix("Content-Length") })
        #expect(
            plain(body)
                == "{\"results\":[\n"
                + "{\"seq\":\"1-…\",\"id\":\"a\",\"changes\":[{\"rev\":\"1-aa\"}]},\r\n"
                + "{\"seq\":\"2-…\",\"id\":\"b\",\"changes\":[{\"rev\":\"2-bb\"}],\"deleted\":true}"
                + "\n],\n\"last_seq\":\"2-…\",\"pending\":0}\n\n")
        #expect(
            try plain(get(server, "/shop/_changes?include_docs=true&limit=1").body)
                == "{\"results\":[\n{\"seq\":\"1-…\",\"id\":\"a\",\"changes\":[{\"rev\":\"1-aa\"}],"
                + "\"doc\":{\"_id\":\"a\",\"_rev\":\"1-aa\",\"n\":1.10}}"
                + "\n],\n\"last_seq\":\"1-…\",\"pending\":1}\n\n")
        #expect(
            try get(server, "/shop/_changes?include_docs=true").body.contains(
                "\"deleted\":true,\"doc\":{\"_id\":\"b\",\"_rev\":\"2-bb\",\"_deleted\":true}}"))
        #expect(
            try plain(get(server, "/shop/_changes?limit=0").body)
                == "{\"results\":[\n\n],\n\"last_seq\":\"0-…\",\"pending\":2}\n\n")
        #expect(
            try plain(get(server, "/shop/_changes?since=now").body)
                == "{\"results\":[\n\n],\n\"last_seq\":\"2-…\",\"pending\":0}\n\n")
        #expect(try get(server, "/shop/_changes", ["-I"]).head[0] == "HTTP/1.1 200 OK")
        #expect(
            try get(server, "/shop/_changes?seq_interval=5").body.contains(
                "{\"seq\":null,\"id\":\"b\""))
        #expect(
            try plain(get(server, "/shop/_changes?descending=true&since=now").body)
                .hasPrefix("{\"results\":[\n{\"seq\":\"2-…\",\"id\":\"b\""))
    }

    @Test func conflictsAndLeaves() throws {
        let server = try server()
        server.addLeaf("shop", "c", revision: "2-aaa", "\"x\":1")
        server.addLeaf("shop", "c", revision: "2-bbb", "\"x\":2")
        #expect(
            try get(server, "/shop/_changes?style=all_docs").body.contains(
                "\"id\":\"c\",\"changes\":[{\"rev\":\"2-bbb\"},{\"rev\":\"2-aaa\"}]}"))
        #expect(
            try get(server, "/shop/_changes?include_docs=true&conflicts=true").body.contains(
                "\"doc\":{\"_id\":\"c\",\"_rev\":\"2-bbb\",\"x\":2,\"_conflicts\":[\"2-aaa\"]}"))
    }

    @Test func sequencesOfElsewhere() throws {
        let server = try server()
        server.makeDatabase("other")
        for number in 0..<9 { server.put("other", "d\(number)", "") }
        let page = try get(server, "/other/_changes").body
        let last = try #require(page.firstMatch(of: /"last_seq":"([^"]+)"/)?.output.1)
        // Accepted without a word, and read from the beginning.
        let here = try get(server, "/shop/_changes?since=\(last)")
        #expect(here.head[0] == "HTTP/1.1 200 OK" && here.body.contains("\"id\":\"a\""))
        let rows = page.matches(of: /"seq":"([^"]+)"/).map { String($0.output.1) }
        for (index, sequence) in rows.enumerated() {
            let rest = try get(server, "/other/_changes?since=\(sequence)").body
            #expect(rest.matches(of: /"id":/).count == rows.count - index - 1)
        }
        for wrong in ["52000", "", "garbage", "%22now%22"] {
            let (head, body) = try get(server, "/other/_changes?since=\(wrong)")
            #expect(head[0].hasPrefix("HTTP/1.1 400"))
            #expect(
                body == #"{"error":"bad_request","reason":"Malformed sequence supplied in 'since' "#
                    + "parameter.\"}\n")
        }
        #expect(
            try get(server, "/other/_changes?since=%22\(rows[3])%22").head[0] == "HTTP/1.1 200 OK")
        let before = try get(server, "/shop").body
        server.makeDatabase("shop")
        let after = try get(server, "/shop").body
        let started = /"instance_start_time":"(\d+)"/
        #expect(
            before.firstMatch(of: started)?.output.1 != after.firstMatch(of: started)?.output.1)
    }

    @Test func liveFeeds() throws {
        let server = try server()
        let late = Thread {
            usleep(350_000)
            server.put("shop", "c", "\"x\":1")
            usleep(100_000)
            server.delete("shop", "c")
            usleep(100_000)
            server.deleteDatabase("shop")
        }
        late.start()
        let body = try get(
            server, "/shop/_changes?feed=continuous&heartbeat=100&since=0"
        ).body
        let lines = plain(body).components(separatedBy: "\n")
        #expect(lines[0] == #"{"seq":"1-…","id":"a","changes":[{"rev":"1-aa"}]}"#)
        #expect(lines[2] == "" && lines[3] == "", "signs of life are empty lines")
        #expect(lines.contains { $0.hasPrefix(#"{"seq":"3-…","id":"c""#) })
        #expect(
            lines.contains {
                $0.hasPrefix(#"{"seq":"4-…","id":"c""#) && $0.hasSuffix(#""deleted":true}"#)
            })
        // A database that goes looks like a feed that ends.
        #expect(lines.suffix(2) == [#"{"last_seq":"4-…","pending":0}"#, ""])

        let other = try self.server()
        #expect(
            try plain(get(other, "/shop/_changes?feed=continuous&limit=1&since=0").body)
                == "{\"seq\":\"1-…\",\"id\":\"a\",\"changes\":[{\"rev\":\"1-aa\"}]}\n"
                + "{\"last_seq\":\"1-…\",\"pending\":0}\n")
        #expect(
            try plain(get(other, "/shop/_changes?feed=continuous&timeout=100&since=now").body)
                == "{\"last_seq\":\"2-…\",\"pending\":0}\n")
        let poll = Thread {
            usleep(250_000)
            other.put("shop", "c", "\"x\":1")
        }
        poll.start()
        #expect(
            try plain(get(other, "/shop/_changes?feed=longpoll&heartbeat=100&since=now").body)
                .wholeMatch(
                    of:
                        /\{"results":\[\n\n{1,4}\{"seq":"3-…","id":"c",.*\}\n\],\n"last_seq":"3-…","pending":0\}\n\n/
                ) != nil)
        #expect(
            try get(other, "/shop/_changes?feed=continuous&heartbeat=abc").body
                == #"{"error":"bad_request","reason":"Invalid heartbeat value. Expecting a positive "#
                + "integer value (in milliseconds).\"}\n")
        #expect(
            try get(other, "/shop/_changes?limit=abc").head[0]
                == "HTTP/1.1 500 Internal Server Error")
        #expect(try get(other, "/shop/_changes?feed=no").head[0] == "HTTP/1.1 400 Bad Request")
    }

    @Test func allDocuments() throws {
        let server = try server()
        #expect(
            try get(server, "/shop/_all_docs?include_docs=true").body
                == "{\"total_rows\":1,\"offset\":0,\"rows\":[\r\n"
                + "{\"id\":\"a\",\"key\":\"a\",\"value\":{\"rev\":\"1-aa\"},"
                + "\"doc\":{\"_id\":\"a\",\"_rev\":\"1-aa\",\"n\":1.10}}\r\n]}\n")
        #expect(
            try get(
                server, "/shop/_all_docs?include_docs=true",
                ["-d", #"{"keys":["nope","b","a"]}"#, "-H", "Content-Type: application/json"]
            ).body
                == "{\"total_rows\":1,\"offset\":null,\"rows\":[\r\n"
                + "{\"key\":\"nope\",\"error\":\"not_found\"},\r\n"
                + "{\"id\":\"b\",\"key\":\"b\",\"value\":{\"rev\":\"2-bb\",\"deleted\":true},"
                + "\"doc\":null},\r\n"
                + "{\"id\":\"a\",\"key\":\"a\",\"value\":{\"rev\":\"1-aa\"},"
                + "\"doc\":{\"_id\":\"a\",\"_rev\":\"1-aa\",\"n\":1.10}}\r\n]}\n")
        #expect(
            try get(server, "/shop/b").body
                == "{\"error\":\"not_found\",\"reason\":\"deleted\"}\n")
        #expect(
            try get(server, "/shop/zzz").body
                == "{\"error\":\"not_found\",\"reason\":\"missing\"}\n")
    }

    @Test func whoMayAskAndWhatRefusalsSay() throws {
        let server = try server(user: ("reportd", "word"))
        #expect(try get(server, "/").head[0] == "HTTP/1.1 200 OK")
        #expect(try get(server, "/_up").head[0] == "HTTP/1.1 200 OK")
        let none = try get(server, "/shop")
        #expect(none.head[0] == "HTTP/1.1 401 Unauthorized")
        #expect(!none.head.contains { $0.lowercased().hasPrefix("www-authenticate") })
        #expect(
            none.body
                == #"{"error":"unauthorized","reason":"You are not authorized to access this db."}"#
                + "\n")
        #expect(
            try get(server, "/shop", ["-u", "reportd:wrong"]).body
                == "{\"error\":\"unauthorized\",\"reason\":\"Name or password is incorrect.\"}\n")
        #expect(
            try get(server, "/closed", ["-u", "reportd:word"]).body
                == "{\"error\":\"forbidden\",\"reason\":\"You are not allowed to access this db.\"}\n"
        )
        #expect(
            try get(server, "/none", ["-u", "reportd:word"]).body
                == "{\"error\":\"not_found\",\"reason\":\"Database does not exist.\"}\n")
        let login = try get(
            server, "/_session",
            [
                "-d", #"{"name":"reportd","password":"word"}"#, "-H",
                "Content-Type: application/json",
            ])
        #expect(login.body == "{\"ok\":true,\"name\":\"reportd\",\"roles\":[]}\n")
        let cookie = try #require(login.head.first { $0.hasPrefix("Set-Cookie: AuthSession=") })
        #expect(
            cookie.wholeMatch(
                of:
                    /Set-Cookie: AuthSession=\S+; Version=1; Expires=.* GMT; Max-Age=600; Path=\/; HttpOnly/
            ) != nil)
        let value = cookie.dropFirst("Set-Cookie: ".count).prefix { $0 != ";" }
        #expect(try get(server, "/shop", ["-H", "Cookie: \(value)"]).head[0] == "HTTP/1.1 200 OK")
        server.expireCookies()
        #expect(
            try get(server, "/shop", ["-H", "Cookie: \(value)"]).head[0]
                == "HTTP/1.1 401 Unauthorized")
        #expect(
            try get(server, "/shop", ["-H", "Cookie: AuthSession=x"]).body
                == #"{"error":"bad_request","reason":"Malformed AuthSession cookie. Please clear "#
                + "your cookies.\"}\n")
    }
}
