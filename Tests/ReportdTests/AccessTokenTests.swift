import Foundation
import Store
import Testing
import Vocabulary

@testable import reportd

/// Tokens of other issuers, over a real socket: who is let in, and above all who is not.
@Suite("Tokens of other issuers")
struct AccessTokenTests {
    private typealias Scene = ExportScene

    private static let path = "/api/v1/dashboards/sales"
    private static let now = Int(FirstLightWorld.now.seconds)

    /// Claims of a token that is taken, with changes; null takes one away.
    private static func claims(_ changes: [String: Any?] = [:]) -> [String: Any] {
        var claims: [String: Any] = [
            "iss": "https://id.example", "aud": "reportd", "sub": "u-1", "email": "mette@x.example",
            "exp": now + 600, "iat": now, "realm_access": ["roles": ["offline", "boss"]],
            "units": ["RENDETALJE"],
        ]
        for (name, value) in changes { claims[name] = value }
        return claims
    }

    private static func section(_ keys: String, more: String = "") -> String {
        """
        access:
          tokens:
            - name: sales
              \(keys)
              issuer: https://id.example
              audience: reportd
              claims: {user: email, role: realm_access.roles, companies: units, user-key: staff}
              roles: {boss: ADMIN, mover: SALES_MANAGER, guest: VIEWER, rep: SALES_REP}
              companies: {TRUCK: foodtruck}
              tenants-of: tekup
        \(more)
        """
    }

    private static func serving(
        _ keys: (AccessTokenIssuer) throws -> String, more: String = "",
        _ body: (AccessTokenIssuer, Scene, TestServer) async throws -> Void
    ) async throws {
        let issuer = try AccessTokenIssuer()
        let scene = try Scene(section(try keys(issuer), more: more))
        try await scene.serving { server in try await body(issuer, scene, server) }
    }

    private static func set(_ issuer: AccessTokenIssuer) -> String {
        "jwks: \(issuer.address)/jwks.json"
    }

    @Test("each way of signing lets its own tokens in", arguments: ["RS256", "ES256", "HS256"])
    func kinds(algorithm: String) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("reportd-keys-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let kind = ["RS256": "rsa", "ES256": "ec", "HS256": "secret"][algorithm] ?? ""
        try await Self.serving({ issuer in
            let file = "\(folder)/key"
            if kind == "secret" {
                try (issuer.secret + "\n").write(toFile: file, atomically: true, encoding: .utf8)
                return "secret-file: \(file)"
            }
            try issuer.ask("/\(kind).pem").write(to: URL(fileURLWithPath: file))
            return "key-file: \(file)"
        }) { issuer, scene, server in
            let token = try issuer.token(algorithm, kind, Self.claims())
            let answer = try await server.get(Self.path, token: token)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.text.contains("Rendetalje") && !answer.text.contains("Foodtruck"))
            // A key that tokens name and the configuration does not is not the one it has.
            let named = try issuer.token(algorithm, kind, header: ["kid": "k"], Self.claims())
            #expect(try await server.get(Self.path, token: named).status == 401)
            for (other, signer) in [
                ("RS256", "rsa"), ("ES256", "ec"), ("HS256", "secret"), ("HS256", "rsa-pem"),
                ("none", "nothing"), ("RS256", "stranger"), ("RS256", "weak"),
            ] where signer != kind {
                let strange = try issuer.token(other, signer, Self.claims())
                #expect(
                    try await server.get(Self.path, token: strange).status == 401,
                    "\(other) by \(signer)")
            }
            // The file is replaced: its new key is found with the first token that it signs.
            guard kind != "secret" else { return }
            try issuer.rotate()
            try issuer.ask("/\(kind).pem").write(to: URL(fileURLWithPath: folder + "/key"))
            let renewed = try issuer.token(algorithm, kind, Self.claims())
            #expect(try await server.get(Self.path, token: renewed).status == 401)
            try scene.world.set("2026-11-20T13:31:00Z")
            #expect(try await server.get(Self.path, token: renewed).status == 200)
            #expect(try await server.get(Self.path, token: token).status == 401)
        }
    }

    @Test("claims become user, role and companies")
    func mapping() async throws {
        try await Self.serving(Self.set) { issuer, scene, server in
            let header = ["kid": "rsa-1"]
            func ask(_ path: String, _ changes: [String: Any?]) async throws -> TestServer.Answer {
                try await server.get(
                    path,
                    token: try issuer.token("RS256", "rsa", header: header, Self.claims(changes)))
            }
            // Only administrators read the audit log.
            #expect(try await ask("/api/v1/audit", [:]).status == 200)
            for (role, audit, file) in [("mover", 403, 200), ("guest", 403, 403)] {
                let changes = ["realm_access": ["roles": role]]
                #expect(try await ask("/api/v1/audit", changes).status == audit)
                let path = "/api/v1/reports/sales-register.json"
                #expect(try await ask(path, changes).status == file)
            }
            for (units, seen) in [
                (["TRUCK"], ["Foodtruck"]), (["foodtruck"], ["Foodtruck"]),
                (["FOODTRUCK", "RENDETALJE"], ["Foodtruck", "Rendetalje"]),
                (["nowhere", "RENDETALJE"], ["Rendetalje"]),
            ] {
                let answer = try await ask(Self.path, ["units": units])
                #expect(answer.status == 200, "\(answer.text)")
                for name in ["Foodtruck", "Rendetalje"] {
                    #expect(answer.text.contains(name) == seen.contains(name), "\(units) \(name)")
                }
            }
            for (changes, words) in [
                (["units": ["nowhere"]], "gives no company that is known here"),
                (["units": nil], "gives no company that is known here"),
                (["units": [["RENDETALJE"]]], "gives no company that is known here"),
                (["realm_access": ["roles": ["offline"]]], "gives no role that is known here"),
                (["realm_access": nil], "gives no role that is known here"),
                (["realm_access": ["roles": [true]]], "gives no role that is known here"),
                (
                    ["realm_access": ["roles": "rep"], "staff": true],
                    "does not tell whose they are"
                ),
                (["email": nil], "names no user in the claim ‘email’"),
                (["email": "a\u{0}b"], "names no user in the claim ‘email’"),
                (["email": String(repeating: "a", count: 201)], "names no user"),
                (["realm_access": ["roles": "rep"]], "does not tell whose they are"),
            ] as [([String: Any?], String)] {
                let answer = try await ask(Self.path, changes)
                #expect(answer.status == 401)
                #expect(answer.text.contains(words), "\(answer.text)")
            }
            for key in [1, 0, 7] {
                let rep: [String: Any?] = ["realm_access": ["roles": "rep"], "staff": key]
                #expect(try await ask(Self.path, rep).status == 200)
            }
            // Whoever the issuer names is nobody of ours: a local user of the name is another.
            _ = try await ask(
                "/api/v1/audit", ["email": "test", "realm_access": ["roles": "guest"]])
            let denied = try await scene.audit.entries(.init(kind: "denied"))
            #expect(denied.last?.who == "sales:test")
            let refused = try await scene.audit.entries(.init(kind: "token-refused"))
            #expect(refused.count == 11)
        }
    }

    @Test("what is forged, late, early or for others is refused")
    func hostile() async throws {
        try await Self.serving(Self.set) { issuer, _, server in
            let key = ["kid": "rsa-1"]
            let good = try issuer.token("RS256", "rsa", header: key, Self.claims())
            #expect(try await server.get(Self.path, token: good).status == 200)
            let now = Self.now
            // Within half a minute, clocks may disagree.
            for changes in [["exp": now - 29], ["nbf": now + 29], ["iat": now + 29]] {
                let token = try issuer.token("RS256", "rsa", header: key, Self.claims(changes))
                #expect(try await server.get(Self.path, token: token).status == 200, "\(changes)")
            }
            let strange: [(String, String, [String: Any], [String: Any?])] = [
                ("none", "nothing", [:], [:]), ("None", "nothing", key, [:]),
                ("nOnE", "nothing", ["kid": NSNull()], [:]), ("", "nothing", key, [:]),
                ("HS256", "rsa-pem", key, [:]), ("HS256", "rsa-pem", [:], [:]),
                ("HS256", "secret", [:], [:]), ("HS256", "secret", ["kid": "shared"], [:]),
                ("RS256", "rsa-pem", key, [:]), ("RS256", "nothing", key, [:]),
                ("RS256", "stranger", key, [:]), ("RS256", "weak", key, [:]),
                ("RS256", "rsa", ["kid": "ec-1"], [:]),
                ("RS256", "rsa", ["kid": "for-secrets"], [:]),
                ("RS384", "rsa", key, [:]), ("PS256", "rsa", key, [:]), ("ES256", "rsa", key, [:]),
                ("ES256", "ec", key, [:]), ("RS256", "ec", ["kid": "ec-1"], [:]),
                ("RS256", "rsa", key.merging(["crit": "exp"]) { $1 }, [:]),
                ("RS256", "rsa", ["kid": "rsa-1", "crit": ["b64"], "b64": false], [:]),
                ("RS256", "rsa", key.merging(["typ": "logout+jwt"]) { $1 }, [:]),
                ("RS256", "rsa", key.merging(["zip": "DEF"]) { $1 }, [:]),
                ("RS256", "rsa", ["kid": 7], [:]), ("RS256", "rsa", key, ["exp": now - 31]),
                ("RS256", "rsa", key, ["exp": nil]), ("RS256", "rsa", key, ["exp": "\(now + 60)"]),
                ("RS256", "rsa", key, ["exp": true]), ("RS256", "rsa", key, ["exp": 1e300]),
                ("RS256", "rsa", key, ["exp": -1]), ("RS256", "rsa", key, ["nbf": now + 31]),
                ("RS256", "rsa", key, ["nbf": "soon"]), ("RS256", "rsa", key, ["iat": now + 31]),
                ("RS256", "rsa", key, ["aud": "others"]), ("RS256", "rsa", key, ["aud": nil]),
                ("RS256", "rsa", key, ["aud": ["a", "b"]]), ("RS256", "rsa", key, ["aud": 7]),
                ("RS256", "rsa", key, ["iss": "https://id.example/"]),
                ("RS256", "rsa", key, ["iss": nil]), ("RS256", "rsa", key, ["iss": ["a"]]),
            ]
            for (algorithm, signer, header, changes) in strange {
                let token = try issuer.token(
                    algorithm, signer, header: header, Self.claims(changes))
                let answer = try await server.get(Self.path, token: token)
                #expect(answer.status == 401, "\(algorithm) \(signer) \(header) \(changes)")
                #expect(answer.headers["Www-Authenticate"] == "Bearer")
            }
            let several = try issuer.token(
                "RS256", "rsa", header: key, Self.claims(["aud": ["a", "reportd"]]))
            #expect(try await server.get(Self.path, token: several).status == 200)
            // One token has one form.
            let parts = good.split(separator: ".").map(String.init)
            let other = parts[1].dropLast() + (parts[1].hasSuffix("A") ? "B" : "A")
            for text in [
                good + "=", good + ".", "." + good, good + ".AA", good.dropLast(1) + "",
                parts[0] + ".." + parts[2], parts[0] + "." + parts[1] + ".",
                "\(parts[0]).\(other).\(parts[2])", "..", "", "a.b", good.uppercased(),
                good.replacing("-", with: "+").replacing("_", with: "/") + "=",
                parts[0] + "." + parts[1] + "." + parts[2] + parts[2],
                String(repeating: "A", count: SignedToken.largest),
                good + String(repeating: "A", count: SignedToken.largest),
                parts[0] + "." + String(repeating: "A", count: 12_000) + "." + parts[2],
            ] where text != good {
                let status = try await server.get(Self.path, token: text).status
                #expect((400...499).contains(status), "\(text.prefix(60)) \(status)")
            }
            // Claims that nest deeper than anybody looks, before and behind a good signature.
            for depth in [11, 12, 13, 200, 500, 600, 3000] {
                let nest =
                    String(repeating: "[", count: depth)
                    + String(repeating: "]", count: depth)
                let text = "{\"iss\":\"https://id.example\",\"x\":\(nest)}"
                let wrong = [parts[0], SignedToken.text(Data(text.utf8)), parts[2]]
                    .joined(separator: ".")
                #expect(try await server.get(Self.path, token: wrong).status == 401)
            }
            #expect(try await server.get(Self.path, token: good).status == 200)
        }
    }

    @Test("of thousands of random ones, none is taken and none does harm")
    func random() async throws {
        try await Self.serving(Self.set) { issuer, scene, server in
            let good = try issuer.token(
                "RS256", "rsa", header: ["kid": "rsa-1"], Self.claims())
            let points = try issuer.token("ES256", "ec", header: ["kid": "ec-1"], Self.claims())
            let bytes = [Array(good.utf8), Array(points.utf8)]
            let alphabet = Array(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ é\u{0}".utf8)
            var generator = SeededGenerator(seed: 20_261_120)
            let now = FirstLightWorld.now
            for round in 0..<6000 {
                var text = bytes[round % 2]
                switch round % 3 {
                case 0:
                    for _ in 0...Int.random(in: 0...3, using: &generator) {
                        let index = Int.random(in: 0..<text.count, using: &generator)
                        text[index] = alphabet.randomElement(using: &generator) ?? 65
                    }
                case 1:
                    let cut = Int.random(in: 0..<text.count, using: &generator)
                    text.removeSubrange(
                        cut..<min(text.count, cut + Int.random(in: 1...40, using: &generator)))
                default:
                    text = (0..<Int.random(in: 0...400, using: &generator)).map { _ in
                        alphabet.randomElement(using: &generator) ?? 65
                    }
                }
                guard !bytes.contains(text) else { continue }
                let wrong = String(decoding: text, as: UTF8.self)
                await #expect(throws: Advice.self, "\(wrong)") {
                    _ = try await server.access.principal(bearer: wrong, now: now)
                }
            }
            #expect(try await server.get(Self.path, token: good).status == 200)
            #expect(try await server.get(Self.path, token: points).status == 200)
            // However many named keys that do not exist, the issuer was asked once.
            #expect(try issuer.fetches() == 1)
        }
    }

    @Test("an issuer that changes its keys is followed, and asked once a minute at the most")
    func rotation() async throws {
        try await Self.serving(Self.set) { issuer, scene, server in
            func ask(_ token: String) async throws -> Int {
                try await server.get(Self.path, token: token).status
            }
            func token(_ key: String) throws -> String {
                try issuer.token("RS256", "rsa", header: ["kid": key], Self.claims())
            }
            let old = try token("rsa-1")
            #expect(try await ask(old) == 200)
            #expect(try issuer.fetches() == 1)
            #expect(server.access.memory.count == 1)
            try issuer.rotate()
            let new = try token("rsa-2")
            // Within a minute the issuer is not asked again, however often an unknown key is named.
            for _ in 0..<5 { #expect(try await ask(new) == 401) }
            #expect(try issuer.fetches() == 1)
            #expect(try await ask(old) == 200)
            try scene.world.set("2026-11-20T13:31:00Z")
            async let first = ask(new)
            async let second = ask(new)
            let both = try await [first, second]
            #expect(both == [200, 200])
            #expect(try issuer.fetches() == 2)
            // The old key is gone, and what it signed is not remembered.
            #expect(try await ask(old) == 401)
            // A key that is withdrawn ends what it signed within minutes, asked for or not.
            try issuer.rotate()
            try scene.world.set("2026-11-20T13:35:59Z")
            #expect(try await ask(new) == 200)
            try scene.world.set("2026-11-20T13:36:01Z")
            #expect(try await ask(new) == 401)
            // An issuer that is away changes nothing for those whose keys are known.
            let third = try token("rsa-3")
            #expect(try await ask(third) == 200)
            try issuer.ask("/status", "{\"status\":503}")
            try scene.world.set("2026-11-20T13:39:00Z")
            #expect(try await ask(third) == 200)
            try scene.world.set("2026-11-20T13:40:31Z")
            #expect(try await ask(third) == 401, "it has expired, half a minute of grace included")
        }
    }

    @Test("an issuer that was never reached is no refusal")
    func unreachable() async throws {
        try await Self.serving(Self.set) { issuer, scene, server in
            try issuer.ask("/status", "{\"status\":503}")
            let token = try issuer.token(
                "RS256", "rsa", header: ["kid": "rsa-1"], Self.claims())
            for _ in 0..<3 {
                let answer = try await server.get(Self.path, token: token)
                #expect(answer.status == 503, "\(answer.text)")
            }
            #expect(try issuer.fetches() == 1)
            #expect(try await scene.audit.entries(.init(kind: "token-refused")).isEmpty)
            try issuer.ask("/status", "{\"status\":200}")
            try scene.world.set("2026-11-20T13:31:00Z")
            #expect(try await server.get(Self.path, token: token).status == 200)
        }
    }

    @Test(
        "mistakes in the configuration are told with their line",
        arguments: [
            ("jwks: https://id.example/jwks", "jwks: http://id.example/jwks", "begins with https"),
            ("audience: reportd", "", "add ‘issuer’ and ‘audience’"),
            ("issuer: https://id.example", "", "add ‘issuer’ and ‘audience’"),
            ("jwks: https://id.example/jwks", "jwk: x", "did you mean ‘jwks’?"),
            ("jwks: https://id.example/jwks", "key-id: x", "has no key, or several"),
            (
                "jwks: https://id.example/jwks", "key-file: /nowhere/key",
                "there is no file /nowhere/key"
            ),
            ("jwks: https://id.example/jwks", "secret-env: SHORT", "shorter than 32 bytes"),
            ("jwks: https://id.example/jwks", "secret-env: NONE", "NONE is not set"),
            ("boss: ADMIN", "boss: ADMIM", "did you mean ‘ADMIN’?"),
            ("TRUCK: foodtruck", "TRUCK: foodtruk", "did you mean ‘foodtruck’?"),
            ("tenants-of: tekup", "tenants-of: tekop", "did you mean ‘tekup’?"),
            ("user: email", "usr: email", "did you mean ‘user’?"),
            ("name: sales", "name: key", "the name ‘key’ is taken"),
            ("audience: reportd", "audience: reportd\n      leeway: 900", "leeway"),
        ])
    func mistakes(sound: String, broken: String, words: String) throws {
        let text = Self.section("jwks: https://id.example/jwks").replacing(sound, with: broken)
        let folder = FirstLightWorld.root + "/queries"
        let advice = #expect(throws: Advice.self) {
            let file = try DefinitionNode(parsing: text, file: "reportd.yaml")
            let settings = try Settings(
                file, folder: "/nowhere", environment: ["SHORT": "a short secret"])
            let shelf = try DefinitionShelf(folder: folder)
            for issuer in settings.access.issuers {
                _ = try issuer.mapping.directory(
                    shelf.current.schema.companies, sources: shelf.current.sources)
            }
        }
        let told = try #require(advice)
        #expect(
            told.description.contains(words) || words == "leeway", "\(told.description)")
        #expect(told.place?.file == "reportd.yaml" && (told.place?.line ?? 0) > 1)
    }
}

/// Numbers that look like chance and are the same in every run (SplitMix64).
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
