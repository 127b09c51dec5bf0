// These are constants of tests: a mistake in one of them should stop the run at once.
// swift-format-ignore-file: NeverForceUnwrap, NeverUseForceTry

import Reports
import Store
import Vocabulary

@testable import reportd

/// Pages about people, with names that try what names may not do.
extension WebSamples {
    private static let directory = try! Schema(definitions: FirstLightWorld.root + "/queries")
        .companies
    private static var administrator: PageFrame {
        var viewer = viewer
        viewer.mayAdminister = true
        return PageFrame(locale: english, viewer: viewer, area: .people)
    }
    private static func principal(_ name: String, _ role: Role = .viewer) -> Principal {
        Principal(name: name, role: role, companies: ["rendetalje"], userKey: hostile)
    }

    static let people = PeoplePage(
        frame: administrator,
        entries: [
            .init(
                person: .user(
                    User(
                        principal: principal(hostile, .admin), mail: hostile, locale: nil,
                        lastSignIn: now)), companies: [hostile], mayChange: true, isSelf: true),
            .init(
                person: .invited(
                    Invitation(
                        principal: principal("bo"), mail: "bo@example.org", locale: "da",
                        made: now, expires: now.adding(seconds: 60))), companies: ["Rendetalje"],
                mayChange: true, isSelf: false),
            .init(
                person: .user(
                    User(
                        principal: principal("vera", .accountant), mail: nil, locale: nil,
                        lastSignIn: nil)), companies: ["Rendetalje"], mayChange: false,
                isSelf: false),
        ], companies: Array(directory.companies.prefix(3)), hasPasswords: true, hasMail: false,
        zone: copenhagen, now: now,
        outcome: PageOutcome(text: hostile, secret: hostile, about: hostile),
        wish: PeopleDesk.Wish(name: hostile, mail: hostile))

    static let grants = GrantPage(
        frame: administrator,
        entries: [
            .init(
                grant: Grant(
                    APIKey(
                        id: "abcdefgh", name: hostile, principal: principal(hostile), made: now,
                        expires: now.adding(seconds: 60), lastUsed: nil, revoked: nil)),
                companies: [hostile], isGoverned: true),
            .init(
                grant: Grant(
                    GuestLink(
                        id: "ijklmnop", name: "portal", dashboard: "sales",
                        companies: ["rendetalje"], frames: ["https://portal.example"], made: now,
                        expires: now.adding(seconds: 60), lastUsed: now, revoked: now)),
                companies: ["Rendetalje"], isGoverned: false),
            .init(
                grant: Grant(
                    Session(
                        id: "there", user: "office:" + hostile, kind: .provider, begun: now,
                        expires: now.adding(seconds: 60), lastUsed: now, address: nil,
                        agent: "Chrome, Windows", visitor: principal(hostile)))!,
                companies: ["Rendetalje"], isGoverned: true),
        ], companies: Array(directory.companies.prefix(3)),
        dashboards: [PageLink(title: hostile, path: "sales")], zone: copenhagen, now: now,
        failure: Advice(.request, "the name ‘\(hostile)’ is taken", remedy: hostile),
        wish: GrantDesk.Wish(name: hostile))

    static let account = AccountPage(
        frame: PageFrame(locale: english, viewer: viewer), principal: principal(hostile),
        companies: ["Rendetalje"], mail: hostile, session: "here",
        sessions: [
            Session(
                id: "here", user: hostile, kind: .page, begun: now, expires: now, lastUsed: now,
                address: "192.0.2.1", agent: "Firefox, Linux"),
            Session(
                id: "there", user: hostile, kind: .program, begun: now, expires: now,
                lastUsed: now, address: nil, agent: hostile),
        ], zone: copenhagen)

    static let password = PasswordPage(
        frame: PageFrame(locale: english), action: "/invitation", formToken: "b1f0c9d2e8",
        ticket: hostile, name: hostile,
        failure: Advice(.request, "the two passwords are not the same", remedy: hostile))

    static let forgotten = ForgottenPage(
        frame: PageFrame(locale: english), formToken: "b1f0c9d2e8", hasMail: true,
        failure: Advice(.busy, "too many attempts to sign in", remedy: hostile))
}
