import ArgumentParser
import Foundation
import Reports
import Store
import Vocabulary

/// `reportd verify`: whether the store is whole, and its repair.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read the whole store and check it; repair what is damaged.",
        discussion: """
            Exit code 0: all is well, or is again; 74: something is damaged. --repair needs the \
            store for itself: stop ‘reportd run’ first, or leave the repair to it.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(help: "Make again what can be, and read damaged rows from their sources.")
    var repair = false

    func run() async throws {
        let workplace = try common.workplace(repair ? .readWrite : .readOnly)
        let store = workplace.store
        var found = try store.verify()
        Self.show(found)
        if repair, !found.damage.isEmpty {
            try await mend(workplace)
            found = try store.verify()
            Self.show(found)
        }
        try store.close()
        if !found.isWell { throw ExitCode(Advice.Kind.damaged.exitCode) }
    }

    private func mend(_ workplace: Workplace) async throws {
        let store = workplace.store
        let known = try store.repairs().count
        if try !store.repair().isEmpty {
            let service = IngestService(
                workplace: workplace,
                board: SourceBoard(
                    store: store, clock: workplace.clock,
                    expected: workplace.configuration.sources.keys), logger: ProgramLog.logger)
            let sources = try await service.repair()
            Terminal.write(
                sources.isEmpty
                    ? "no configured source gives the damaged rows\n"
                    : "read again: \(sources.joined(separator: ", "))\n")
        }
        for repair in try store.repairs().dropFirst(known) { Terminal.write("\(repair)\n") }
    }

    private static func show(_ found: Verification) {
        for damage in found.damage { Terminal.write("\(damage)\n") }
        for problem in found.fileProblems { Terminal.write("the file itself: \(problem)\n") }
        Terminal.write(
            "\(found.chunks) chunks and \(found.changes) recent changes read, "
                + "\(found.damage.count) damaged\n")
        if !found.fileProblems.isEmpty {
            Terminal.note("restore the latest backup, or delete the store and run ingest again")
        }
    }
}

/// `reportd compact`: all of the store in order, and as small as it can be.
struct CompactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Seal and merge everything now; give unused room back.",
        discussion: """
            A running program does what is worth it by itself. This goes on until each model is one \
            sorted run, for instance after a first load of many sources.
            """)

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let workplace = try common.workplace(.readWrite)
        let store = workplace.store
        let before = try store.health()
        while try store.seal(minimum: 1) {}
        while try store.compact(isComplete: true) {}
        while try !store.maintain().isEmpty {}
        let after = try store.health()
        Terminal.write(
            "\(Self.words(before)) before, \(Self.words(after)) after; "
                + "\(after.retiredSegments) replaced segments are kept for readers\n")
        try store.close()
    }

    private static func words(_ health: StoreHealth) -> String {
        "\((health.fileBytes - health.freeBytes) / 1024) KB in \(health.segments) segments and "
            + "\(health.deltaRows) recent rows"
    }
}

/// `reportd erase`: a row, every version of it, for good.
struct EraseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase", abstract: "Remove every version of a row, for good.",
        discussion: """
            For requests under privacy law. The row is ignored when its source offers it again; \
            delete it there, too. Rows that refer to it then refer to nothing.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: "The model, as customer.")
    var model: String

    @Option(help: "The origin: the name of the source, unless its mapping says another.")
    var origin: String

    @Option(help: "The row's key; may be repeated.")
    var key: [String]

    @Flag(help: "Do it; without this, only say what would be removed.")
    var yes = false

    func run() async throws {
        let workplace = try common.workplace(.readWrite)
        let store = workplace.store
        let identities = try key.map { try store.identity(model: model, origin: origin, key: $0) }
        for (text, identity) in zip(key, identities) {
            let versions = try store.versions(of: identity)
            Terminal.write("\(model) \(text) of \(origin): \(versions) versions\n")
        }
        guard yes else {
            throw Advice(
                .request, "nothing was removed", remedy: "add --yes to remove this for good")
        }
        let erasure = try store.erase(identities)
        let desk = CloseDesk(desk: AnswerDesk(workplace), scope: workplace.everything)
        let replaced = try desk.replaceFiles(after: erasure)
        let messages = try await MailArchive.forget(model, of: workplace)
        try store.close()
        Terminal.write(
            "removed \(erasure.versions) versions and history rows by commit "
                + "\(erasure.commit.number)\n")
        if messages > 0 {
            Terminal.write(
                "removed \(messages) kept messages and reports that may have held it\n")
        }
        for file in replaced {
            Terminal.write(
                "replaced the archived \(file.format.rawValue) of ‘\(file.report)’, which held "
                    + "what was erased\n")
        }
        if !erasure.isClean {
            Terminal.note("another program reads the store; ‘reportd run’ cleans the file later")
        }
    }
}
