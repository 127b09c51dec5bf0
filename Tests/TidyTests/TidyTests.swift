import Foundation
import Testing

/// Rules of the house that the compiler does not know.
@Suite struct TidyTests {
    private let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What each room may import: the rooms below it, and the libraries it is the one user of.
    private static let rooms: [String: Set<String>] = [
        "Vocabulary": ["Foundation", "Glibc", "Synchronization", "Yams"],
        "Store": [
            "Foundation", "Glibc", "Synchronization", "CKernels", "CSQLTable", "CZstd", "GRDB",
            "GRDBSQLite", "Vocabulary",
        ],
        "Ingest": [
            "Foundation", "Glibc", "Synchronization", "Dispatch", "CLibpq", "Store", "Vocabulary",
            // CouchDB is spoken to over HTTP, and its feeds stay open for days.
            "AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOSSL",
        ],
        "Analytics": ["Foundation", "Synchronization", "Store", "Vocabulary"],
        "Reports": [
            "Foundation", "Glibc", "Synchronization", "CCells", "CXlsxwriter", "CPangoCairo",
            "CRsvg",
            "Vocabulary",
        ],
    ]
    /// C modules have one importer each.
    private static let owners = [
        "CKernels": "Store", "CSQLTable": "Store", "CZstd": "Store", "CLibpq": "Ingest",
        "CCells": "Reports", "CXlsxwriter": "Reports",
        "CPangoCairo": "Reports", "CRsvg": "Reports", "CCurl": "reportd",
        "CZlib": "reportd",
    ]

    private func files(_ folder: String, endings: Set<String> = ["swift"]) throws -> [URL] {
        let folder = root.appendingPathComponent(folder)
        let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        let all = try #require(found).compactMap { $0 as? URL }
        return all.filter { endings.contains($0.pathExtension) }.sorted { $0.path < $1.path }
    }

    private func imports(_ file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
            var words = line.split(separator: " ").map(String.init)
            while let first = words.first, first != "import" {
                guard
                    first.hasPrefix("@")
                        || ["public", "package", "internal", "private"].contains(first)
                else { return nil }
                words.removeFirst()
            }
            guard words.count > 1 else { return nil }
            let kinds: Set = [
                "struct", "class", "enum", "func", "protocol", "typealias", "let", "var",
            ]
            let name = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
            return name.split(separator: ".").first.map(String.init)
        }
    }

    @Test func roomsImportOnlyWhatTheyMay() throws {
        for (room, allowed) in Self.rooms {
            let files = try files("Sources/\(room)")
            #expect(!files.isEmpty, "room \(room) is empty")
            for file in files {
                for name in try imports(file) {
                    #expect(
                        allowed.contains(name), "\(room)/\(file.lastPathComponent) imports \(name)")
                }
            }
        }
    }

    @Test func eachForeignModuleHasOneRoom() throws {
        for file in try files("Sources") {
            for name in try imports(file) {
                guard let owner = Self.owners[name] else { continue }
                #expect(file.path.contains("/Sources/\(owner)/"), "\(file.path) imports \(name)")
            }
        }
    }

    @Test func filesAreNamedForWhatTheyHold() throws {
        let drawers = ["Util", "Helper", "Common", "Manager", "Misc", "Extensions"]
        for file in try files("Sources") {
            for word in drawers {
                #expect(
                    !file.lastPathComponent.contains(word), "\(file.lastPathComponent) is a drawer")
            }
        }
    }

    @Test func nothingIsLeftForLater() throws {
        let endings: Set = ["swift", "yaml", "py", "sh", "mustache", "css", "js", "md"]
        for folder in ["Sources", "queries", "scripts", "docs"] {
            for file in try files(folder, endings: endings) {
                let text = try String(contentsOf: file, encoding: .utf8)
                for word in ["TO" + "DO", "FIX" + "ME", "X" + "XX"] {
                    #expect(!text.contains(word), "\(file.path) has a \(word)")
                }
            }
        }
    }

    @Test func linksLeadSomewhere() throws {
        let texts =
            try [root.appendingPathComponent("README.md")] + files("docs", endings: ["md"])
        #expect(texts.count > 10, "README.md and the documents are read")
        for text in texts {
            let links = try String(contentsOf: text, encoding: .utf8)
                .matches(of: /\]\(([^)#]+)[^)]*\)/).map { String($0.output.1) }
            for link in links where !link.hasPrefix("http") {
                let target = text.deletingLastPathComponent().appendingPathComponent(link).path
                #expect(
                    FileManager.default.fileExists(atPath: target),
                    "\(text.lastPathComponent) links to \(link)")
            }
        }
    }
}
