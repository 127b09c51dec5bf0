import Counterparts
import Foundation
import Store
import Testing
import Vocabulary

@testable import reportd

/// Answers that are given again: the same for the same request, and not once anything has changed.
@Suite("Answers given again")
struct RepetitionTests {
    private typealias Scene = ExportScene

    private static let path = "/api/v1/dashboards/sales"

    /// Headers that are another request's own.
    private static let own = ["X-Request-Id", "X-Ratelimit-Remaining", "Date"]

    private static func shared(_ answer: TestServer.Answer) -> [String: String] {
        answer.headers.filter { !own.contains($0.key) }
    }

    /// Connections that end with a response, and those that stay, where no task is begun for it.
    @Test(
        "it is the same, and still counted, named and recorded as a request of its own",
        arguments: ["close", "keep-alive"])
    func same(connection: String) async throws {
        let scene = try Scene("access: {limits: {requests-per-hour: 4}}", sales: 4)
        let operation = Oversight()
        try await scene.serving(operation) { server in
            let token = try await server.token(.viewer, ["rendetalje"], seconds: 7200)
            func ask(_ headers: [String: String] = [:]) async throws -> TestServer.Answer {
                var headers = headers
                headers["Connection"] = connection
                return try await server.get(Self.path, token: token, headers: headers)
            }
            let first = try await ask()
            let tag = try #require(first.headers["Etag"])
            #expect(scene.world.desk.repeats.given == 0)
            let again = try await ask()
            #expect(scene.world.desk.repeats.given == 1)
            #expect(first.status == 200 && again.status == 200)
            #expect(again.body == first.body)
            #expect(Self.shared(again) == Self.shared(first))
            #expect(again.headers["X-Request-Id"] != first.headers["X-Request-Id"])
            // The library writes the machine's time on what goes its way, and this is the scene's.
            let isOwnWay = again.headers["Date"] == "Fri, 20 Nov 2026 13:30:00 GMT"
            #expect(isOwnWay == (connection == "keep-alive"))
            #expect(first.headers["X-Ratelimit-Remaining"] == "3")
            #expect(again.headers["X-Ratelimit-Remaining"] == "2")
            let unchanged = try await ask(["If-None-Match": tag])
            #expect(scene.world.desk.repeats.given == 2)
            #expect(unchanged.status == 304 && unchanged.body.isEmpty)
            var headers = Self.shared(first)
            for name in ["Content-Type", "Content-Length"] { headers[name] = nil }
            #expect(Self.shared(unchanged) == headers)
            #expect(try await ask(["If-None-Match": "\"another\""]).body == first.body)
            // Whoever has asked too often is told so, as always.
            let late = try await ask()
            #expect(late.status == 429 && late.headers["Retry-After"] == "900")
            #expect(scene.world.desk.repeats.given == 3)
            // The proxy on this machine may name a request, and a name of its own finds it.
            try scene.world.set("2026-11-20T14:30:00Z")
            for name in ["proxy-0001", "proxy-0002"] {
                let named = try await ask(["X-Request-ID": name])
                #expect(named.status == 200 && named.headers["X-Request-Id"] == name)
            }
            #expect(scene.world.desk.repeats.given == 4)
            var text = MeasurementText()
            operation.counts.measure(into: &text)
            let route = "method=\"GET\",route=\"/api/v1/dashboards/{name}\""
            for (status, count) in [(200, 5), (304, 1), (429, 1)] {
                let line = "reportd_http_requests_total{\(route),status=\"\(status)\"} \(count)"
                #expect(text.description.contains(line), "\(text)")
            }
        }
    }

    @Test("after a 304 it is whole for who has nothing yet, on connections of browsers too")
    func whole() async throws {
        let scene = try Scene(sales: 4)
        try await scene.serving { server in
            let token = try await server.token(.viewer, ["rendetalje"], seconds: 7200)
            func ask(_ headers: [String: String] = [:]) async throws -> TestServer.Answer {
                try await server.get(
                    Self.path, token: token,
                    headers: headers.merging(["Connection": "keep-alive"]) { given, _ in given })
            }
            let first = try await ask()
            let tag = try #require(first.headers["Etag"])
            try scene.world.set("2026-11-20T14:30:00Z")
            #expect(try await ask(["If-None-Match": tag]).status == 304)
            let given = scene.world.desk.repeats.given
            let whole = try await ask()
            #expect(scene.world.desk.repeats.given == given + 1)
            #expect(whole.status == 200 && whole.body == first.body)
            #expect(Self.shared(whole) == Self.shared(first))
            #expect(whole.headers["Date"] == "Fri, 20 Nov 2026 14:30:00 GMT")
        }
    }

    /// One response of a connection, as a client sees it that reads no more than it has to.
    private struct Seen: Decodable, Equatable {
        let status: Int
        let bytes: Int
    }

    /// Sends requests all at once, and reads their responses only after a second.
    private static let pipelining = """
        import socket, threading, time
        port, token, tag, count, last = sys.argv[1:]
        paths = ["\(path)", "\(path)", "/api/v1"]
        def head(number):
            more = f"If-None-Match: {tag}\\r\\n" if number % 3 == 1 else ""
            if number == int(count) - 1: more += last
            return (f"GET {paths[number % 3]} HTTP/1.1\\r\\nHost: localhost\\r\\n"
                f"Authorization: Bearer {token}\\r\\n{more}\\r\\n").encode()
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        connection.settimeout(60)
        connection.connect(("127.0.0.1", int(port)))
        everything = b"".join(map(head, range(int(count))))
        threading.Thread(target=connection.sendall, args=(everything,), daemon=True).start()
        time.sleep(1)
        stream, seen = connection.makefile("rb"), []
        for _ in range(int(count)):
            status, size = int(stream.readline().split()[1]), 0
            while (line := stream.readline()) != b"\\r\\n":
                name, value = line.split(b":", 1)
                if name.lower() == b"content-length" and status != 304: size = int(value)
            seen.append({"status": status, "bytes": len(stream.read(size))})
        if last: assert stream.read() == b""
        emit(seen)
        """

    @Test("on one connection responses come in the order of their requests, however many wait")
    func order() async throws {
        let scene = try Scene(
            "access: {limits: {requests-per-hour: 0, address-requests-per-hour: 0}}", sales: 4)
        try await scene.serving { server in
            let token = try await server.token(.viewer, ["rendetalje"])
            let first = try await server.get(Self.path, token: token)
            let list = try await server.get("/api/v1", token: token)
            let tag = try #require(first.headers["Etag"])
            let port = try #require(server.address.split(separator: ":").last.map(String.init))
            let count = 2700
            // More than connections of this machine hold for whoever does not read.
            #expect(count / 3 * (first.body.count + list.body.count) > 6 << 20)
            let seen: [Seen] = try Readers.python(
                Self.pipelining, [port, token, tag, "\(count)", "Connection: close\r\n"])
            let cycle = [
                Seen(status: 200, bytes: first.body.count), Seen(status: 304, bytes: 0),
                Seen(status: 200, bytes: list.body.count),
            ]
            #expect(seen == (0..<count).map { cycle[$0 % 3] })
        }
    }

    /// Asks so many times on each connection, says that it asks no more, and reads after a while.
    private static let halfClosing = """
        import socket, time
        port, token, first, end, step = sys.argv[1:]
        head = (f"GET \(path) HTTP/1.1\\r\\nHost: localhost\\r\\n"
            f"Authorization: Bearer {token}\\r\\n\\r\\n").encode()
        received = []
        for count in range(int(first), int(end), int(step)):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(60)
            connection.connect(("127.0.0.1", int(port)))
            connection.sendall(head * count)
            connection.shutdown(socket.SHUT_WR)
            time.sleep(0.1)
            stream, seen = connection.makefile("rb"), 0
            while line := stream.readline():
                assert b" 200 " in line, line
                while (line := stream.readline()) != b"\\r\\n":
                    if line.lower().startswith(b"content-length:"): size = int(line.split(b":")[1])
                if len(stream.read(size)) != size: break
                seen += 1
            received.append(seen)
        emit(received)
        """

    @Test("whoever says that they ask no more gets all that they asked for")
    func halfClosed() async throws {
        let scene = try Scene(
            "access: {limits: {requests-per-hour: 0, address-requests-per-hour: 0}}", sales: 4)
        try await scene.serving { server in
            let token = try await server.token(.viewer, ["rendetalje"])
            let port = try #require(server.address.split(separator: ":").last.map(String.init))
            let received: [Int] = try Readers.python(
                Self.halfClosing, [port, token, "1", "40", "4"])
            #expect(received == Array(stride(from: 1, to: 40, by: 4)))
            #expect(scene.world.desk.repeats.given > 150)
        }
    }

    @Test("a request that brings anything else is another one")
    func others() async throws {
        let scene = try Scene(
            "access: {origins: [\"https://portal.example\"]}", sales: 4)
        try await scene.serving { server in
            let token = try await server.token(.viewer, ["rendetalje"])
            let other = try await server.token(.viewer, ["foodtruck"])
            let mine = try await server.get(Self.path, token: token)
            for headers in [
                ["Accept-Language": "da"], ["Cookie": "a=b"], ["X-Forwarded-For": "203.0.113.1"],
                ["Origin": "https://portal.example"], ["X-Forwarded-Proto": "https"],
            ] {
                let answer = try await server.get(Self.path, token: token, headers: headers)
                #expect(answer.body == mine.body)
                let isForeign = headers["Origin"] != nil
                #expect((answer.headers["Access-Control-Allow-Origin"] != nil) == isForeign)
                let isSecure = headers["X-Forwarded-Proto"] != nil
                #expect((answer.headers["Strict-Transport-Security"] != nil) == isSecure)
            }
            let theirs = try await server.get(Self.path, token: other)
            #expect(theirs.status == 200 && theirs.body != mine.body)
            for path in [Self.path + "?", Self.path + "?period=last-month"] {
                #expect(try await server.get(path, token: token).status == 200)
            }
            #expect(scene.world.desk.repeats.given == 0)
            #expect(try await server.get(Self.path, token: token).body == mine.body)
            #expect(scene.world.desk.repeats.given == 1)
            let broken = String(token.dropLast()) + (token.last == "A" ? "B" : "A")
            for token in [broken, token + "A", token.uppercased()] {
                #expect(try await server.get(Self.path, token: token).status == 401)
            }
            #expect(try await server.get(Self.path).status == 401)
            #expect(scene.world.desk.repeats.given == 1)
        }
    }

    @Test("a new row, a second, new definitions and forgotten tokens make it anew")
    func changes() async throws {
        let scene = try Scene(sales: 4)
        let world = scene.world
        try await scene.serving { server in
            let token = try await server.token(.admin, ["rendetalje"])
            let path = Self.path + "?period=2026-11"
            var given = 0
            /// The answer after a change, which is asked for again until it is one that is kept.
            func fresh(_ change: () throws -> Void) async throws -> String {
                let before = try await server.get(path, token: token)
                #expect(try await server.get(path, token: token).body == before.body)
                #expect(world.desk.repeats.given > given)
                given = world.desk.repeats.given
                try change()
                let after = try await server.get(path, token: token)
                #expect(after.status == 200 && world.desk.repeats.given == given)
                return after.text
            }
            let sold = try await fresh {
                try world.sell(("S-1", "PAID", 777_700, "2026-11-15T09:00:00Z"))
            }
            #expect(sold.contains("\"8077.03\""))
            #expect(try await fresh { try world.set("2026-11-20T13:30:01Z") } == sold)
            #expect(try await fresh { world.desk.shelf.reload() } == sold)
            #expect(try await fresh { server.access.memory.forget(issuer: "reportd") } == sold)
            // Whoever ingests beside a program that only reads is noticed as well.
            let reader = try Store(
                path: world.workplace.configuration.store, schema: world.workplace.store.schema,
                access: .readOnly)
            let before = try reader.newestCommit()
            let commit = try world.sell(("S-2", "PAID", 1, "2026-11-15T09:00:00Z"))
            #expect(before == commit.number - 1)
            // It has looked just now, and looks again after a millisecond.
            try await Task.sleep(for: .milliseconds(2))
            #expect(try reader.newestCommit() == commit.number)
            try reader.close()
        }
    }

    @Test("who may see what is as another process has made it, with the next request")
    func access() async throws {
        try await PeopleWorld.going { world in
            try world.add("bo", .viewer, ["rendetalje"])
            try world.add("eva", .viewer, ["rendetalje", "foodtruck"])
            let (bo, eva) = (try await world.signIn("bo"), try await world.signIn("eva"))
            func ask(_ cookie: String) async throws -> TestServer.Answer {
                try await world.server.get(Self.path, headers: ["Cookie": cookie])
            }
            for cookie in [bo, eva, bo, eva] { #expect(try await ask(cookie).status == 200) }
            #expect(world.scene.world.desk.repeats.given == 2)
            let both = try await ask(eva)
            let run = try world.run("user", "remove", "bo")
            #expect(run.status == 0, "\(run.text)")
            #expect(try await ask(bo).status == 401)
            #expect(try await ask(eva).body == both.body)
            try world.users.change(
                to: Principal(
                    name: "eva", role: .viewer, companies: ["foodtruck"], userKey: nil), mail: nil,
                now: FirstLightWorld.now, by: .machine)
            let one = try await ask(eva)
            #expect(one.status == 200 && one.body != both.body)
            #expect(!one.text.contains("Rendetalje"))
        }
    }
}
