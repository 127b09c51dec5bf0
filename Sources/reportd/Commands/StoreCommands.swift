import Analytics
import ArgumentParser
import Foundation
import Ingest
import Logging
import ServiceLifecycle
import Store
import Vocabulary

/// `reportd init`: a commented configuration.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a commented configuration file.")

    @Option(help: "The file to write.")
    var config = "reportd.yaml"

    func run() async throws {
        guard !FileManager.default.fileExists(atPath: config) else {
            throw Advice(
                .busy, "\(config) exists already", remedy: "edit it, or name another with --config")
        }
        do {
            try Settings.template.write(toFile: config, atomically: true, encoding: .utf8)
        } catch {
            throw Advice(
                .storage, "cannot write \(config)", remedy: "check the folder",
                cause: "\(error)")
        }
        Terminal.note("wrote \(config); enter your databases there, then ‘reportd doctor’")
    }
}

/// `reportd doctor`: every requirement of every source.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check the configuration, definitions and sources; print the fixes.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let configuration = try common.configuration()
        let shelf = try DefinitionShelf(configuration)
        Terminal.write("definitions: \(shelf.current.analytics.metrics.count) metrics, all well\n")
        let scratch = FileManager.default.temporaryDirectory
            .appendingPathComponent("reportd-doctor-\(UUID().uuidString)").path
        try Workplace.makeFolder(of: scratch + "/store")
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        // Sources are checked against an empty store, so that a running one is left alone.
        let store = try Store(path: scratch + "/store", schema: shelf.current.schema)
        var problems = 0
        for definition in shelf.current.sources {
            switch configuration.sources[definition.name] {
            case nil:
                Terminal.write("\(definition.name): not in the configuration, so not read\n")
            case .folder(let path):
                let export = try CouchExport(definition: definition, store: store)
                do {
                    let outcome = try export.importFolder(path)
                    Terminal.write("\(definition.name): \(outcome.documents) documents, well\n")
                } catch {
                    problems += 1
                    Terminal.write("\(definition.name): \(Problem.advice(error))\n")
                }
            case .postgres, .polling, .couch:
                problems += await check(definition) {
                    try await configuration.followedSource(
                        definition, among: shelf.current.sources, store: store
                    )?.check() ?? []
                }
            }
        }
        if problems > 0 { throw ExitCode(1) }
    }

    /// Prints what a check finds, and returns how many problems that are.
    private func check(
        _ definition: SourceDefinition, _ findings: () async throws -> [Finding]
    ) async -> Int {
        do {
            let findings = try await findings()
            for finding in findings {
                Terminal.write(
                    "\(definition.name): \(finding.severity.rawValue): \(finding.what)\n")
                if !finding.fix.isEmpty { Terminal.write("    fix: \(finding.fix)\n") }
            }
            if findings.isEmpty { Terminal.write("\(definition.name): well\n") }
            return findings.count { $0.severity == .problem }
        } catch {
            Terminal.write("\(definition.name): \(Problem.advice(error))\n")
            return 1
        }
    }
}

/// `reportd ingest`: sources into the store.
struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Read the sources into the store and follow them.")

    @OptionGroup var common: CommonOptions

    @Argument(help: "Only this source; all that are configured without it.")
    var source: String?

    @Flag(help: "Read up to the present state, then stop.")
    var once = false

    @Flag(help: "Read all rows of all sources again; only differences are stored.")
    var reload = false

    func run() async throws {
        let workplace = try common.workplace(.readWrite)
        let reports = workplace.configuration.errorReports.map {
            ErrorReports($0, clock: workplace.clock)
        }
        let plain = ProgramLog.logger(workplace.configuration.log)
        let logger = reports?.listening(to: plain) ?? plain
        let board = SourceBoard(
            store: workplace.store, clock: workplace.clock,
            expected: workplace.configuration.sources.keys)
        let service = IngestService(
            workplace: workplace, board: board, logger: logger, only: source)
        if once || reload {
            try await service.catchUp(reloading: reload)
            Terminal.note("the store is at commit \(workplace.store.latest.number)")
        }
        if !once {
            let services: [any Service] = reports.map { [$0, service] } ?? [service]
            try await Daemon.group(services, logger: logger).run()
        }
        try workplace.store.close()
    }
}

/// `reportd sources`: positions and quarantine.
struct SourcesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sources", abstract: "Show how far each source has been read.",
        subcommands: [List.self, Quarantine.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Each source's position and how many rows are put aside.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let workplace = try common.workplace()
            let aside = try workplace.store.quarantineCounts()
            for (name, position) in workplace.store.positions.sorted(by: { $0.key < $1.key }) {
                let time = position.sourceTime.map { ", changes up to \($0)" } ?? ""
                let rows = aside[name] ?? 0
                Terminal.write("\(name): \(position.text)\(time), \(rows) rows put aside\n")
            }
        }
    }
}
