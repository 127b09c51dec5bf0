import Foundation
import Testing
import Vocabulary

@testable import reportd

/// The pages about people in a real browser, with mails through a real server.
@Suite("Pages of people")
struct PeoplePageTests {
    private struct Answer: Decodable {
        struct Seen: Decodable {
            let areas: [String]
            let invited, row, welcome, unlike, viewer, again, forgotten, out: String
            let managed, places, left, alone, hidden: Int
            let wrong, changed, key, guest, revoked, demoted, removed, gone, last: String
            let others: [String]
        }
        let seen: Seen
        let problems: [String]
    }

    /// With REPORTD_PICTURES set, pictures of the pages are left in that folder.
    @Test("in Chromium: invited, signed in, forgotten, changed, ended, removed")
    func used() async throws {
        try await PeopleWorld.going { world in
            try world.add("ada", .admin, ["rendetalje", "foodtruck"], mail: "ada@example.org")
            try world.add("vera", .accountant, ["rendetalje"])
            try world.add("group", .salesManager, ["rendetalje", "tiyende"])
            let pictures =
                ProcessInfo.processInfo.environment["REPORTD_PICTURES"]
                ?? world.scene.world.folder
            let browser = try Conversation(
                "people_pages.py", [world.server.address, pictures])
            try await browser.come(to: "invited")
            try browser.goOn(try await world.link("bo@example.org"))
            try await browser.come(to: "forgotten")
            try browser.goOn(try await world.link("bo@example.org", 2))
            try await browser.come(to: "made")
            let keys = try APIKeyBook(state: world.scene.state).all()
            #expect(keys.map(\.name) == ["till"])
            #expect(keys[0].principal.rights == [.dashboards])
            try browser.goOn()
            let answer = try JSONDecoder().decode(Answer.self, from: try await browser.end())
            #expect(answer.problems.isEmpty, "\(answer.problems)")
            let seen = answer.seen
            #expect(seen.areas.suffix(2) == ["Sources", "People"])
            #expect(seen.invited.contains("An invitation went to bo@example.org."))
            #expect(seen.row.contains("Sales manager") && seen.row.contains("Rendetalje"))
            #expect(seen.row.contains("invited until"))
            #expect(seen.welcome == "You sign in as bo.")
            #expect(seen.unlike.contains("The two passwords are not the same."))
            #expect(seen.viewer == "bo" && seen.managed == 0)
            #expect(seen.again.contains("not good any more"))
            #expect(seen.forgotten.contains("a mail is on its way"))
            #expect(seen.out.contains("/sign-in"))
            #expect(seen.places == 3 && seen.left == 2 && seen.alone == 1)
            #expect(seen.wrong.contains("The present password is not right."))
            #expect(seen.changed.contains("Your password was changed."))
            #expect(seen.others.allSatisfy { $0.contains("/sign-in") })
            #expect(seen.key.hasPrefix("rk_") && seen.hidden == 0)
            #expect(seen.guest.hasPrefix(world.server.address + "/guest/"))
            #expect(seen.revoked.contains("revoked"))
            #expect(seen.demoted.contains("Læser"))
            #expect(seen.removed.contains("bo er fjernet."))
            #expect(seen.gone.contains("/sign-in"))
            #expect(seen.last.contains("den sidste administrator"))
            let mails = try await world.mails("bo@example.org", 2)
            #expect(mails[0].contains("Hej bo,"), "the language that was chosen")
            let kinds = try await world.scene.audit.entries().map(\.kind)
            for kind in ["invitation", "password-reset", "session-ended", "user", "key", "guest"] {
                #expect(kinds.contains(kind), "\(kind)")
            }
        }
    }
}
