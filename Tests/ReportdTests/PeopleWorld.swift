import Counterparts
import Foundation
import Testing
import Vocabulary

@testable import reportd

/// A program with a mail server, some users, and what browsers of theirs would remember.
final class PeopleWorld {
    typealias Scene = ExportScene

    static let password = "a good password"

    let scene: Scene
    let server: TestServer
    /// Of this test alone, so that its mailboxes hold nothing else.
    let mail: DeliverySMTPServer

    /// Starts it; `more` are further lines of the configuration.
    init(_ more: String = "", hasMail: Bool = true) async throws {
        mail = try DeliverySMTPServer(.plain)
        let port = try Readers.python(
            "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); "
                + "emit(s.getsockname()[1])", [], as: Int.self)
        let post =
            hasMail
            ? "mail: {host: localhost, port: \(mail.port), security: plain, "
                + "from: reports@example.org}" : ""
        scene = try Scene(
            "public-address: http://127.0.0.1:\(port)\n\(post)\n\(more)\n", sales: 4)
        server = try await TestServer.start(
            scene.world.workplace, scene.world.desk, scene.world.board, exports: scene.exports,
            port: port)
    }

    /// Does something with it; it ends in any case.
    static func going(
        _ more: String = "", hasMail: Bool = true, _ body: (PeopleWorld) async throws -> Void
    ) async throws {
        let world = try await PeopleWorld(more, hasMail: hasMail)
        do {
            try await body(world)
        } catch {
            await world.server.stop()
            throw error
        }
        await world.server.stop()
    }

    var config: String { scene.world.folder + "/reportd.yaml" }
    var users: UserBook { UserBook(state: scene.state) }

    func add(
        _ name: String, _ role: Role, _ companies: Set<String>, mail: String? = nil
    ) throws {
        try users.set(
            Principal(
                name: name, role: role, companies: companies,
                userKey: role == .salesRep ? "7" : nil), password: Self.password,
            mail: try mail.map { try EnvelopeAddress($0) }, now: FirstLightWorld.now, by: "tests")
    }

    /// Runs a command in a process of its own.
    func run(_ words: String..., now: String = Scene.now) throws -> (status: Int32, text: String) {
        try LiveProgram(words + ["--config", config, "--now", now]).finish()
    }

    // MARK: Browsers

    /// The token of a page's forms.
    static func token(_ page: TestServer.Answer) throws -> String {
        String(try #require(page.text.firstMatch(of: /name="token" value="([^"]+)"/)).output.1)
    }

    static func form(_ fields: [String: String]) -> String {
        fields.map { name, value in
            let text = value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            return "\(name)=\(text)"
        }.joined(separator: "&")
    }

    static func cookie(_ answer: TestServer.Answer) throws -> String {
        String(try #require(answer.headers["Set-Cookie"], "\(answer.text)").prefix { $0 != ";" })
    }

    /// Signs in, and answers with the cookie.
    func signIn(
        _ name: String, _ password: String = PeopleWorld.password, at server: TestServer? = nil
    ) async throws -> String {
        try Self.cookie(try await trySignIn(name, password, at: server))
    }

    func trySignIn(
        _ name: String, _ password: String, at server: TestServer? = nil
    ) async throws -> TestServer.Answer {
        try await (server ?? self.server).post(
            "/sign-in",
            Self.form([
                "token": self.server.access.key.formToken("nobody"), "name": name,
                "password": password, "next": "/",
            ]))
    }

    /// Whether a cookie is that of somebody who is signed in.
    func isIn(_ cookie: String, at server: TestServer? = nil) async throws -> Bool {
        try await (server ?? self.server).get("/account", headers: ["Cookie": cookie]).status == 200
    }

    /// Sends a form of a page of somebody's session.
    func send(
        _ path: String, _ fields: [String: String], as cookie: String,
        at server: TestServer? = nil
    ) async throws -> TestServer.Answer {
        let server = server ?? self.server
        let page = try await server.get(path, headers: ["Cookie": cookie])
        return try await server.post(
            path, Self.form(fields.merging(["token": try Self.token(page)]) { $1 }),
            headers: ["Cookie": cookie])
    }

    /// Chooses a password at an address.
    func choose(
        _ link: String, _ password: String, again: String? = nil
    ) async throws -> TestServer.Answer {
        let url = try #require(URLComponents(string: link))
        return try await server.post(
            url.path,
            Self.form([
                "token": server.access.key.formToken("nobody"),
                "ticket": url.queryItems?.first?.value ?? "", "password": password,
                "again": again ?? password,
            ]))
    }

    /// Looks at an address without choosing anything.
    func look(_ link: String) async throws -> TestServer.Answer {
        try await server.get(link.replacing(server.address, with: ""))
    }

    // MARK: Mail

    /// The mails of a mailbox once there are so many.
    func mails(_ mailbox: String, _ count: Int = 1) async throws -> [String] {
        // What is asked for aside arrives in its own time.
        for _ in 0..<400 {
            let kept = try mail.kept(for: mailbox)
            if kept.count >= count {
                return kept.map { Self.decoded(String(decoding: $0.message, as: UTF8.self)) }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("\(mailbox) has not got \(count) mails")
        return []
    }

    /// The address in the last of so many mails.
    func link(_ mailbox: String, _ count: Int = 1) async throws -> String {
        let text = try #require(try await mails(mailbox, count).last)
        return String(
            try #require(text.firstMatch(of: /http:\/\/[^\s"<]+\?token=[A-Za-z0-9_-]+/)).output)
    }

    /// A message without its quoted-printable encoding, as far as it hides an address or letters.
    private static func decoded(_ text: String) -> String {
        let whole = text.replacing("=\r\n", with: "")
        var bytes: [UInt8] = []
        var rest = Array(whole.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "="), digits.count == 2, let code = UInt8(digits, radix: 16) {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
