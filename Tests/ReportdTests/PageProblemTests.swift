import Foundation
import Testing
import Vocabulary

@testable import reportd

/// What somebody with a browser sees who is somewhere where there is nothing for them.
@Suite("Problems of pages")
struct PageProblemTests {
    private static let browser = "text/html,application/xhtml+xml,*/*;q=0.8"

    @Test("people are told on a page, in their language; programs by problem details")
    func told() async throws {
        try await PeopleWorld.going { world in
            try world.add("bo", .viewer, ["rendetalje"])
            let bo = try await world.signIn("bo")
            func ask(
                _ path: String, _ method: String = "GET", _ headers: [String: String] = [:]
            ) async throws -> TestServer.Answer {
                try await world.server.send(
                    method, path, method == "POST" ? "a=b" : nil, nil,
                    ["Accept": Self.browser, "Cookie": bo].merging(headers) { $1 })
            }
            let denied = try await ask("/users")
            #expect(denied.status == 403 && denied.type == "text/html; charset=utf-8")
            #expect(denied.text.contains("This is not for the role VIEWER"))
            // The way on stands there: the page has the reader's own navigation.
            #expect(denied.text.contains("/sign-out") && denied.text.contains("href=\"/\""))
            let id = try #require(denied.headers["X-Request-Id"])
            #expect(denied.text.contains(id))
            let nothing = try await ask("/nowhere", "GET", ["Accept-Language": "da"])
            #expect(nothing.status == 404 && nothing.type == "text/html; charset=utf-8")
            #expect(nothing.text.contains("Der er ikke noget på denne adresse"))
            #expect(nothing.text.contains("Kontrollér adressen"))
            let form = try await ask("/users", "POST")
            #expect(form.status == 403 && form.type == "text/html; charset=utf-8")
            let foreign = try await ask("/account", "POST", ["Sec-Fetch-Site": "cross-site"])
            #expect(foreign.status == 403 && foreign.text.contains("came from another site"))
            let stranger = try await world.server.get(
                "/nowhere", headers: ["Accept": Self.browser])
            #expect(stranger.status == 404 && stranger.type == "text/html; charset=utf-8")
            #expect(!stranger.text.contains("/sign-out"))
            for (path, headers) in [
                ("/api/v1/nowhere", [:]), ("/nowhere", ["Accept": "application/json"]),
                ("/users", ["Accept": "*/*"]),
            ] {
                let answer = try await ask(path, "GET", headers)
                #expect(answer.type == "application/problem+json", "\(path)")
            }
            let entries = try await world.scene.audit.entries()
            #expect(entries.count { $0.kind == "denied" && $0.who == "bo" } == 4)
        }
    }
}
