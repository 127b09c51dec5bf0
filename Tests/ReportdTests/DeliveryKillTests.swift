import Foundation
import Glibc
import Synchronization
import Testing
import Vocabulary

@testable import reportd

/// The process that is killed in `DeliveryKillTests`.
enum DeliveryKill {
    /// A kill -9 at the n-th coming of a failpoint, Monday morning.
    static func run(
        path: String, port: Int, connections: Int, recipients: [String], point: String, hit: Int
    ) async throws {
        let hits = Mutex(0)
        try await scene(
            path: path, port: port, connections: connections, recipients: recipients
        ).run(
            from: "2026-07-06T05:29:00Z", to: "2026-07-06T05:31:00Z",
            failpoint: { reached in
                guard reached == point else { return }
                let count = hits.withLock { hits in
                    hits += 1
                    return hits
                }
                if count == hit { kill(getpid(), SIGKILL) }
            })
    }

    static func scene(
        path: String, port: Int, connections: Int, recipients: [String]
    ) throws -> DeliveryScene {
        var server = try MailServer(
            host: "localhost", port: port, security: .plain,
            sender: EnvelopeAddress("reports@example.org"))
        server.connections = connections
        return DeliveryScene(
            path: path, server: server,
            book: ScheduleBook([try ScheduleFixture.schedule(to: recipients)]))
    }
}

@Suite("kill -9 while delivering")
struct DeliveryKillTests {
    static let points: [(point: String, leaves: Delivery.State, kept: Int)] = [
        ("after-plan", .sent, 1),
        ("after-render", .sent, 1),
        ("before-send", .unknown, 0),
        ("after-send", .unknown, 1),
        ("after-record", .sent, 1),
    ]

    @Test("each recipient has one message, or a row that says unknown", arguments: points)
    func killed(point: String, leaves: Delivery.State, kept: Int) async throws {
        let mail = try DeliverySMTPServer.plain.get()
        for hit in point == "after-plan" ? [1] : [1, 2, 3] {
            let folder = try DeliveryFolder()
            let (path, port) = (folder.path + "/state.sqlite", mail.port)
            let recipients = (0..<3).map { _ in "ok.\(UUID().uuidString.lowercased())@example.com" }
            let scene = try DeliveryKill.scene(
                path: path, port: port, connections: 1, recipients: recipients)
            try await scene.run(from: "2026-07-06T05:00:00Z", to: "2026-07-06T05:01:00Z")
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [
                    path = path as String, port = port as Int,
                    recipients = recipients as [String], point = point as String, hit = hit as Int
                ] in
                try await DeliveryKill.run(
                    path: path, port: port, connections: 1, recipients: recipients,
                    point: point, hit: hit)
            }
            for _ in 0..<2 {
                try await scene.run(from: "2026-07-06T05:31:00Z", to: "2026-07-06T06:00:00Z")
            }
            let deliveries = try await scene.ledger().list()
            for (index, recipient) in recipients.enumerated() {
                let isStruck = index + 1 == hit
                let delivery = try #require(deliveries.first { $0.recipient == recipient })
                #expect(delivery.state == (isStruck ? leaves : .sent), "\(point) \(hit)")
                let received = try mail.kept(for: recipient).map(\.message)
                #expect(received.count == (isStruck ? kept : 1), "\(point) \(hit)")
                // Whatever was handed over is kept, however soon after it the program died.
                let archived = try MailArchive(besides: path).message(of: delivery)
                #expect(received.allSatisfy { $0 == archived }, "\(point) \(hit)")
            }
        }
    }

    @Test("of several conversations at a time, too", arguments: points.map(\.point))
    func severalKilled(point: String) async throws {
        let mail = try DeliverySMTPServer.plain.get()
        let connections = 3
        for hit in point == "after-plan" ? [1] : [2, 4, 6] {
            let folder = try DeliveryFolder()
            let (path, port) = (folder.path + "/state.sqlite", mail.port)
            let recipients = (0..<8).map { _ in "ok.\(UUID().uuidString.lowercased())@example.com" }
            let scene = try DeliveryKill.scene(
                path: path, port: port, connections: connections, recipients: recipients)
            try await scene.run(from: "2026-07-06T05:00:00Z", to: "2026-07-06T05:01:00Z")
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [
                    path = path as String, port = port as Int,
                    recipients = recipients as [String], point = point as String, hit = hit as Int
                ] in
                try await DeliveryKill.run(
                    path: path, port: port, connections: 3, recipients: recipients,
                    point: point, hit: hit)
            }
            for _ in 0..<2 {
                try await scene.run(from: "2026-07-06T05:31:00Z", to: "2026-07-06T06:00:00Z")
            }
            let deliveries = try await scene.ledger().list()
            #expect(deliveries.count == recipients.count)
            // No more than were under way, and none of them twice.
            let unknown = deliveries.count { $0.state == .unknown }
            #expect(unknown <= connections, "\(point) \(hit)")
            if ["before-send", "after-send"].contains(point) {
                #expect(unknown > 0, "\(point) \(hit)")
            }
            for delivery in deliveries {
                let received = try mail.kept(for: delivery.recipient).map(\.message)
                #expect(
                    delivery.state == .sent ? received.count == 1 : received.count <= 1,
                    "\(point) \(hit): \(delivery.state), \(received.count)")
                #expect([.sent, .unknown].contains(delivery.state))
                let archived = try MailArchive(besides: path).message(of: delivery)
                #expect(received.allSatisfy { $0 == archived }, "\(point) \(hit)")
            }
        }
    }
}
