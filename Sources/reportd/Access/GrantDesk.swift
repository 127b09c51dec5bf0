import Analytics
import Foundation
import Store
import Vocabulary

/// Something that lets somebody in without a password of ours, until it expires or is revoked.
struct Grant: Sendable, Hashable {
    /// What sorts there are.
    enum Kind: String, Sendable, Hashable, CaseIterable {
        /// An API key.
        case key
        /// A guest link.
        case guest
        /// A token of `reportd token`.
        case token
        /// A place where somebody is signed in through the identity provider.
        case session
    }

    let kind: Kind
    let id: String
    let name: String
    /// What its bearer may do and see.
    let principal: Principal
    /// The dashboard that a guest link shows.
    var dashboard: String?
    /// Where pages come from that may show it in a frame.
    var frames: [String] = []
    /// The browser and system of a session.
    var agent = ""
    let made: Instant
    let expires: Instant
    let lastUsed: Instant?
    let revoked: Instant?

    /// Whether it opens anything.
    func isValid(at now: Instant) -> Bool { revoked == nil && now < expires }

    /// When it ended or will end.
    var end: Instant { min(revoked ?? expires, expires) }

    /// How it stands, for lists of commands.
    func standing(at now: Instant) -> String {
        revoked.map { "revoked \($0)" }
            ?? (isValid(at: now) ? "until \(expires)" : "expired \(expires)")
    }

    init(_ key: APIKey) {
        (kind, id, name, principal) = (.key, key.id, key.name, key.principal)
        (made, expires, lastUsed, revoked) = (key.made, key.expires, key.lastUsed, key.revoked)
    }

    init(_ link: GuestLink) {
        (kind, id, name, principal) = (.guest, link.id, link.name, link.principal)
        (made, expires, lastUsed, revoked) = (link.made, link.expires, link.lastUsed, link.revoked)
        (dashboard, frames) = (link.dashboard, link.frames)
    }

    init(_ token: IssuedToken) {
        (kind, id, name, principal) = (.token, token.id, token.name, token.principal)
        (made, expires, lastUsed, revoked) = (
            token.made, token.expires, token.lastUsed, token.revoked
        )
    }

    /// A session of the identity provider, which is gone once it is revoked; nil for a local user’s.
    init?(_ session: Session) {
        guard let visitor = session.visitor else { return nil }
        (kind, id, name, principal) = (.session, session.id, session.user, visitor)
        (made, expires, lastUsed, revoked) = (
            session.begun, session.expires, session.lastUsed, nil
        )
        agent = session.agent
    }
}

/// Where keys, guest links and tokens are made, listed and revoked, and sessions of the identity provider
/// ended: one set of rules for pages, the
/// JSON interface and commands.
///
/// It works on the state file at once; whoever must not wait for that calls it aside.
struct GrantDesk: Sendable {
    let keys: APIKeyBook
    let guests: GuestBook
    let tokens: TokenBook
    let sessions: SessionBook
    let shelf: DefinitionShelf
    /// The address that readers use, without a stroke at its end.
    let origin: String
    let clock: WallClock

    /// Days that a key lasts at the most: who needs longer should have to think of it again.
    static let mostKeyDays = 730
    /// Days that a guest link lasts at the most.
    static let mostGuestDays = 366

    init(
        _ state: StateFile, key: TokenKey, shelf: DefinitionShelf, publicAddress: String,
        clock: WallClock
    ) {
        keys = APIKeyBook(state: state)
        guests = GuestBook(state: state, key: key)
        tokens = TokenBook(state: state)
        sessions = SessionBook(state: state)
        self.shelf = shelf
        origin = PageRoutes.origin(of: publicAddress)
        self.clock = clock
    }

    /// The desk of a command.
    ///
    /// - Throws: `Advice` when definitions, key or state file cannot be read.
    static func open(_ common: CommonOptions) async throws -> GrantDesk {
        let configuration = try common.configuration()
        let shelf = try DefinitionShelf(folder: configuration.definitions)
        try Workplace.makeFolder(of: configuration.state)
        return GrantDesk(
            try StateFile(path: configuration.state),
            key: try await TokenKey(file: configuration.secretFile), shelf: shelf,
            publicAddress: configuration.publicAddress, clock: try common.clock())
    }

    private var directory: CompanyDirectory { shelf.current.schema.companies }

    /// All that exists for an administrator, the oldest first.
    func all(for administrator: Administrator) throws -> [Grant] {
        let all =
            try keys.all().map { Grant($0) } + guests.all().map { Grant($0) }
            + tokens.all().map { Grant($0) }
            + sessions.visits(now: clock.now()).compactMap { Grant($0) }
        return all.filter { administrator.sees($0.principal.companies) }
    }

    // MARK: Making

    /// What is asked for: a key by role and scopes, a link by dashboard and frames.
    struct Wish: Sendable {
        var name = ""
        var role = ""
        var companies: [String] = []
        var userKey: String?
        var scopes: [String] = []
        var dashboard = ""
        var frames: [String] = []
        var days = 0
    }

    /// Makes a key.
    ///
    /// - Returns: The key, which cannot be had again, and what is known of it.
    /// - Throws: `Advice` when a part of the wish cannot be.
    func makeKey(
        _ wish: Wish, by administrator: Administrator
    ) throws -> (secret: String, grant: Grant) {
        let seconds = try GivenName.seconds(days: wish.days, upTo: Self.mostKeyDays, of: "key")
        try GivenName.check(wish.name, of: "key")
        var principal = try administrator.grant(
            wish.name, role: wish.role, companies: wish.companies, userKey: wish.userKey,
            among: directory)
        if !wish.scopes.isEmpty { principal.scopes = Set(try wish.scopes.map(Self.scope)) }
        let made = try keys.make(
            wish.name, principal, seconds: seconds, now: clock.now(), by: administrator.name,
            from: administrator.address)
        return (made.key, Grant(made.entry))
    }

    private static func scope(_ word: String) throws -> Right {
        if let right = Right(rawValue: word) { return right }
        throw Advice(
            .request, "‘\(word)’ is not a scope",
            remedy: Spelling.remedy(for: word, legal: Right.allCases.map(\.rawValue)))
    }

    /// Makes a guest link.
    ///
    /// - Returns: Its address, and what is known of it.
    /// - Throws: `Advice` when a part of the wish cannot be.
    func makeGuest(
        _ wish: Wish, by administrator: Administrator
    ) throws -> (address: String, grant: Grant) {
        _ = try shelf.current.analytics.dashboard(wish.dashboard)
        let viewer = try administrator.grant(
            wish.name, role: Role.viewer.rawValue, companies: wish.companies, userKey: nil,
            among: directory)
        let seconds = try GivenName.seconds(
            days: wish.days, upTo: Self.mostGuestDays, of: "guest link")
        try GivenName.check(wish.name, of: "link")
        let link = try guests.make(
            wish.name, dashboard: wish.dashboard, companies: viewer.companies,
            frames: try wish.frames.map(Settings.origin(named:)), seconds: seconds,
            now: clock.now(), by: administrator.name, from: administrator.address)
        return (origin + guests.path(of: link), Grant(link))
    }

    // MARK: Revoking

    /// Revokes what an administrator names by its id.
    ///
    /// - Throws: `Advice`: `unknown` when it does not exist for them or is over, `denied` when it is not
    ///   theirs alone.
    func revoke(_ id: String, _ kind: Grant.Kind, by administrator: Administrator) throws {
        let now = clock.now()
        let found = try all(for: administrator).first { $0.kind == kind && $0.id == id }
        guard let found, found.revoked == nil else {
            throw Advice(
                .unknown, "there is nothing of this number that could be revoked",
                remedy: "open the list of keys and links again")
        }
        try administrator.mustGovern(found.principal.companies, found.name)
        let (by, address) = (administrator.name, administrator.address)
        switch kind {
        case .key: try keys.revoke(id, now: now, by: by, from: address)
        case .guest: try guests.revoke(id, now: now, by: by, from: address)
        case .token: _ = try tokens.revoke(id, now: now, by: administrator)
        case .session: try sessions.end(id, of: found.name, now: now, by: administrator)
        }
    }
}
