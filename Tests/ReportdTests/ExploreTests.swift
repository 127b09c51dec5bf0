import Foundation
import Testing
import Vocabulary

@testable import reportd

/// Questions that readers put together on a page.
@Suite struct ExploreTests {
    private func withServer(_ body: (TestServer, String) async throws -> Void) async throws {
        let server = try await TestServer.start(try await FirstLightWorld.shared)
        do {
            try await body(server, try await server.token(.salesManager, ["rendetalje", "tekup"]))
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    /// The rows of the table in a file of JSON.
    private func rows(_ text: String) throws -> [[String]] {
        struct File: Decodable {
            struct Block: Decodable {
                let type: String
                let rows: [[Cell]]?
            }
            struct Cell: Decodable {
                let text: String
                init(from decoder: any Decoder) throws {
                    let box = try decoder.singleValueContainer()
                    if let amount = try? box.decode([String: String].self) {
                        text = (amount["currency"] ?? "") + " " + (amount["amount"] ?? "")
                    } else if let number = try? box.decode(Int.self) {
                        text = "\(number)"
                    } else {
                        text = (try? box.decode(String.self)) ?? "nothing"
                    }
                }
            }
            let blocks: [Block]
        }
        let file = try JSONDecoder().decode(File.self, from: Data(text.utf8))
        return try #require(file.blocks.first { $0.type == "table" }?.rows).map { $0.map(\.text) }
    }

    @Test func thePageOffersWhatThereIsAndAnswers() async throws {
        try await withServer { server, token in
            let plain = try await server.get("/explore", token: token)
            #expect(plain.status == 200)
            // It begins with the first figure of the first dashboard.
            #expect(plain.text.contains("<option value=\"revenue\" selected>"))
            #expect(plain.text.contains("<option value=\"month\" selected>"))
            // There is no till in these companies.
            #expect(!plain.text.contains("value=\"pos_sales\""))
            let asked = try await server.get(
                "/explore?metric=revenue&by=service&grain=month&top=3&as=stacked"
                    + "&company=rendetalje&period=2026&where=status%3DPAID", token: token)
            #expect(asked.status == 200)
            for word in [
                "<option value=\"service\" selected>", "<option value=\"stacked\" selected>",
                "<option value=\"3\" selected>",
                "value=\"status=PAID\"", "chart-series-4", "status is PAID",
                "/api/v1/explore.xlsx?", "metric=revenue", "as=stacked",
            ] { #expect(asked.text.contains(word), "\(word)") }
            // A form that does not suit the question is a table, and the reader is told why.
            let mixed = try await server.get(
                "/explore?metric=revenue&metric=sales&grain=month&as=line", token: token)
            #expect(mixed.status == 200)
            #expect(mixed.text.contains("share no axis") && mixed.text.contains("<table"))
            #expect(!mixed.text.contains("<svg xmlns"))
        }
    }

    @Test func theFileIsTheAnswerOfTheSameQuestion() async throws {
        try await withServer { server, token in
            let path =
                "explore.json?metric=revenue&metric=sales&by=service&company=rendetalje&period=2026"
            let file = try await server.get("/api/v1/\(path)", token: token)
            #expect(file.status == 200)
            let query = try await server.post(
                "/api/v1/query",
                "{\"metrics\":[\"revenue\",\"sales\"],\"by\":[\"service\"],"
                    + "\"company\":[\"rendetalje\"],\"period\":\"2026\"}", token: token)
            let found = try rows(file.text)
            #expect(found.count > 3)
            #expect(try found == rows("{\"blocks\":[\(table(in: query.text))]}"))
            let viewer = try await server.token(.viewer, ["rendetalje"])
            #expect(try await server.get("/api/v1/\(path)", token: viewer).status == 403)
            #expect(try await server.get("/api/v1/\(path)").status == 401)
            // Another company's rows are nobody else's.
            let other = try await server.token(.salesManager, ["tekup"])
            let foreign = try await server.get("/api/v1/\(path)", token: other)
            #expect(foreign.status == 404)
            for format in ["csv", "xlsx", "pdf"] {
                let made = try await server.get(
                    "/api/v1/explore.\(format)?metric=revenue&by=service&grain=month&period=2026",
                    token: token)
                #expect(made.status == 200, "\(format)")
            }
        }
    }

    private func table(in answer: String) -> String {
        // {"provenance":{…},"table":{…}}
        let start = answer.range(of: "\"table\":").map(\.upperBound) ?? answer.startIndex
        return String(answer[start...].trimmingCharacters(in: .whitespacesAndNewlines).dropLast())
    }

    @Test(arguments: [
        ("metric=revenu", 404, "did you mean ‘revenue’"),
        ("metric=revenue&by=net", 400, "holds quantities"),
        ("metric=revenue&grain=mont", 400, "did you mean ‘month’"),
        ("metric=revenue&as=pie", 400, "‘pie’ is not a form"),
        ("metric=revenue&top=0", 400, "from 1 to 1000"),
        ("metric=revenue&by=x%22%5D%0A", 400, "x"),
        ("metrics=revenue", 400, "did you mean ‘metric’"),
        ("metric=revenue&where=status", 400, "‘status’ is not a condition"),
    ])
    func mistakesAreAnswered(query: String, status: Int, words: String) async throws {
        try await withServer { server, token in
            let answer = try await server.get("/api/v1/explore.json?\(query)", token: token)
            #expect(answer.status == status)
            #expect(answer.text.contains(words), "\(answer.text)")
            let page = try await server.get("/explore?\(query)", token: token)
            #expect(page.status == status)
        }
    }

    /// What is shown to be kept is a card that answers as the page did.
    @Test func theCardThatIsOfferedIsTheOneThatWasSeen() async throws {
        try await withServer { server, token in
            let page = try await server.get(
                "/explore?metric=revenue&by=service&grain=month&top=2&as=stacked&period=2026"
                    + "&where=status%3DPAID&where=sold_at%3E%3D2026-02-01", token: token)
            #expect(page.status == 200, "\(page.text)")
            let start = try #require(page.text.range(of: "<pre tabindex=\"0\">")?.upperBound)
            let end = try #require(page.text.range(of: "</pre>")?.lowerBound)
            let card = String(page.text[start..<end])
                .replacing("&quot;", with: "\"").replacing("&#39;", with: "'")
                .replacing("&gt;", with: ">").replacing("&amp;", with: "&")
            #expect(
                card == """
                    - name: explored
                      type: stacked
                      title: "Revenue"
                      metrics: ["revenue"]
                      grain: month
                      by: ["service"]
                      top: 2
                      period: "2026"
                      where:
                        "status": ["PAID"]
                        "sold_at": {at-least: "2026-02-01"}

                    """)
        }
    }
}
