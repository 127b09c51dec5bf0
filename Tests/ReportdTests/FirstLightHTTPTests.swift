import AsyncHTTPClient
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Store
import Testing
import Vocabulary

@testable import reportd

/// The HTTP interface, asked over a real socket.
@Suite struct FirstLightHTTPTests {
    func withServer(
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let server = try await TestServer.start(try await FirstLightWorld.shared)
        do {
            try await body(server)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test func aDashboardNeedsAToken() async throws {
        try await withServer { server in
            let path = "/api/v1/dashboards/sales"
            let nobody = try await server.get(path)
            #expect(nobody.status == 401)
            #expect(nobody.type == "application/problem+json")
            #expect(nobody.text.contains("send ‘Authorization: Bearer …’"))
            let forged = try await server.get(path, token: "abc.def.ghi")
            #expect(forged.status == 401)
            let expired = try await server.token(.salesManager, ["rendetalje"], seconds: -1)
            let late = try await server.get(path, token: expired)
            #expect(late.status == 401)
            #expect(late.text.contains("the token has expired"))
            let session = try await server.token(.salesManager, ["rendetalje"], use: .session)
            #expect(try await server.get(path, token: session).status == 401)
            let other = try await TokenKey(secret: String(repeating: "x", count: 40)).token(
                for: FirstLightWorld.visitor("rendetalje"), use: .api,
                now: FirstLightWorld.now, seconds: 60)
            #expect(try await server.get(path, token: other).status == 401)
        }
    }

    @Test func anUnchangedDashboardIsNotSentAgain() async throws {
        try await withServer { server in
            let token = try await server.token(.viewer, ["rendetalje"])
            let first = try await server.get("/api/v1/dashboards/sales", token: token)
            #expect(first.status == 200)
            #expect(first.headers["Source-Positions"]?.contains("tekup=") == true)
            let tag = try #require(first.headers["Etag"])
            let again = try await server.get(
                "/api/v1/dashboards/sales", token: token, headers: ["If-None-Match": tag])
            #expect(again.status == 304)
            #expect(again.text.isEmpty)
            #expect(again.headers["Etag"] == tag)
            let other = try await server.get(
                "/api/v1/dashboards/sales?period=last-month", token: token,
                headers: ["If-None-Match": tag])
            #expect(other.status == 200)
        }
    }

    @Test func aTokenOfOneCompanySeesNothingOfAnother() async throws {
        try await withServer { server in
            let mine = try await server.token(.salesManager, ["rendetalje"])
            let body = try await server.get("/api/v1/dashboards/sales", token: mine).text
            #expect(body.contains("Rendetalje"))
            for other in ["Foodtruck Fiesta", "foodtruck", "\"Tekup\""] {
                #expect(!body.contains(other))
            }
            let foreign = try await server.get(
                "/api/v1/dashboards/sales?company=foodtruck", token: mine)
            #expect(foreign.status == 404)
            let unknown = try await server.get(
                "/api/v1/dashboards/sales?company=nowhere", token: mine)
            #expect(
                foreign.textOfAny.replacing("foodtruck", with: "nowhere") == unknown.textOfAny,
                "a company that may not be seen must look like one that does not exist")
            // The figures are those of the company alone, not a part of a greater sum.
            let everyone = try await server.token(
                .salesManager, ["rendetalje", "tekup", "foodtruck"])
            let chosen = try await server.get(
                "/api/v1/dashboards/sales?company=rendetalje", token: everyone)
            #expect(chosen.text == body)
            let none = try await server.token(.salesManager, [])
            let nothing = try await server.get("/api/v1/dashboards/sales", token: none)
            #expect(nothing.status != 200 || !nothing.text.contains("\"amount\""))
            let shop = try await server.get(
                "/api/v1/reports/sales-register.json", token: mine)
            #expect(shop.status == 200)
            #expect(!shop.text.contains("Foodtruck"))
        }
    }

    @Test func roles() async throws {
        try await withServer { server in
            for path in [
                "/api/v1/reports/sales-register.csv?table=register",
                "/api/v1/dashboards/sales.xlsx",
            ] {
                for (role, status) in [
                    (Role.admin, 200), (.salesManager, 200), (.accountant, 200), (.viewer, 403),
                ] {
                    let token = try await server.token(role, ["rendetalje"])
                    #expect(try await server.get(path, token: token).status == status)
                }
            }
            // A representative sees own rows only.
            let world = try await FirstLightWorld.shared
            let rep = try #require(
                try world.postgres.query(
                    """
                    SELECT assigned_to, count(*) FROM sales WHERE assigned_to IS NOT NULL
                    AND organization_id = (SELECT id FROM organizations WHERE type = 'RENDETALJE')
                    GROUP BY 1 ORDER BY 2 DESC LIMIT 1
                    """, database: TekupDemo.database
                ).first)
            let token = try await server.token(.salesRep, ["rendetalje"], user: rep[0])
            let body = "{\"metrics\":[\"recorded_sales\"],\"period\":\"2020-01-01..2026-12-31\"}"
            let own = try await server.post("/api/v1/query", body, token: token)
            #expect(
                own.text.contains("[[\(rep[1] ?? "?")]]")
                    || own.text.contains("\n[\(rep[1] ?? "?")]"))
            // What belongs to no representative does not exist for one.
            let shop = try await server.token(.salesRep, ["tiyende"], user: rep[0])
            let till =
                "{\"metrics\":[\"pos_transactions\"],\"period\":\"2020-01-01..2026-12-31\"}"
            let nothingSold = try await server.post("/api/v1/query", till, token: shop)
            #expect(nothingSold.text.contains("\n[0]"))
            let stranger = try await server.token(.salesRep, ["rendetalje"], user: nil)
            let nothing = try await server.post("/api/v1/query", body, token: stranger)
            #expect(nothing.text.contains("\n[0]"))
        }
    }

    @Test(arguments: [
        ("/api/v1/dashboards/salse", 404, "did you mean ‘sales’?"),
        ("/api/v1/dashboards/sales?period=this-mnth", 400, "did you mean ‘this-month’?"),
        ("/api/v1/dashboards/sales?from=2026-06-03&to=2026-06-01", 400, "exchange the two dates"),
        ("/api/v1/dashboards/sales?from=2026-06-03", 400, "belong together"),
        ("/api/v1/dashboards/sales?perod=today", 400, "did you mean ‘period’?"),
        ("/api/v1/dashboards/sales?compare=yesterday", 400, "previous-period"),
        ("/api/v1/dashboards/sales?known-at=soon", 400, "2026-03-05T09:00:00Z"),
        ("/api/v1/dashboards/sales?known-at=999999", 404, "the store has no commit 999999"),
        ("/api/v1/reports/sales-register.docx", 400, "not a file format"),
        ("/api/v1/reports/sales-register", 400, "names no file format"),
        ("/api/v1/dashboards/sales.docx", 400, "not a file format"),
        ("/api/v1/nothing", 404, "there is nothing at this address"),
    ])
    func mistakesAreAnswered(path: String, status: Int, words: String) async throws {
        try await withServer { server in
            let token = try await server.token(.admin, ["rendetalje"])
            let answer = try await server.get(path, token: token)
            #expect(answer.status == status, "\(answer.text)")
            #expect(answer.type == "application/problem+json")
            #expect(answer.text.contains(words), "\(answer.text)")
        }
    }

    @Test func healthTellsOfEverySource() async throws {
        try await withServer { server in
            let strangers = try await server.get("/health")
            #expect(strangers.status == 200)
            #expect(!strangers.text.contains("tekup"))
            #expect(!strangers.text.contains("\"store\""))
            let token = try await server.token(.viewer, [])
            let health = try await server.get("/health", token: token)
            #expect(health.status == 200)
            #expect(health.text.contains("\"name\":\"tekup\""))
            #expect(health.text.contains("\"name\":\"chikondi\""))
            let content = try #require(
                JSONSerialization.jsonObject(with: health.body) as? [String: Any])
            let store = try #require(content["store"] as? [String: Any])
            #expect(store["damage"] as? [String] == [])
            #expect(store["repairs"] as? [String] == [])
            #expect(store["segments"] as? Int ?? 0 > 0)
            #expect(try await server.get("/ready").status == 200)
        }
    }
}

/// A server on a free port, and a client that asks it.
final class TestServer: Sendable {
    struct Answer {
        let status: Int
        let headers: [String: String]
        let body: Data
        var text: String { String(decoding: body, as: UTF8.self) }
        var type: String? { headers["Content-Type"] }
        /// The text without the name of its request, which is another one each time.
        var textOfAny: String { text.replacing(/"request":"[^"]*"/, with: "") }
    }

    static let secret = "a secret of the tests, of more than 32 bytes"

    let address: String
    let access: AccessDesk
    private let key: TokenKey
    private let running: Task<Void, any Error>

    private init(
        address: String, key: TokenKey, access: AccessDesk, running: Task<Void, any Error>
    ) {
        self.access = access
        self.address = address
        self.key = key
        self.running = running
    }

    static func start(_ world: FirstLightWorld) async throws -> TestServer {
        try await start(world.workplace, world.desk, world.board)
    }

    static func start(
        _ workplace: Workplace, _ desk: AnswerDesk, _ board: SourceBoard,
        exports: ExportDesk? = nil, clock: WallClock? = nil, port wanted: Int = 0,
        operation: Oversight = Oversight(), logger: Logger = ProgramLog.logger,
        scheduler: Scheduler? = nil
    ) async throws -> TestServer {
        let key = try await TokenKey(secret: secret)
        let state = try StateFile(path: workplace.configuration.state)
        let access = try AccessDesk(
            workplace.configuration.access, state: state, key: key,
            companies: workplace.companies, sources: workplace.shelf.current.sources,
            logger: ProgramLog.logger)
        let responder = Daemon.responder(
            desk: desk, board: board, access: access, clock: clock ?? workplace.clock,
            publicAddress: workplace.configuration.publicAddress,
            frontEnds: workplace.configuration.frontEnds,
            exports: try exports ?? Self.exports(workplace, desk, state),
            post: try workplace.configuration.mail.map {
                try PersonalPost($0, logger: ProgramLog.logger)
            }, operation: operation, scheduler: scheduler)
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            responder: responder, server: try ServerDoor.builder(nil, responder.repeater),
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: wanted)),
            onServerRunning: { continuation.yield($0.localAddress?.port ?? 0) },
            logger: logger)
        let running = Task { try await application.runService(gracefulShutdownSignals: []) }
        var port = 0
        for await found in ports {
            port = found
            break
        }
        return TestServer(
            address: "http://127.0.0.1:\(port)", key: key, access: access, running: running)
    }

    /// A desk of exports as the program has it.
    static func exports(
        _ workplace: Workplace, _ desk: AnswerDesk, _ state: StateFile
    ) throws -> ExportDesk {
        try ExportDesk(
            desk, state: state, configuration: workplace.configuration,
            audit: AuditLog(state, clock: workplace.clock))
    }

    func stop() async {
        running.cancel()
        _ = try? await running.value
    }

    func token(
        _ role: Role, _ companies: [String], user: String? = nil, seconds: Int64 = 600,
        use: TokenClaims.Use = .api, name: String = "test"
    ) async throws -> String {
        let principal = Principal(
            name: name, role: role, companies: Swift.Set(companies), userKey: user)
        // A browser's token names a session of its user; without the user it names none.
        let session =
            use == .session
            ? try? await access.sessions.begin(
                name, .page, seconds: seconds, now: FirstLightWorld.now, address: nil,
                agent: "") : nil
        return try await key.token(
            for: principal, use: use, now: FirstLightWorld.now, seconds: seconds, id: session)
    }

    func get(
        _ path: String, token: String? = nil, headers: [String: String] = [:]
    ) async throws -> Answer {
        try await send("GET", path, nil, token, headers)
    }

    func post(
        _ path: String, _ body: String, token: String? = nil, headers: [String: String] = [:]
    ) async throws -> Answer {
        try await send("POST", path, body, token, headers)
    }

    func delete(_ path: String, token: String? = nil) async throws -> Answer {
        try await send("DELETE", path, nil, token, [:])
    }

    func options(_ path: String, headers: [String: String]) async throws -> Answer {
        try await send("OPTIONS", path, nil, nil, headers)
    }

    /// Serves some routes on a free port while something is done.
    static func serving(
        _ router: Router<ReportContext>, logger: Logger = ProgramLog.logger,
        _ body: (Int) async throws -> Void
    ) async throws {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { continuation.yield($0.localAddress?.port ?? 0) },
            logger: logger)
        let running = Task { try await application.runService(gracefulShutdownSignals: []) }
        defer { running.cancel() }
        for await port in ports {
            try await body(port)
            break
        }
    }

    func send(
        _ method: String, _ path: String, _ body: String?, _ token: String?,
        _ headers: [String: String]
    ) async throws -> Answer {
        var request = HTTPClientRequest(
            url: try #require(URL(string: address + path)).absoluteString)
        request.method = .RAW(value: method)
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let token {
            request.headers.replaceOrAdd(name: "Authorization", value: "Bearer \(token)")
        }
        if let body {
            request.body = .bytes(ByteBuffer(string: body))
            if !request.headers.contains(name: "Content-Type") {
                request.headers.add(
                    name: "Content-Type", value: "application/x-www-form-urlencoded")
            }
        }
        // Servers of tests stop at once only when nobody holds a connection.
        if !request.headers.contains(name: "Connection") {
            request.headers.add(name: "Connection", value: "close")
        }
        let response = try await Self.client.execute(request, timeout: .seconds(60))
        let data = try await response.body.collect(upTo: 64 << 20)
        var fields: [String: String] = [:]
        for (name, value) in response.headers {
            let known = fields[name.capitalized]
            fields[name.capitalized] = known.map { "\($0), \(value)" } ?? value
        }
        return Answer(
            status: Int(response.status.code), headers: fields, body: Data(data.readableBytesView))
    }

    /// Shows redirections as they come.
    private static let client = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: HTTPClient.Configuration(redirectConfiguration: .disallow))
}
