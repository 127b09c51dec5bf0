import Counterparts
import Foundation
import Glibc
import Testing
import Vocabulary

@testable import reportd

/// Signing in with an OpenID Connect provider, which is `oidc-provider-mock`.
@Suite("Signing in with an identity provider")
struct AccessProviderTests {
    typealias Scene = ExportScene

    private struct Start: Decodable { let port: Int }

    /// A provider, a program that signs people in with it, and what a browser would remember.
    final class Way {
        let scene: Scene
        let server: TestServer
        let provider: String
        private let life: FileHandle
        private(set) var cookies: [String: String] = [:]

        /// The provider goes by the real clock, and so does who signs people in here.
        init(_ more: String = "", issuer: (String) -> String = { $0 }, local: Bool = true)
            async throws
        {
            let (start, life): (Start, FileHandle) = try Readers.serve("identity_provider.py")
            self.life = life
            provider = "http://127.0.0.1:\(start.port)"
            let port = try Way.freePort()
            scene = try Scene(
                """
                public-address: http://127.0.0.1:\(port)
                access:
                  sign-in:
                    local: \(local)
                    provider:
                      name: office
                      title: Office login
                      issuer: \(issuer(provider))
                      client-id: reportd
                      claims: {user: email, role: roles, companies: units}
                      roles: {boss: SALES_MANAGER, guest: VIEWER}
                      tenants-of: tekup
                      \(more)
                """)
            server = try await TestServer.start(
                scene.world.workplace, scene.world.desk, scene.world.board,
                exports: scene.exports, clock: .system, port: port)
        }

        func stop() async {
            await server.stop()
            try? life.close()
        }

        private static func freePort() throws -> Int {
            let answer = try Readers.python(
                "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); "
                    + "emit(s.getsockname()[1])", [], as: Int.self)
            return answer
        }

        /// Asks for a page as a browser would, with its cookies, and without following.
        func get(_ path: String) async throws -> TestServer.Answer {
            let text = cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                .joined(separator: "; ")
            let answer = try await server.get(path, headers: text.isEmpty ? [:] : ["Cookie": text])
            for match in (answer.headers["Set-Cookie"] ?? "").matches(
                of: /(reportd_[a-z]+)=([^;,]*)/)
            {
                cookies[String(match.output.1)] = String(match.output.2)
            }
            return answer
        }

        func forget() { cookies = [:] }
        func keep(_ name: String, _ value: String) { cookies[name] = value }

        /// Leaves for the provider; the address that leads there.
        func leave(next: String = "/reports") async throws -> String {
            let answer = try await get("/sign-in/provider?next=\(next)")
            try #require(answer.status == 303, "\(answer.text)")
            return try #require(answer.headers["Location"])
        }

        /// Signs in there; the path that leads back.
        func visit(_ address: String, as user: String, _ form: String? = nil) throws -> String {
            let head = String(
                decoding: try Readers.run(
                    "curl",
                    ["-s", "-o", "/dev/null", "-D", "-", "-d", form ?? "sub=\(user)", address]),
                as: UTF8.self)
            let location = try #require(head.firstMatch(of: /(?i)location: (\S+)/)).output.1
            return String(location.replacing(server.address, with: ""))
        }

        func spoil(_ text: String) throws {
            try Readers.run(
                "curl",
                [
                    "-sf", "-H", "Content-Type: application/json", "-d", text,
                    provider + "/spoil",
                ])
        }

        func seen() throws -> [String: [[String: String]]] {
            try JSONDecoder().decode(
                [String: [[String: String]]].self,
                from: Readers.run("curl", ["-sf", provider + "/seen"]))
        }
    }

    static func going(
        _ more: String = "", local: Bool = true, _ body: (Way) async throws -> Void
    ) async throws {
        let way = try await Way(more, local: local)
        do {
            try await body(way)
        } catch {
            await way.stop()
            throw error
        }
        await way.stop()
    }

    @Test("somebody signs in and sees what the provider's claims give them")
    func course() async throws {
        try await Self.going("client-secret-env: PATH") { way in
            #expect(try await way.get("/reports").status == 303)
            let address = try await way.leave()
            let asked = try #require(URLComponents(string: address)?.queryItems)
            func field(_ name: String) -> String? { asked.first { $0.name == name }?.value }
            #expect(address.hasPrefix(way.provider + "/oauth2/authorize?"))
            #expect(field("response_type") == "code" && field("client_id") == "reportd")
            #expect(field("scope") == "openid profile email")
            #expect(field("code_challenge_method") == "S256")
            #expect(field("redirect_uri") == way.server.address + "/sign-in/provider/return")
            for name in ["state", "nonce", "code_challenge"] {
                #expect(field(name)?.utf8.count == 43, "\(name)")
            }
            // The verifier stands neither in the address nor readable in the browser.
            let back = try await way.get(try way.visit(address, as: "mette"))
            #expect(back.status == 303 && back.headers["Location"] == "/reports", "\(back.text)")
            #expect(way.cookies["reportd_passage"] == "")
            #expect(back.headers["Set-Cookie"]?.contains("HttpOnly") == true)
            let token = try #require(try way.seen()["token"]?.first)
            #expect(token["code_verifier"]?.utf8.count == 43)
            #expect(!address.contains(token["code_verifier"] ?? "?"))
            #expect(token["authorization"]?.hasPrefix("Basic ") == true)
            let page = try await way.get("/reports")
            #expect(page.status == 200 && page.text.contains("office:mette@x.example"))
            let figures = try await way.get("/api/v1/dashboards/sales")
            #expect(figures.text.contains("Rendetalje") && !figures.text.contains("Foodtruck"))
            #expect(try await way.get("/api/v1/audit").status == 403)
            #expect(try await way.get("/api/v1/reports/sales-register.json").status == 200)
            // The session is one of a browser, no token for programs.
            let session = try #require(way.cookies[Recognition.cookie])
            #expect(try await way.server.get("/api/v1/metrics", token: session).status == 401)
            way.forget()
            _ = try await way.get(try way.visit(try await way.leave(), as: "viewer"))
            let theirs = try await way.get("/api/v1/dashboards/sales")
            #expect(!theirs.text.contains("Rendetalje") && theirs.text.contains("Foodtruck"))
            #expect(try await way.get("/api/v1/reports/sales-register.json").status == 403)
            let entries = try await way.scene.audit.entries(.init(kind: "sign-in"))
            #expect(entries.map(\.who) == ["office:mette@x.example", "office:viewer@x.example"])
            #expect(entries.allSatisfy { $0.subject == "office" })
        }
    }

    @Test("who comes back with anything but the answer to their own passage is not let in")
    func passages() async throws {
        try await Self.going { way in
            func refused(_ path: String, _ words: String) async throws {
                let answer = try await way.get(path)
                #expect(answer.status == 401, "\(path)")
                #expect(answer.text.lowercased().contains(words), "\(answer.text)")
                #expect(way.cookies[Recognition.cookie] == nil)
                #expect(try await way.get("/reports").status == 303)
            }
            let notBegun = "was not begun in this browser"
            // Without a passage, with that of another browser, with another state, twice.
            let theirs = try way.visit(try await way.leave(), as: "mette")
            way.forget()
            try await refused(theirs, notBegun)
            _ = try await way.leave()
            try await refused(theirs, notBegun)
            let first = try way.visit(try await way.leave(), as: "mette")
            try await refused(first.replacing("state=", with: "state=x"), notBegun)
            let second = try way.visit(try await way.leave(), as: "mette")
            let passage = try #require(way.cookies["reportd_passage"])
            #expect(try await way.get(second).status == 303)
            way.forget()
            way.keep("reportd_passage", passage)
            try await refused(second, "gave no token")
            // A passage that somebody else made, or that was changed on the way.
            let third = try way.visit(try await way.leave(), as: "mette")
            let sealed = try #require(way.cookies["reportd_passage"])
            for wrong in [
                "", "e30",
                String(sealed.dropLast(4)) + (sealed.hasSuffix("AAAA") ? "BBBB" : "AAAA"),
                (sealed.hasPrefix("A") ? "B" : "A") + sealed.dropFirst(),
                SignedToken.text(Data("{}".utf8)),
            ] {
                way.keep("reportd_passage", wrong)
                try await refused(third, notBegun)
            }
            // The provider says no; another provider answers; there is no code.
            for (change, words) in [
                ("&error=access_denied", "did not let you in"),
                ("&iss=https%3A%2F%2Fevil.example", "another identity provider answered"),
            ] {
                let path = try way.visit(try await way.leave(), as: "mette")
                try await refused(path + change, words)
            }
            let address = try await way.leave()
            let state = try #require(address.firstMatch(of: /state=([^&]+)/)).output.1
            try await refused("/sign-in/provider/return?state=\(state)", "did not let you in")
            // Who has no role here.
            let unknown = try way.visit(try await way.leave(), as: "nobody")
            try await refused(unknown, "gives no role that is known here")
            // Where it would lead afterwards is ours or nothing.
            for evil in ["https://evil.example", "//evil.example", "/%5Cevil.example"] {
                let path = try way.visit(try await way.leave(next: evil), as: "mette")
                #expect(try await way.get(path).headers["Location"] == "/")
                way.forget()
            }
        }
    }

    @Test(
        "a token that the provider did not make for this passage is refused",
        arguments: [
            ("{\"claims\":{\"nonce\":\"other\"}}", "of another sign-in"),
            ("{\"claims\":{\"nonce\":null}}", "of another sign-in"),
            ("{\"claims\":{\"aud\":\"others\"}}", "for another audience"),
            ("{\"claims\":{\"aud\":[\"reportd\",\"others\"]}}", "for another audience"),
            ("{\"claims\":{\"azp\":\"others\"}}", "for another audience"),
            ("{\"claims\":{\"iss\":\"https://evil.example\"}}", "of another issuer"),
            ("{\"claims\":{\"exp\":1}}", "has expired"),
            ("{\"claims\":{\"exp\":null}}", "has expired"),
            ("{\"claims\":{\"iat\":9999999999}}", "not valid yet"),
            ("{\"signer\":\"stranger\"}", "not known here"),
            ("{\"signer\":\"nothing\"}", "not valid here"),
            ("{\"status\":500}", "gave no token"),
            ("{\"claims\":{\"units\":[\"X\"]}}", "gives no company"),
        ])
    func spoilt(spoil: String, words: String) async throws {
        try await Self.going { way in
            let path = try way.visit(try await way.leave(), as: "mette")
            try way.spoil(spoil)
            let answer = try await way.get(path)
            #expect(answer.status == 401, "\(answer.text)")
            let told = answer.text.lowercased().contains(words)
            #expect(told || words == "not known here" && answer.text.contains("not valid here"))
            #expect(way.cookies[Recognition.cookie] == nil)
            let refused = try await way.scene.audit.entries(.init(kind: "sign-in-refused"))
            #expect(refused.count == 1 && refused[0].subject == "office")
        }
    }

    @Test("without passwords, only the provider lets people in")
    func alone() async throws {
        try await Self.going(local: false) { way in
            try UserBook(state: way.scene.state).set(Scene.manager, password: "a good password")
            let page = try await way.get("/sign-in")
            #expect(page.text.contains("Sign in with Office login"))
            #expect(!page.text.contains("type=\"password\""))
            let form = try await way.server.post(
                "/sign-in",
                "name=mette&password=a+good+password&token="
                    + way.server.access.key.formToken("nobody"))
            #expect(form.status == 403)
            let login = try await way.server.post(
                "/auth/login", "{\"email\":\"mette\",\"password\":\"a good password\"}")
            #expect(login.status == 403 && !login.text.contains("access_token"))
            // Sessions of passwords end as well.
            let session = try await way.server.access.key.token(
                for: Scene.manager, use: .session, now: WallClock.system.now(), seconds: 600)
            way.keep(Recognition.cookie, session)
            #expect(try await way.get("/reports").status == 303)
            way.forget()
            _ = try await way.get(try way.visit(try await way.leave(), as: "mette"))
            #expect(try await way.get("/reports").status == 200)
        }
        let scene = try Scene()
        try await scene.serving { server in
            // Where there is no provider, nobody was let in by one.
            let former = try await server.access.key.token(
                for: Principal(
                    name: "office:mette", role: .admin, companies: ["rendetalje"], userKey: nil),
                use: .provider, now: FirstLightWorld.now, seconds: 600)
            let headers = ["Cookie": "\(Recognition.cookie)=\(former)"]
            #expect(try await server.get("/reports", headers: headers).status == 303)
            #expect(try await server.get("/sign-in/provider").status == 404)
        }
    }

    @Test("a provider that is away or says it is another is told as that")
    func away() async throws {
        for (issuer, words) in [
            ({ _ in "http://127.0.0.1:1" }, "127.0.0.1 does not answer"),
            ({ $0 + "/nowhere" }, "answers with status 404"),
            ({ $0 + "/" }, "says that it is another issuer"),
        ] as [((String) -> String, String)] {
            let way = try await Way(issuer: issuer)
            let answer = try await way.get("/sign-in/provider")
            #expect(answer.status == 503)
            #expect(answer.text.contains(words), "\(answer.text)")
            #expect(answer.text.contains("type=\"password\""))
            await way.stop()
        }
    }

    private struct Look: Decodable {
        let asked: String
        let way: String
        let there: String
        let shown: String
        let viewer: String
        let text: String
        let faults: [String]
        let wide: Bool
        let complaints: [String]
        let left: String
    }

    @Test("in a browser, from our page to the provider's and back")
    func browser() async throws {
        try await Self.going { way in
            let folder =
                ProcessInfo.processInfo.environment["REPORTD_PAGE_PICTURES"]
                ?? way.scene.world.folder
            let script = FirstLightWorld.root + "/Tests/Support/provider_sign_in.py"
            let address = way.server.address + "/reports"
            let output = try await Task.detached {
                try Readers.run(try Readers.interpreter(), [script, address, "mette", folder])
            }.value
            let look = try JSONDecoder().decode(Look.self, from: output)
            #expect(look.asked.contains("/sign-in?next="))
            #expect(look.way == "Sign in with Office login")
            #expect(look.there.hasPrefix(way.provider))
            #expect(look.shown == address)
            #expect(look.viewer == "office:mette@x.example")
            #expect(look.text.contains("Sales register"))
            #expect(look.faults.isEmpty && !look.wide)
            #expect(look.complaints.isEmpty, "\(look.complaints)")
            #expect(look.left == way.server.address + "/sign-in")
        }
    }
}
