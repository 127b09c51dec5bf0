import CouchStandIn
import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// CouchDB behind TLS: what is trusted, and what a person is told of what is not.
@Suite struct CouchSecureTests {
    private func refusal(_ harness: CouchHarness, _ address: String) async -> Advice? {
        do {
            try await harness.source(connection: address).catchUp()
            return nil
        } catch {
            return error as? Advice
        }
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func anAuthorityOfOnesOwnIsTrusted(host: String) async throws {
        let harness = try CouchHarness()
        var shop = CouchWorkload(seed: 70)
        shop.work(200, on: harness.server)
        let secure = try SecureServer(before: harness.server.port)
        let address = CouchHarness.address(
            secure, host: host, query: "?ca=\(secure.authorities)&auth=basic")
        let source = try harness.source(connection: address)
        #expect(try await source.check().allSatisfy { $0.severity == .notice })
        try await source.catchUp()
        try harness.expectEqual()
        let task = Task { try await source.run() }
        shop.work(60, on: harness.server)
        try await harness.settle()
        task.cancel()
        try await task.value
        #expect(harness.reconnections == 0)
    }

    @Test func faultsAreMetBehindTLSToo() async throws {
        let harness = try CouchHarness()
        var shop = CouchWorkload(seed: 71)
        let secure = try SecureServer(before: harness.server.port)
        var timing = CouchHarness.quick
        timing.pageRows = 40
        timing.silence = .milliseconds(300)
        let source = try harness.source(
            timing: timing,
            connection: CouchHarness.address(secure, query: "?ca=\(secure.authorities)"))
        shop.work(150, on: harness.server)
        let task = Task { try await source.run() }
        let faults: [CouchStandIn.Fault] = [
            .cut(afterBytes: 700), .stall(afterBytes: 900), .slow(bytes: 1, microseconds: 1),
            .cut(afterBytes: 0), .cut(afterBytes: 2500),
        ]
        for fault in faults {
            harness.server.inject(fault)
            shop.work(30, on: harness.server)
            // A request on its way may not meet the fault; the next one does.
            repeat {
                harness.server.breakConnections()
                try await harness.settle()
            } while harness.server.hasFaults
        }
        task.cancel()
        try await task.value
        #expect(harness.reconnections >= 3 && !harness.server.hasFaults)
    }

    @Test func anUnknownAuthorityIsRefusedBeforeAnythingIsSaid() async throws {
        let harness = try CouchHarness()
        let secure = try SecureServer(before: harness.server.port)
        let other = try SecureServer(before: harness.server.port)
        for query in ["", "?ca=\(other.authorities)"] {
            let address = CouchHarness.address(secure, query: query)
            let advice = await refusal(harness, address)
            let trusted = query.isEmpty ? "that this machine trusts" : "in ‘\(other.authorities)’"
            #expect(
                advice?.happened.hasSuffix(
                    "is signed by no authority \(trusted), or its time is over") == true,
                "\(String(describing: advice))")
            #expect(advice?.remedy.contains("/?ca=FILE") == true)
            let found = try await harness.source(connection: address).check()
            #expect(found.first?.severity == .problem && found.first?.what == advice?.happened)
        }
        let old = try SecureServer(before: harness.server.port, days: -1)
        let expired = await refusal(
            harness, CouchHarness.address(old, query: "?ca=\(old.authorities)"))
        #expect(expired?.happened.contains("or its time is over") == true)
        // No password went to whoever it was.
        #expect(harness.server.requests.isEmpty && harness.server.logins == 0)
    }

    @Test func aCertificateForAnotherNameIsRefused() async throws {
        let harness = try CouchHarness()
        let secure = try SecureServer(before: harness.server.port, names: "DNS:couch.example")
        for host in ["127.0.0.1", "localhost"] {
            let advice = await refusal(
                harness,
                CouchHarness.address(secure, host: host, query: "?ca=\(secure.authorities)"))
            #expect(
                advice?.happened
                    == "the certificate of the CouchDB server \(host):\(secure.port) of source "
                    + "‘chikondi’ is for another name", "\(String(describing: advice))")
            #expect(advice?.remedy.contains("subjectAltName") == true)
        }
        #expect(harness.server.requests.isEmpty)
    }

    @Test func aPortThatDoesNotSpeakTLSIsTold() async throws {
        let harness = try CouchHarness()
        let plain = CouchHarness.address(harness.server)
            .replacing("http://", with: "https://")
        let advice = await refusal(harness, plain)
        #expect(
            advice?.happened.hasSuffix("does not speak TLS") == true,
            "\(String(describing: advice))")
        #expect(advice?.remedy.contains("6984") == true)
    }

    @Test func theFileOfAuthoritiesIsReadAndItsMistakesAreTold() async throws {
        let harness = try CouchHarness()
        let empty = try harness.folder.write("empty.pem", "no certificate\n")
        for file in [empty, harness.folder.path + "/none.pem"] {
            let plain = CouchHarness.address(harness.server)
            let address = plain.replacing("http:", with: "https:") + "/?ca=" + file
            let advice = await refusal(harness, address)
            #expect(advice?.kind == .definition)
            #expect(
                advice?.happened == "‘\(file)’ holds no certificate of an authority in PEM form")
            let found = try await harness.source(connection: address).check()
            #expect(found.first?.severity == .problem)
        }
        for query in ["/?ca=", "/?ca", "/?sslrootcert=a", "/?auth=none"] {
            #expect(throws: Advice.self) {
                _ = try CouchAddress("https://a:b@h\(query)", source: "s")
            }
        }
        #expect {
            _ = try CouchAddress("http://a:b@h/?ca=x.pem", source: "s")
        } throws: {
            "\($0)".contains("without https")
        }
        let read = try CouchAddress("https://a:b@h:6984/x/?ca=%2Fa%20b.pem&auth=basic", source: "s")
        #expect(read.authorities == "/a b.pem" && read.login == .basic)
        #expect(read.root == "https://h:6984/x")
    }
}
