import Counterparts
import Foundation
import Testing
import Vocabulary

@testable import reportd

/// The dashboard in a real browser, from sign-in to the picture in the README.
@Suite struct FirstLightPageTests {
    private struct Answer: Decodable {
        let asked: String
        let refused: String
        let shown: String
        let figures: [String: String]
        let status: String
        let charts: Int
        let complaints: [String]
    }

    @Test func aManagerSignsInAndSeesTheFigures() async throws {
        let world = try await FirstLightWorld.shared
        let server = try await TestServer.start(world)
        defer { Task { await server.stop() } }
        let state = try StateFile(path: world.settings.state)
        try UserBook(state: state).set(
            FirstLightWorld.visitor("rendetalje"), password: "a good password")
        // `make pictures` puts it into the folder that the README shows.
        let folder =
            ProcessInfo.processInfo.environment["REPORTD_README_PICTURES"]
            ?? world.settings.folder
        let address = server.address + "/dashboards/sales?period=last-month"
        let script = FirstLightWorld.root + "/Tests/Support/sign_in.py"
        let output = try await Task.detached {
            try Readers.run(
                try Readers.interpreter(),
                [script, address, "visitor", "a good password", folder + "/dashboard.png"])
        }.value
        let answer = try JSONDecoder().decode(Answer.self, from: output)
        #expect(answer.asked.contains("/sign-in?next="))
        #expect(answer.refused.contains("The name or the password is not right"))
        #expect(answer.shown == address)
        #expect(answer.complaints.isEmpty)
        #expect(answer.status == "Live")
        #expect(answer.charts >= 3)
        let oracle = SalesOracle(
            world: world, company: "rendetalje",
            period: try PeriodName("2026-10").period(today: LocalDay(number: 0)))
        let row = try oracle.rows(
            """
            SELECT to_char(sum(final_amount), 'FM999,999,990.00'), count(*) FROM sales s
            WHERE \(SalesOracle.booked) AND \(oracle.scope("s", "sale_date"))
            """)[0]
        #expect(answer.figures.values.contains { $0.contains(row[0]) }, "\(answer.figures)")
        #expect(answer.figures.values.contains { $0.contains(row[1]) })
    }
}
