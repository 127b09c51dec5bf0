import Reports
import Store
import Testing

@testable import reportd

/// The page that tells how current sources are.
@Suite struct SourcePageTests {
    @Test func everyReaderMayKnowHowOldFiguresAre() async throws {
        let world = try await FirstLightWorld.shared
        let server = try await TestServer.start(world)
        do {
            #expect(try await server.get("/sources").status == 303)
            let viewer = try await server.token(.viewer, ["rendetalje"])
            let page = try await server.get("/sources", token: viewer)
            #expect(page.status == 200)
            for word in ["Tekup", "Chikondi", "Complete up to", "Rows put aside"] {
                #expect(page.text.contains(word), "\(word)")
            }
            // Where a source stands and what is wrong with it is for who can act.
            #expect(!page.text.contains("Position") && !page.text.contains("Reason"))
            let admin = try await server.token(.admin, ["rendetalje"])
            let all = try await server.get(
                "/sources", token: admin, headers: ["Accept-Language": "da"])
            for word in ["Kilder", "Fuldstændig til", "Position", "Rækker lagt til side"] {
                #expect(all.text.contains(word), "\(word)")
            }
            let stored = try #require(world.workplace.store.positions["tekup"]?.text)
            let position = MarkupText.escaped(String(stored.prefix { $0 != " " }))
            #expect(all.text.contains(position), "\(position)")
            #expect(!page.text.contains(position))
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }
}
