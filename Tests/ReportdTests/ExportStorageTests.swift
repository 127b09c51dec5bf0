import Foundation
import NIOCore
import Testing
import Vocabulary

@testable import reportd

/// Files in a storage that speaks the S3 protocol and checks signatures.
@Suite("Storage of exports", .serialized)
struct ExportStorageTests {
    private let folder = try? DeliveryFolder()

    private func file(_ bytes: Int, _ name: String = "file") throws -> (path: String, data: Data) {
        let folder = try #require(folder)
        var (data, state) = (Data(capacity: bytes), UInt64(bytes))
        for _ in 0..<bytes {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            data.append(UInt8(truncatingIfNeeded: state >> 33))
        }
        let path = folder.path + "/" + name
        try data.write(to: URL(fileURLWithPath: path))
        return (path, data)
    }

    /// What is stored under a name; anything but these bytes fails the test.
    private func expect(_ data: Data, as name: String, in store: ObjectStore) async throws {
        let shelf = try ExportShelf(folder: try #require(folder).path + "/shelf", bucket: store)
        let file = Export.File(name: name, bytes: data.count, sha256: CloseArchive.sha256(data))
        var pieces = shelf.pieces(try await shelf.open(name), file)
        var read = Data()
        while let piece = try await pieces.next() {
            read.append(contentsOf: piece.readableBytesView)
        }
        #expect(read == data)
    }

    // MARK: Signatures

    /// The example of the S3 documentation, “GET Object”, of 24 May 2013.
    @Test("the signature is that of the published example")
    func example() throws {
        let signature = RequestSignature(
            keyID: "AKIAIOSFODNN7EXAMPLE",
            secret: HiddenText(secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            region: "us-east-1", service: "s3")
        let headers = signature.headers(
            "GET", "/test.txt", query: [],
            headers: ["host": "examplebucket.s3.amazonaws.com", "range": "bytes=0-9"],
            bodyHash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            now: try #require(Instant("2013-05-24T00:00:00Z")))
        #expect(
            headers["authorization"]
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/"
                + "aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
                + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
        #expect(
            RequestSignature.queryText([("prefix", "a b/ø"), ("acl", "")])
                == "acl=&prefix=a%20b%2F%C3%B8")
        #expect(!"\(signature)".contains("wJalr"))
    }

    @Test("a small file goes up at once, comes back and can be removed twice")
    func small() async throws {
        let server = try ExportStorageServer.shared.get()
        let (path, data) = try file(100_000)
        try await server.with { store, pauses in
            try await store.check()
            try await store.put(path, as: "small file.csv")
            try await expect(data, as: "small file.csv", in: store)
            try await store.remove("small file.csv")
            try await store.remove("small file.csv")
            await #expect(throws: Advice.self) { try await store.get("small file.csv") }
            #expect(pauses.list.isEmpty)
        }
    }

    @Test("a large file goes up in parts, and parts that were left behind are removed")
    func large() async throws {
        let server = try ExportStorageServer.shared.get()
        // Parts of 5 MB, the least that S3 takes.
        let partBytes = 5 << 20
        let (path, data) = try file(partBytes * 4 + 12_345)
        try await server.with(partBytes: partBytes) { store, pauses in
            try await store.put(path, as: "large.csv")
            try await expect(data, as: "large.csv", in: store)
            let parts = try server.requests().filter { $0.contains("large.csv?partNumber=") }
            #expect(parts.count == 5)
            #expect(try server.uploads().isEmpty)
            // The third part is refused for good: nothing stays behind, and nothing is seen.
            try await store.remove("large.csv")
            try server.strike("{\"matching\":\"partNumber=3\",\"status\":[400]}")
            await #expect(throws: Advice.self) { try await store.put(path, as: "large.csv") }
            #expect(try server.uploads().isEmpty)
            await #expect(throws: Advice.self) { try await store.get("large.csv") }
            // A killed program left an upload: the next one of the same name removes it.
            try server.strike("{\"matching\":\"uploadId\",\"status\":[400,400]}")
            await #expect(throws: Advice.self) { try await store.put(path, as: "large.csv") }
            #expect(try server.uploads() == ["reportd/large.csv"])
            try server.strike()
            try await store.put(path, as: "large.csv")
            #expect(try server.uploads().isEmpty)
            try await store.remove("large.csv")
            #expect(pauses.list.isEmpty)
        }
    }

    // MARK: Faults

    @Test(
        "what passes by itself is tried again, each time after a longer pause",
        arguments: ["\"status\":[503,500]", "\"cut\":2"])
    func passing(fault: String) async throws {
        let server = try ExportStorageServer.shared.get()
        let (path, data) = try file(10_000)
        try await server.with { store, pauses in
            try server.strike("{\"matching\":\"PUT\",\(fault)}")
            try await store.put(path, as: "again.csv")
            try await expect(data, as: "again.csv", in: store)
            let list = pauses.list
            #expect(list.count == 2)
            #expect((.milliseconds(200)...(.milliseconds(300))).contains(list[0]))
            #expect((.milliseconds(400)...(.milliseconds(600))).contains(list[1]))
            try await store.remove("again.csv")
        }
    }

    @Test("a storage that stays away is given up with advice")
    func away() async throws {
        let server = try ExportStorageServer.shared.get()
        let (path, _) = try file(10)
        try await server.with { store, pauses in
            try server.strike("{\"status\":[503,503,503,503,503,503]}")
            let error = await #expect(throws: Advice.self) {
                try await store.put(path, as: "away.csv")
            }
            #expect(error?.kind == .unreachable)
            #expect(pauses.list.count == ObjectStore.attempts - 1)
        }
        // Nobody listens on the port of discard.
        let nowhere = try server.settings(endpoint: "http://127.0.0.1:9")
        try await server.with(nowhere) { store, pauses in
            let error = await #expect(throws: Advice.self) { try await store.check() }
            #expect(error?.kind == .unreachable)
            #expect(error?.description.contains("cannot be reached") == true)
            #expect(pauses.list.count == ObjectStore.attempts - 1)
        }
    }

    @Test("a wrong key is refused at once, and told without telling it")
    func wrongKey() async throws {
        let server = try ExportStorageServer.shared.get()
        let (path, _) = try file(10)
        for settings in [
            try server.settings(secret: "not the secret"), try server.settings(key: "AKIANOBODY"),
        ] {
            try await server.with(settings) { store, pauses in
                let error = await #expect(throws: Advice.self) {
                    try await store.put(path, as: "wrong.csv")
                }
                #expect(error?.kind == .denied)
                #expect(error?.description.contains("does not accept our key") == true)
                #expect(error?.debugDescription.contains("not the secret") == false)
                #expect(pauses.list.isEmpty)
            }
        }
        var told = ""
        dump(try server.settings(secret: "not the secret"), to: &told)
        #expect(!told.contains("not the secret"))
        try await server.with(try server.settings(bucket: "elsewhere")) { store, _ in
            let error = await #expect(throws: Advice.self) { try await store.check() }
            #expect(error?.kind == .denied || error?.kind == .definition)
        }
    }

    @Test("a clock that disagrees with the storage's is put right by its answer")
    func skew() async throws {
        let server = try ExportStorageServer.shared.get()
        let (path, data) = try file(1000)
        for skew in [3600, -7200] {
            try server.strike("{\"skew\":\(skew)}")
            try await server.with { store, pauses in
                try await store.put(path, as: "skew.csv")
                #expect(pauses.list.count == 1)
                try await expect(data, as: "skew.csv", in: store)
                try await store.remove("skew.csv")
                // It is known from then on.
                #expect(pauses.list.count == 1)
            }
        }
    }

    @Test("the shelf hands out a whole file, or breaks off")
    func shelf() async throws {
        let server = try ExportStorageServer.shared.get()
        let folder = try #require(folder)
        try await server.with { store, _ in
            for bucket in [nil, store] {
                let shelf = try ExportShelf(folder: folder.path + "/exports", bucket: bucket)
                let name = Export.newID() + ".csv"
                let (_, data) = try file(700_000, "exports/" + name)
                let look = try ExportShelf.look(at: shelf.path(name))
                #expect(look.bytes == data.count)
                #expect(look.sha256 == CloseArchive.sha256(data))
                try await shelf.keep(name)
                #expect(
                    FileManager.default.fileExists(atPath: shelf.path(name)) == (bucket == nil))
                let made = Export.File(name: "a.csv", bytes: look.bytes, sha256: look.sha256)
                var pieces = shelf.pieces(try await shelf.open(name), made)
                var read = Data()
                while let piece = try await pieces.next() {
                    read.append(contentsOf: piece.readableBytesView)
                }
                #expect(read == data)
                // One wrong byte: the reader never gets the end.
                if bucket == nil {
                    var wrong = data
                    wrong[350_000] ^= 1
                    try wrong.write(to: URL(fileURLWithPath: shelf.path(name)))
                } else {
                    try server.strike("{\"spoil\":1}")
                }
                pieces = shelf.pieces(try await shelf.open(name), made)
                var count = 0
                do {
                    while let piece = try await pieces.next() { count += piece.readableBytes }
                    Issue.record("a spoilt file is handed out as a whole")
                } catch let advice as Advice {
                    #expect(advice.kind == .damaged)
                }
                #expect(count < data.count)
                try await shelf.remove(name)
                let gone = await #expect(throws: Advice.self) { _ = try await shelf.open(name) }
                #expect(gone?.kind == .unknown)
            }
        }
    }

    @Test("only files that no export wants are swept away")
    func sweep() throws {
        let folder = try #require(folder)
        let shelf = try ExportShelf(folder: folder.path + "/swept")
        let (kept, lost) = (Export.newID(), Export.newID())
        let names = [
            "\(kept).csv", ".\(kept).csv.77-1.partial", "\(lost).csv", ".\(lost).xlsx.77-2.partial",
            "notes.txt",
        ]
        for name in names { try Data([1]).write(to: URL(fileURLWithPath: shelf.path(name))) }
        shelf.sweep(keeping: [kept])
        let left = try FileManager.default.contentsOfDirectory(atPath: shelf.folder)
        #expect(Set(left) == ["\(kept).csv", ".\(kept).csv.77-1.partial", "notes.txt"])
    }
}
