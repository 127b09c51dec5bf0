import Foundation
import Vocabulary

extension ScratchPostgres {
    /// Makes a database if there is none of that name.
    ///
    /// - Parameter name: Lower-case letters, digits and `_`.
    /// - Throws: `Advice` when the server refuses.
    func createDatabase(_ name: String) throws {
        precondition(
            !name.isEmpty
                && name.utf8.allSatisfy {
                    (97...122).contains($0) || (48...57).contains($0) || $0 == 95
                }, "not a plain database name")
        let found = try query("SELECT 1 FROM pg_database WHERE datname = '\(name)'")
        if found.isEmpty { try execute("CREATE DATABASE \(name)") }
    }

    /// Runs SQL, which may hold `COPY … FROM stdin` with its rows, and stops at the first error.
    ///
    /// - Throws: `Advice` with psql's message as its cause.
    func execute(_ sql: String, database: String = "postgres") throws {
        try execute(database: database) { write in try write(sql) }
    }

    /// Runs SQL that `produce` writes piece by piece, so that it need not fit into memory.
    ///
    /// - Throws: `Advice` with psql's message as its cause, and what `produce` throws.
    func execute(
        database: String, producing produce: ((String) throws -> Void) throws -> Void
    ) throws {
        let scratch = try ScratchFolder()
        defer { scratch.remove() }
        let script = try scratch.file("script.sql")
        do {
            let file = try FileHandle(forWritingTo: script)
            defer { try? file.close() }
            try produce { piece in try file.write(contentsOf: Data(piece.utf8)) }
        } catch let advice as Advice {
            throw advice
        } catch {
            throw Advice(
                .storage, "cannot write \(script.path)", remedy: "make room on that disk",
                cause: "\(error)")
        }
        _ = try run(["--quiet"], database: database, input: script)
    }

    /// The rows that a statement answers, every value as text, null as nil.
    ///
    /// - Throws: `Advice` with psql's message as its cause.
    func query(_ sql: String, database: String = "postgres") throws -> [[String?]] {
        let output = try run(
            ["--csv", "--tuples-only", "--pset=null=\(Self.nullMark)", "--command=\(sql)"],
            database: database, input: nil)
        return Self.rows(ofCSV: output)
    }

    /// Stands for null in psql's answer; no text in a database of ours is this control character.
    private static let nullMark = "\u{1}"

    private func run(_ arguments: [String], database: String, input: URL?) throws -> String {
        let run = try ProgramRun(
            [
                programs.psql, "--no-psqlrc", "--set=ON_ERROR_STOP=1",
                "--dbname=\(connectionString(database: database))",
            ] + arguments, input: input)
        guard run.status == 0 else {
            // psql: 1 own failure, 2 connection lost, 3 an error in the script.
            let lost = run.status == 2
            let message = run.messages.split(separator: "\n").first.map(String.init) ?? ""
            throw Advice(
                lost ? .unreachable : .input,
                lost
                    ? "the demo's PostgreSQL server does not answer"
                    : "the demo's PostgreSQL server refused a statement",
                remedy: lost ? "see \(location.log)" : "delete the demo's folder to begin anew",
                cause: run.status > 128 ? "signal \(run.status - 128)" : message)
        }
        return run.output
    }

    /// Reads psql's CSV (RFC 4180, lines ended by LF).
    private static func rows(ofCSV text: String) -> [[String?]] {
        var rows: [[String?]] = []
        var row: [String?] = []
        var field: [UInt8] = []
        var isQuoted = false
        var inQuotes = false
        var bytes = text.utf8.makeIterator()
        var pushedBack: UInt8?
        func finishField() {
            let value = String(decoding: field, as: UTF8.self)
            row.append(!isQuoted && value == nullMark ? nil : value)
            field.removeAll(keepingCapacity: true)
            isQuoted = false
        }
        while let byte = pushedBack ?? bytes.next() {
            pushedBack = nil
            if inQuotes {
                guard byte == UInt8(ascii: "\"") else {
                    field.append(byte)
                    continue
                }
                // A doubled quote is one quote; any other byte ends the quotation.
                let next = bytes.next()
                if next == UInt8(ascii: "\"") {
                    field.append(byte)
                } else {
                    inQuotes = false
                    pushedBack = next
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                inQuotes = true
                isQuoted = true
            case UInt8(ascii: ","): finishField()
            case UInt8(ascii: "\n"):
                finishField()
                rows.append(row)
                row = []
            default: field.append(byte)
            }
        }
        return rows
    }
}
