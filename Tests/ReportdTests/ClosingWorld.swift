import Analytics
import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import reportd

/// A store of its own with a few sales, whose clock can be set.
final class ClosingWorld {
    let folder: String
    let workplace: Workplace
    let desk: AnswerDesk
    let board: SourceBoard
    private let time: Clock

    private final class Clock: Sendable {
        let now = Mutex(Instant(microseconds: 0))
    }

    /// `more` are further lines of the configuration.
    init(now: String, more: String = "") throws {
        folder =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("reportd-closing-\(UUID().uuidString)").path
        _ = try FirstLightWorld.settings(folder: folder, connection: "host=/nowhere")
        let path = folder + "/reportd.yaml"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try (text + "\nstore-limits: {horizon-days: 1}\n" + more).write(
            toFile: path, atomically: true, encoding: .utf8)
        let clock = Clock()
        time = clock
        workplace = try Workplace(
            try Settings(contentsOf: path), access: .readWrite,
            clock: WallClock { clock.now.withLock { $0 } })
        desk = AnswerDesk(workplace)
        board = SourceBoard(store: workplace.store, clock: workplace.clock, expected: [])
        try set(now)
    }

    deinit {
        try? workplace.store.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    var everything: Scope { workplace.everything }
    var closing: CloseDesk { CloseDesk(desk: desk, scope: everything) }

    func set(_ now: String) throws {
        let instant = try #require(Instant(now))
        time.now.withLock { $0 = instant }
    }

    /// Makes the user under whose name tests sign in.
    func signUp() throws {
        try UserBook(state: StateFile(path: workplace.configuration.state)).set(
            Principal(
                name: "test", role: .accountant, companies: ["rendetalje"], userKey: nil),
            password: "a password of tests")
    }

    /// Sales of a company, each as number, status, amount and moment.
    @discardableResult
    func sell(
        _ sales: (String, String, Int64, String)..., company: String = "rendetalje"
    ) throws -> Commit {
        try sell(all: sales, company: company)
    }

    /// Many sales in one commit.
    @discardableResult
    func sell(all sales: [(String, String, Int64, String)], company: String) throws -> Commit {
        var batch = ChangeBatch()
        let model = try workplace.store.schema.model("sale")
        for (number, status, net, moment) in sales {
            let at = try #require(Instant(moment))
            let cells = model.columns.map { column -> Cell in
                switch column.name {
                case "number": .text(number)
                case "status": .text(status)
                case "net", "gross": .number(net)
                case "tax": .number(0)
                case "currency": .text("DKK")
                case "sold_at", "created_at": .number(at.microseconds)
                default: .missing
                }
            }
            batch.upsert(
                model: "sale", origin: "tekup", company: company, key: .text(number), cells: cells)
        }
        return try workplace.store.commit(batch)
    }

    func delete(_ number: String) throws {
        var batch = ChangeBatch()
        batch.delete(model: "sale", origin: "tekup", key: .text(number))
        try workplace.store.commit(batch)
    }

    /// The revenue that a report shows first.
    func revenue(_ choices: ViewChoices) throws -> Value {
        let document = try desk.report("sales-register", choices, scope: everything)
        guard case .figures(let figures)? = document.blocks.first else { return .missing }
        return figures.first { $0.name == "revenue" }?.values.first ?? .missing
    }

    func run(
        _ words: [String], now: String, environment: [String: String] = [:]
    ) throws -> (status: Int32, text: String) {
        try LiveProgram(
            words + ["--config", folder + "/reportd.yaml", "--now", now], environment: environment
        ).finish()
    }
}

/// An amount of kroner.
func kroner(_ text: String) throws -> Value {
    .money(Money(try #require(ExactDecimal(text)), try #require(Currency("DKK"))))
}
