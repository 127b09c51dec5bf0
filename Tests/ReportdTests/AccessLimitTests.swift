import Counterparts
import Foundation
import Hummingbird
import Logging
import Testing
import Vocabulary

@testable import reportd

/// How often somebody may ask, from where, how long and how large; and what every answer carries.
@Suite("Limits at the door")
struct AccessLimitTests {
    private typealias Scene = ExportScene

    private static func access(_ lines: String) -> String { "access:\n  \(lines)" }

    // MARK: Requests

    @Test("a bucket fills by and by, and holds what an hour brings")
    func buckets() {
        let buckets = RequestBuckets()
        let start = FirstLightWorld.now
        func take(_ name: String, _ later: Int64) -> RequestBuckets.Ticket {
            buckets.take(
                for: name, perHour: 6, capacity: 3, now: start.adding(seconds: later))
        }
        #expect(take("a", 0) == .init(isGranted: true, remaining: 2, wait: 0))
        #expect(take("a", 0).remaining == 1)
        #expect(take("a", 0) == .init(isGranted: true, remaining: 0, wait: 600))
        #expect(take("a", 0) == .init(isGranted: false, remaining: 0, wait: 600))
        #expect(take("b", 0).isGranted)
        #expect(take("a", 599) == .init(isGranted: false, remaining: 0, wait: 1))
        #expect(take("a", 600).isGranted)
        #expect(!take("a", 600).isGranted)
        // A clock that goes back gives nothing and takes nothing.
        #expect(!take("a", 0).isGranted)
        for granted in [true, true, true, false] {
            #expect(take("a", 100_000).isGranted == granted)
        }
        buckets.giveBack(to: "a")
        #expect(take("a", 100_000).isGranted)
        for number in 0..<(RequestBuckets.most + 1000) { _ = take("n\(number)", Int64(number)) }
        #expect(buckets.count <= RequestBuckets.most)
    }

    @Test("a user who asks too often is told when to come again; others are not kept waiting")
    func users() async throws {
        let scene = try Scene(Self.access("limits: {requests-per-hour: 3}"))
        try await scene.serving { server in
            let path = "/api/v1/metrics"
            let one = try await server.token(.viewer, ["rendetalje"], seconds: 7200, name: "one")
            let two = try await server.token(.viewer, ["rendetalje"], name: "two")
            for remaining in ["2", "1", "0"] {
                let answer = try await server.get(path, token: one)
                #expect(answer.status == 200)
                #expect(answer.headers["X-Ratelimit-Limit"] == "3")
                #expect(answer.headers["X-Ratelimit-Remaining"] == remaining)
            }
            let late = try await server.get(path, token: one)
            #expect(late.status == 429)
            #expect(late.headers["Retry-After"] == "1200")
            #expect(late.type == "application/problem+json")
            #expect(late.text.contains("more than 3 requests an hour; try again in 20 minutes"))
            #expect(try await server.get(path, token: two).status == 200)
            // Pages, applications' own addresses and the machine's watchdogs count elsewhere.
            for other in ["/reports", "/analytics/service-performance", "/health", "/metrics"] {
                #expect(try await server.get(other, token: one).status == 200, "\(other)")
            }
            try scene.world.set("2026-11-20T13:50:00Z")
            #expect(try await server.get(path, token: one).status == 200)
            #expect(try await server.get(path, token: one).status == 429)
        }
    }

    @Test("an address from which strangers ask too often is turned away; others do not count")
    func addresses() async throws {
        let scene = try Scene(Self.access("limits: {address-requests-per-hour: 4}"))
        try await scene.serving { server in
            func ask(_ address: String) async throws -> Int {
                try await server.get("/health", headers: ["X-Forwarded-For": address]).status
            }
            var statuses: [Int] = []
            for _ in 0..<4 { statuses.append(try await ask("203.0.113.1")) }
            #expect(statuses == [200, 200, 200, 200])
            #expect(try await ask("203.0.113.1") == 429)
            #expect(try await ask("203.0.113.2") == 200)
            // What stands before the proxy's own word is the sender's invention.
            #expect(try await ask("203.0.113.9, 203.0.113.1") == 429)
            // A network of version 6 is one customer.
            for last in 1...4 { #expect(try await ask("2001:db8:1:2::\(last)") == 200) }
            #expect(try await ask("2001:db8:1:2:ffff::1") == 429)
            #expect(try await ask("2001:db8:1:3::1") == 200)
            #expect(try await ask("::ffff:203.0.113.1") == 429)
            let token = try await server.token(.viewer, ["rendetalje"])
            func asKnown(_ token: String) async throws -> Int {
                try await server.get(
                    "/api/v1/dashboards", token: token, headers: ["X-Forwarded-For": "203.0.113.7"]
                ).status
            }
            for _ in 0..<9 { #expect(try await asKnown(token) == 200) }
            for _ in 0..<4 { #expect(try await asKnown(token + "A") == 401) }
            #expect(try await asKnown(token) == 429)
        }
    }

    @Test("addresses and ranges")
    func ranges() throws {
        for (range, address, isIn) in [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
            ("10.1.2.3", "10.1.2.3", true), ("10.1.2.3", "10.1.2.4", false),
            ("192.168.4.0/22", "192.168.7.255", true), ("192.168.4.0/22", "192.168.8.0", false),
            ("fd00::/8", "fd12::1", true), ("fd00::/8", "fe00::1", false),
            ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false),
            ("127.0.0.0/8", "::ffff:127.0.0.1", true), ("10.0.0.0/8", "nonsense", false),
        ] {
            #expect(try AddressRange(range).contains(address) == isIn, "\(range) \(address)")
        }
        for wrong in ["", "10.0.0", "10.0.0.0/33", "10.0.0.0/-1", "::1/129", "x/8", "10.0.0.0/"] {
            #expect(throws: Advice.self, "\(wrong)") { _ = try AddressRange(wrong) }
        }
    }

    @Test("only named proxies are believed")
    func proxies() async throws {
        let scene = try Scene(
            Self.access("proxies: [192.0.2.1]\n  limits: {address-requests-per-hour: 2}"))
        try await scene.serving { server in
            for (number, status) in [(1, 200), (2, 200), (3, 429)] {
                let answer = try await server.get(
                    "/health",
                    headers: [
                        "X-Forwarded-For": "203.0.113.\(number)", "X-Forwarded-Proto": "https",
                    ])
                #expect(answer.status == status)
                #expect(answer.headers["Strict-Transport-Security"] == nil)
            }
        }
    }

    // MARK: Signing in

    private static func form(_ name: String, _ password: String, _ token: String) -> String {
        "name=\(name)&password=\(password.replacing(" ", with: "+"))&token=\(token)"
    }

    @Test("attempts to sign in are few, for a name from an address above all")
    func signIns() async throws {
        let scene = try Scene(Self.access("limits: {sign-ins-per-hour: 4}"))
        try UserBook(state: scene.state).set(Scene.manager, password: "a good password")
        try await scene.serving { server in
            let token = server.access.key.formToken("nobody")
            func page(
                _ name: String, _ password: String, from address: String
            ) async throws -> TestServer.Answer {
                try await server.post(
                    "/sign-in", Self.form(name, password, token),
                    headers: ["X-Forwarded-For": address])
            }
            func login(_ password: String, from address: String) async throws -> TestServer.Answer {
                try await server.post(
                    "/auth/login", "{\"email\":\"mette\",\"password\":\"\(password)\"}",
                    headers: ["X-Forwarded-For": address])
            }
            // What succeeds does not count.
            for _ in 0..<5 {
                #expect(
                    try await page("mette", "a good password", from: "203.0.113.1").status == 303)
            }
            #expect(try await page("mette", "a wrong one", from: "203.0.113.1").status == 401)
            #expect(try await login("a wrong one", from: "203.0.113.1").status == 401)
            let late = try await page("mette", "a good password", from: "203.0.113.1")
            #expect(late.status == 429)
            #expect(late.headers["Retry-After"] == "900")
            #expect(late.text.lowercased().contains("too many attempts to sign in"))
            #expect(late.headers["Set-Cookie"] == nil)
            let other = try await login("a good password", from: "203.0.113.1")
            #expect(other.status == 429 && other.headers["Retry-After"] == "900")
            #expect(other.text.contains("\"statusCode\":429"))
            // The owner of the name, elsewhere, and others at the same place, get in.
            #expect(try await login("a good password", from: "203.0.113.2").status == 200)
            for number in 0..<8 {
                let name = "guess\(number)"
                #expect(try await page(name, "a wrong one", from: "203.0.113.1").status == 401)
            }
            #expect(try await page("guess9", "a wrong one", from: "203.0.113.1").status == 429)
            try scene.world.set("2026-11-20T13:45:00Z")
            #expect(try await page("mette", "a good password", from: "203.0.113.1").status == 303)
            let entries = try await scene.audit.entries(.init(kind: "sign-in-refused"))
            #expect(
                entries.filter { $0.details == "{\"reason\":\"too many attempts\"}" }.count == 3)
        }
    }

    // MARK: What every answer carries

    @Test("every answer carries the headers that keep browsers from harm")
    func headers() async throws {
        let scene = try Scene()
        try await scene.serving { server in
            let token = try await server.token(.admin, ["rendetalje"])
            let page = try await server.get("/sign-in")
            let asset = try #require(page.text.firstMatch(of: /"(\/assets\/[^"]+)"/)).output.1
            let first = try await server.get("/api/v1/dashboards/sales", token: token)
            let known = ["If-None-Match": first.headers["Etag"] ?? ""]
            var answers: [(Int, TestServer.Answer)] = [
                (200, page), (200, first),
                (
                    304,
                    try await server.get("/api/v1/dashboards/sales", token: token, headers: known)
                ),
            ]
            for (status, path) in [
                (200, String(asset)), (404, "/nowhere"), (401, "/api/v1/metrics"), (303, "/"),
                (200, "/health"), (404, "/files/x"),
            ] {
                answers.append((status, try await server.get(path)))
            }
            answers.append((200, try await server.get("/reports", token: token)))
            answers.append((400, try await server.post("/api/v1/query", "{", token: token)))
            for (status, answer) in answers {
                #expect(answer.status == status)
                let policy = try #require(answer.headers["Content-Security-Policy"])
                #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
                #expect(policy.contains("frame-ancestors 'none'"))
                #expect(answer.headers["X-Content-Type-Options"] == "nosniff")
                let isPage = answer.type?.hasPrefix("text/html") == true
                #expect(answer.headers["X-Frame-Options"] == (isPage ? "DENY" : nil))
                #expect(answer.headers["Referrer-Policy"] == (isPage ? "same-origin" : nil))
                #expect(answer.headers["Server"] == nil)
                #expect(answer.headers["Strict-Transport-Security"] == nil)
                #expect(answer.headers["Cache-Control"] != nil)
            }
            // Pages work under that policy: no script and no style stands in them.
            for page in ["/sign-in", "/reports", "/exports", "/dashboards/sales"] {
                let text = try await server.get(page, token: token).text
                #expect(!text.contains("<style") && !text.contains(" style="), "\(page)")
                #expect(text.firstMatch(of: /<script(?![^>]* src=)/) == nil, "\(page)")
                #expect(text.firstMatch(of: /\son[a-z]+=/) == nil, "\(page)")
            }
            let secure = try await server.get("/health", headers: ["X-Forwarded-Proto": "https"])
            #expect(secure.headers["Strict-Transport-Security"] == "max-age=31536000")
        }
    }

    @Test("pages of named origins may ask with a token, others may not")
    func origins() async throws {
        let scene = try Scene(Self.access("origins: [https://portal.example]"))
        try await scene.serving { server in
            let token = try await server.token(.viewer, ["rendetalje"])
            let path = "/api/v1/dashboards/sales"
            let theirs = ["Origin": "https://portal.example"]
            let asked = try await server.options(
                path, headers: theirs.merging(["Access-Control-Request-Method": "GET"]) { $1 })
            #expect(asked.status == 204)
            #expect(asked.headers["Access-Control-Allow-Origin"] == "https://portal.example")
            #expect(
                asked.headers["Access-Control-Allow-Headers"]?.contains("Authorization") == true)
            #expect(asked.headers["Access-Control-Allow-Credentials"] == nil)
            for (token, status) in [(token, 200), (nil, 401)] {
                let answer = try await server.get(path, token: token, headers: theirs)
                #expect(answer.status == status)
                #expect(
                    answer.headers["Access-Control-Allow-Origin"] == "https://portal.example")
                #expect(answer.headers["Vary"]?.contains("Origin") == true)
            }
            for (address, origin) in [
                (path, "https://portal.example.org"), (path, "http://portal.example"),
                (path, "null"), ("/sign-in", "https://portal.example"),
            ] {
                let strange = try await server.get(
                    address, token: token, headers: ["Origin": origin])
                #expect(strange.headers["Access-Control-Allow-Origin"] == nil)
                let before = try await server.options(
                    address,
                    headers: ["Origin": origin, "Access-Control-Request-Method": "GET"])
                #expect(before.status == 404)
            }
        }
    }

    @Test("nothing is changed for a request that another site sent")
    func crossSite() async throws {
        let scene = try Scene()
        try UserBook(state: scene.state).set(Scene.manager, password: "a good password")
        let export = try await scene.made()
        try await scene.serving { server in
            let session = try await server.token(
                .salesManager, ["rendetalje"], use: .session, name: "mette")
            let cookie = ["Cookie": "\(Recognition.cookie)=\(session)"]
            #expect(try await server.get("/exports", headers: cookie).status == 200)
            let port = server.address.split(separator: ":").last ?? ""
            let changing = RightsGate.needs.keys.filter { !$0.hasPrefix("GET ") }
            #expect(changing.count >= 8)
            for address in changing {
                let (method, pattern) = (
                    String(address.prefix { $0 != " " }),
                    address.drop { $0 != " " }.dropFirst()
                )
                let path = pattern.replacing("{id}", with: export.id)
                    .replacing("{action}", with: "remove").replacing("{link}", with: "x")
                for strange in [
                    ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"],
                    ["Origin": "https://evil.example"], ["Origin": "null"],
                    ["Origin": "http://127.0.0.1:1"], ["Origin": "https://127.0.0.1:\(port)"],
                ] where strange["Origin"]?.hasPrefix("https://127") != true {
                    let answer = try await server.send(
                        method, String(path), "", nil, cookie.merging(strange) { $1 })
                    #expect(answer.status == 403, "\(address) \(strange)")
                    #expect(answer.text.contains("came from another site"))
                }
            }
            // From our own page, but without the token of the session's form.
            for body in ["", "token=", "token=\(server.access.key.formToken("nobody"))"] {
                let answer = try await server.post(
                    "/exports/\(export.id)/remove", body,
                    headers: cookie.merging(["Origin": server.address]) { $1 })
                #expect(answer.status == 403)
                #expect(answer.text.contains("not of your present session"))
            }
            #expect(
                try await server.get("/api/v1/exports/\(export.id)", headers: cookie).text
                    .contains("\"state\":\"done\""))
            let own = try await server.post(
                "/exports/\(export.id)/remove", "token=\(server.access.key.formToken(session))",
                headers: cookie.merging(["Origin": server.address]) { $1 })
            #expect(own.status == 303)
        }
    }

    // MARK: Size, time and TLS

    @Test("a body is short and comes soon")
    func bodies() async throws {
        let scene = try Scene()
        try await scene.serving { server in
            let token = try await server.token(.viewer, ["rendetalje"])
            let large = String(repeating: " ", count: APIRoutes.bodyLimit + 1)
            for path in ["/api/v1/query", "/sign-in", "/nowhere", "/auth/login"] {
                let answer = try await server.post(path, large, token: token)
                #expect(answer.status == 413 || path == "/auth/login", "\(path)")
                #expect((400...499).contains(answer.status))
            }
            // Without its length, it is counted while it comes.
            let port = server.address.split(separator: ":").last ?? ""
            let chunked = try Readers.run(
                "sh",
                [
                    "-c",
                    "head -c 70000 /dev/zero | curl -s -o /dev/null -w '%{http_code}' -T - -X POST "
                        + "-H 'Authorization: Bearer \(token)' http://127.0.0.1:\(port)/api/v1/query",
                ])
            #expect(String(decoding: chunked, as: UTF8.self) == "413")
        }
        let router = Router(context: ReportContext.self)
        router.addMiddleware {
            ProblemMiddleware()
            BodyLimit(seconds: 1)
        }
        router.post("/") { request, _ in
            let body = try await request.body.collect(upTo: 100)
            return "\(body.readableBytes)"
        }
        try await TestServer.serving(router) { port in
            func send(_ rest: String) throws -> String {
                let script =
                    "exec 3<>/dev/tcp/127.0.0.1/\(port); printf 'POST / HTTP/1.1\\r\\nHost: x\\r\\n"
                    + "Content-Length: 4\\r\\nConnection: close\\r\\n\\r\\nab' >&3; \(rest) cat <&3"
                return String(decoding: try Readers.run("bash", ["-c", script]), as: UTF8.self)
            }
            let whole = try send("printf cd >&3;")
            #expect(whole.hasPrefix("HTTP/1.1 200") && whole.hasSuffix("4"))
            let slow = try send("")
            #expect(slow.hasPrefix("HTTP/1.1 408"), "\(slow)")
            #expect(slow.contains("was not here within 1 seconds"))
        }
    }

    @Test("the program speaks TLS with a certificate, and tells when it cannot")
    func tls() async throws {
        let scene = try Scene()
        let folder = scene.world.folder
        try Readers.run(
            "sh",
            [
                "-ec",
                """
                cd '\(folder)'
                key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
                openssl req -x509 -days 2 -keyout ca.key -out ca.pem -subj /CN=Authority $key
                openssl req -keyout tls.key -out tls.csr -subj /CN=x \
                    -addext subjectAltName=IP:127.0.0.1 $key
                openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
                    -copy_extensions copy -days 2 -out tls.pem
                """,
            ])
        let path = folder + "/reportd.yaml"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        func write(_ key: String) throws {
            try text.replacing(
                "listen: {port: 0}",
                with: "listen: {port: 0, certificate-file: tls.pem, key-file: \(key)}"
            ).write(toFile: path, atomically: true, encoding: .utf8)
        }
        try write("ca.key")
        let wrong = try LiveProgram(["serve", "--config", path]).finish()
        #expect(wrong.status == 78 && wrong.text.contains("cannot be used with the key"))
        try write("tls.key")
        let program = try LiveProgram(["serve", "--config", path])
        defer { program.kill() }
        let port = try await program.port()
        func curl(_ more: String...) throws -> String {
            let words = ["-s", "-i", "--cacert", folder + "/ca.pem"] + more
            return String(
                decoding: try Readers.run("curl", words + ["https://127.0.0.1:\(port)/health"]),
                as: UTF8.self)
        }
        let answer = try curl()
        #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
        #expect(answer.lowercased().contains("strict-transport-security: max-age=31536000"))
        #expect(throws: Readers.Failure.self) { _ = try curl("--tls-max", "1.1") }
        #expect(throws: Readers.Failure.self) {
            _ = try Readers.run("curl", ["-s", "http://127.0.0.1:\(port)/health"])
        }
    }
}
