import Foundation
import Store
import Testing
import Vocabulary

@testable import reportd

/// Schedules as files of the program's own folder, a scheduler that sends them to a real mail server,
/// and the pages and addresses for them.
final class ScheduleScene {
    let post: PostScene

    init(
        publicAddress: String = "http://reports.example.com",
        attachmentLimit: Int = PostRoom.attachmentLimit
    ) throws {
        post = try PostScene(
            more: "public-address: \(publicAddress)\n"
                + "access: {limits: {requests-per-hour: 0}}", attachmentLimit: attachmentLimit)
    }

    var own: OwnDefinitions { post.world.workplace.configuration.ownDefinitions }
    var shelf: DefinitionShelf { post.world.workplace.shelf }

    static func admin(_ companies: Set<String>) -> Principal {
        Principal(name: "ada", role: .admin, companies: companies, userKey: nil)
    }

    /// Companies of the definitions.
    var everything: Set<String> { Set(post.world.workplace.companies.companies.map(\.code)) }

    /// A schedule of every morning.
    func text(
        _ name: String, companies: [String], to recipients: [(String, [String])],
        more: String = ""
    ) -> String {
        let people = recipients.map { name, companies in
            "  - {address: \(post.address(name)), locale: en, "
                + "companies: [\(companies.joined(separator: ", "))]}"
        }
        return """
            schedule: \(name)
            report: sales-register
            companies: [\(companies.joined(separator: ", "))]
            period: 2026-11
            cron: 0 8 * * *
            zone: Europe/Copenhagen
            format: csv
            subject: Sales of \(name)
            \(more)
            recipients:
            \(people.joined(separator: "\n"))

            """
    }

    /// Puts a schedule in force as a file of the program's own.
    func define(
        _ name: String, companies: [String], to recipients: [(String, [String])],
        more: String = ""
    ) async throws {
        try own.put(
            .schedules, name, text(name, companies: companies, to: recipients, more: more),
            over: OwnDefinitions.version(own.text(.schedules, name)))
        shelf.reload()
        try #require(shelf.problem == nil, "\(shelf.problem?.description ?? "")")
        await post.post.byHand.reload(shelf.current.schedules)
    }

    /// Sends a run.
    @discardableResult
    func send(_ name: String, _ day: String = "2026-11-20") async throws -> [Delivery] {
        try await post.post.byHand.send(name, run: LocalTime("\(day)T08:00"))
    }

    /// Does something with a server, beside a scheduler that runs where it is asked for.
    func serving(
        isSending: Bool = false, _ body: (TestServer) async throws -> Void
    ) async throws {
        let world = post.world
        let scheduler = post.post.byHand
        let server = try await TestServer.start(
            world.workplace, world.desk, world.board, scheduler: scheduler)
        let sending = isSending ? Task { await scheduler.run() } : nil
        do {
            try await body(server)
        } catch {
            sending?.cancel()
            await sending?.value
            await server.stop()
            throw error
        }
        sending?.cancel()
        await sending?.value
        await server.stop()
    }

    /// Waits until a delivery has come to a state.
    func settled(_ id: Int64, _ state: Delivery.State) async throws -> Delivery {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            let delivery = try await post.ledger.delivery(id)
            if delivery.state == state { return delivery }
            try #require(
                ContinuousClock.now < deadline, "delivery \(id) stays \(delivery.state)")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// The cookie of somebody who signs in with a password.
    static func cookie(_ name: String, _ server: TestServer) async throws -> String {
        let page = try await server.get("/sign-in")
        let token = try #require(page.text.firstMatch(of: /name="token" value="([^"]+)"/)).output.1
        let answer = try await server.post(
            "/sign-in", "token=\(token)&name=\(name)&password=a+good+password&next=%2F")
        let header = try #require(answer.headers["Set-Cookie"])
        return String(header.prefix { $0 != ";" })
    }
}
