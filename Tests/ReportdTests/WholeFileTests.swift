import Foundation
import Glibc
import Testing

@testable import reportd

/// Files that are whole or not there.
@Suite("Whole files")
struct WholeFileTests {
    private static func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test("a file appears when it is placed, in the place of another or not")
    func placed() throws {
        let scratch = try DeliveryFolder()
        defer { withExtendedLifetime(scratch) {} }
        let folder = scratch.path
        let path = folder + "/a"
        do {
            let file = try WholeFile(path)
            try file.append(Data("ab".utf8))
            try file.append(Data("cd".utf8))
            #expect(!FileManager.default.fileExists(atPath: path))
            try file.place()
        }
        #expect(try Self.names(folder) == ["a"])
        try WholeFile.write(Data("new".utf8), to: path, ifPresent: .kept)
        #expect(FileManager.default.contents(atPath: path) == Data("abcd".utf8))
        try WholeFile.write(Data("new".utf8), to: path)
        #expect(FileManager.default.contents(atPath: path) == Data("new".utf8))
        #expect(try Self.names(folder) == ["a"])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    @Test("one that is let go, or cannot be put in place, leaves nothing")
    func abandoned() throws {
        let scratch = try DeliveryFolder()
        defer { withExtendedLifetime(scratch) {} }
        let folder = scratch.path
        do { try WholeFile(folder + "/a").append(Data("half".utf8)) }
        #expect(try Self.names(folder) == [])
        // A folder has the name.
        try FileManager.default.createDirectory(
            atPath: folder + "/b", withIntermediateDirectories: false)
        #expect(throws: WholeFile.Failure.self) {
            try WholeFile.write(Data("x".utf8), to: folder + "/b")
        }
        #expect(try Self.names(folder) == ["b"])
        #expect(throws: WholeFile.Failure.self) {
            try WholeFile.write(Data("x".utf8), to: folder + "/nowhere/c")
        }
        #expect(!SecretFile.make(folder + "/nowhere/key"))
    }

    @Test("a write that fails half way leaves the old file, and nothing else")
    func full() async throws {
        let scratch = try DeliveryFolder()
        defer { withExtendedLifetime(scratch) {} }
        let folder = scratch.path
        await #expect(processExitsWith: .success) { [folder = folder as String] in
            try WholeFileTests.fill(folder)
        }
    }

    /// Writes more than the system lets this process write; it ends with it.
    private static func fill(_ folder: String) throws {
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 4096, rlim_max: 4096)
        precondition(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        let text = String(repeating: "x", count: 10_000)
        func fails(_ write: () throws -> Void) -> Bool {
            do {
                try write()
                return false
            } catch {
                return true
            }
        }
        let path = folder + "/a"
        try WholeFile.write(Data("old".utf8), to: path)
        precondition(fails { try WholeFile.write(Data(text.utf8), to: path) })
        precondition(FileManager.default.contents(atPath: path) == Data("old".utf8))
        let present = try names(folder)
        precondition(present == ["a"])
        let hashed = HashedFiles(folder: folder + "/kept", content: "a text", loss: "it is lost")
        precondition(fails { _ = try hashed.keep(Array(text.utf8)) })
        let own = OwnDefinitions(besides: folder + "/state.sqlite")
        try own.put(.schedules, "a", "old", over: "")
        precondition(
            fails { try own.put(.schedules, "a", text, over: OwnDefinitions.version("old")) })
        precondition(own.text(.schedules, "a") == "old")
        let left = try FileManager.default.subpathsOfDirectory(atPath: folder)
        precondition(!left.contains { $0.hasSuffix(".partial") })
    }
}
