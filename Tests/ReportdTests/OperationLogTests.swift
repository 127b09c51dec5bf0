import Counterparts
import Foundation
import HTTPTypes
import Logging
import Synchronization
import Testing
import Vocabulary

@testable import reportd

/// What the log says of requests, and how somebody who quotes an answer is found in it.
@Suite("Log")
struct OperationLogTests {
    private typealias Scene = ExportScene

    /// Lines that were written.
    private final class Lines: Sendable {
        private let content = Mutex<[String]>([])
        var all: [String] { content.withLock { $0 } }

        var logger: Logger {
            Logger(label: "test") { _ in
                JSONLog { line in self.content.withLock { $0.append(line) } }
            }
        }

        /// The lines of a request, as JSON.
        func of(_ request: String) throws -> [[String: Any]] {
            try all.map {
                try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }.filter { $0["request"] as? String == request }
        }

        /// Waits for the line that ends a request.
        func record(of request: String) async throws -> [String: Any] {
            for _ in 0..<500 {
                if let line = try of(request).first(where: { $0["message"] as? String == "request" }
                ) {
                    return line
                }
                try await Task.sleep(for: .milliseconds(10))
            }
            Issue.record("no line tells of \(request)")
            return [:]
        }
    }

    private static func settings(_ text: String) throws -> LogSettings {
        try LogSettings(DefinitionNode(parsing: text, file: "reportd.yaml"), environment: [:])
    }

    @Test("a line tells what was asked by whom in which role, and holds nothing of anybody")
    func lines() async throws {
        let scene = try Scene(sales: 4)
        let lines = Lines()
        var operation = Oversight()
        operation.log.hasRequests = true
        try await scene.serving(operation, logger: lines.logger) { server in
            let token = try await server.token(.viewer, ["rendetalje"], name: "Jens Hansen")
            let address = "/api/v1/dashboards/sales?where=number=S-1001&company=rendetalje"
            let answer = try await server.get(
                address, token: token, headers: ["X-Forwarded-For": "203.0.113.77"])
            #expect(answer.status == 200, "\(answer.text)")
            let name = try #require(answer.headers["X-Request-Id"])
            let line = try await lines.record(of: name)
            #expect(line["level"] as? String == "info")
            #expect(Instant(line["time"] as? String ?? "") != nil)
            #expect(line["method"] as? String == "GET")
            #expect(line["route"] as? String == "/api/v1/dashboards/{name}")
            #expect(line["status"] as? Int == 200)
            #expect(line["bytes"] as? Int == answer.body.count)
            #expect(line["ms"] as? Double ?? -1 >= 0)
            #expect(line["by"] as? String == "token" && line["role"] as? String == "VIEWER")
            let guest = try await server.get("/guest/a-token-of-a-guest")
            let page = try await lines.record(of: try #require(guest.headers["X-Request-Id"]))
            #expect(page["route"] as? String == "/guest/{token}")
            #expect(page["by"] as? String == "nobody" && page["role"] == nil)
            let text = lines.all.filter { $0.contains("\"request\"") }.joined(separator: "\n")
            for secret in [
                "Jens", "S-1001", "203.0.113", "127.0.0.1", "a-token-of-a-guest", token,
                "rendetalje",
            ] {
                #expect(!text.contains(secret), "‘\(secret)’ is in the log")
            }
        }
    }

    @Test("answers, problems and pages name their request, as a proxy has named it or we do")
    func names() async throws {
        let scene = try Scene(sales: 0)
        try await scene.serving { server in
            let token = try await server.token(.viewer, ["rendetalje"])
            let first = try await server.get("/api/v1/dashboards/nowhere", token: token)
            let second = try await server.get("/api/v1/dashboards/nowhere", token: token)
            let name = try #require(first.headers["X-Request-Id"])
            #expect(first.status == 404 && first.text.contains("\"request\":\"\(name)\""))
            #expect(name != second.headers["X-Request-Id"])
            let given = try await server.get(
                "/api/v1/dashboards/nowhere", token: token,
                headers: ["X-Request-ID": "0af7651916cd43dd8448eb211c80319c"])
            #expect(given.headers["X-Request-Id"] == "0af7651916cd43dd8448eb211c80319c")
            for odd in ["short", "with space here", "<script>alert(1)</script>", "é-é-é-é-é"] {
                let answer = try await server.get("/ready", headers: ["X-Request-ID": odd])
                #expect(answer.headers["X-Request-Id"] != odd)
                #expect(RequestName.isSane(answer.headers["X-Request-Id"] ?? ""))
            }
            let page = try await server.get("/dashboards/nowhere", token: token)
            #expect(page.status == 404)
            #expect(
                page.text.contains("<code>\(try #require(page.headers["X-Request-Id"]))</code>"))
        }
        // Whoever is no proxy of ours names nothing.
        let strict = try Scene("access: {proxies: [10.0.0.0/8]}\n", sales: 0)
        try await strict.serving { server in
            let answer = try await server.get(
                "/ready", headers: ["X-Request-ID": "0af7651916cd43dd8448eb211c80319c"])
            #expect(answer.headers["X-Request-Id"] != "0af7651916cd43dd8448eb211c80319c")
        }
    }

    @Test("the section of the configuration")
    func section() throws {
        let plain = try LogSettings(nil, environment: [:])
        #expect(plain == LogSettings(environment: [:]) && !plain.hasRequests)
        let json = try Self.settings("{format: json, level: warning}")
        #expect(json.format == .json && json.level == .warning && json.hasRequests)
        #expect(try Self.settings("{requests: true}").hasRequests)
        #expect(try !Self.settings("{format: json, requests: false}").hasRequests)
        let asked = try LogSettings(
            DefinitionNode(parsing: "{level: warning}", file: "reportd.yaml"),
            environment: ["REPORTD_LOG_LEVEL": "debug"])
        #expect(asked.level == .debug)
        let mistake = #expect(throws: Advice.self) { try Self.settings("{level: loud}") }
        #expect(mistake?.description.contains("‘loud’ is not a level of the log") == true)
    }

    @Test("requests are counted by the pattern of their address, with their times")
    func counts() async throws {
        let counts = RequestCounts()
        for seconds in [0.001, 0.02, 0.02, 99] {
            counts.add(.get, "/api/v1/dashboards/{name}", status: 200, seconds: seconds)
        }
        counts.add(.get, nil, status: 404, seconds: 0.001)
        counts.add(.init("BREW") ?? .get, nil, status: 404, seconds: 0.001)
        var text = MeasurementText()
        counts.measure(into: &text)
        let place = "method=\"GET\",route=\"/api/v1/dashboards/{name}\""
        for line in [
            "reportd_http_requests_total{\(place),status=\"200\"} 4",
            "reportd_http_requests_total{method=\"other\",route=\"none\",status=\"404\"} 1",
            "reportd_http_request_duration_seconds_bucket{\(place),le=\"0.005\"} 1",
            "reportd_http_request_duration_seconds_bucket{\(place),le=\"0.025\"} 3",
            "reportd_http_request_duration_seconds_bucket{\(place),le=\"10.0\"} 3",
            "reportd_http_request_duration_seconds_bucket{\(place),le=\"+Inf\"} 4",
            "reportd_http_request_duration_seconds_count{\(place)} 4",
        ] {
            #expect(text.description.contains(line + "\n"), "\(line)")
        }
    }
}
