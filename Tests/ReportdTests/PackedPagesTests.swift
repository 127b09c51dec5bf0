import Counterparts
import Foundation
import Testing

@testable import reportd

/// Pages packed on their way, which a program that we did not write takes apart again.
@Suite struct PackedPagesTests {
    private func withServer(_ body: (TestServer) async throws -> Void) async throws {
        try await FirstLightHTTPTests().withServer(body)
    }

    /// What curl makes of an address, asked with and without packing.
    private func both(
        _ address: String, _ headers: [String] = []
    ) throws -> (plain: String, packed: String, bytes: Int) {
        let asked = headers.flatMap { ["-H", $0] } + [address]
        let size = try Readers.text(
            "curl",
            ["-s", "-o", "/dev/null", "-w", "%{size_download}", "--compressed"] + asked)
        return (
            try Readers.text("curl", ["-s"] + asked),
            try Readers.text("curl", ["-s", "--compressed"] + asked), try #require(Int(size))
        )
    }

    @Test func pagesAndTheirFilesAreATenthAndTheSame() async throws {
        try await withServer { server in
            let token = try await server.token(.salesManager, ["rendetalje"])
            let page = "/dashboards/sales"
            let fragment = ["Authorization: Bearer \(token)", "X-Fragment: main"]
            let dashboard = try both(server.address + page, fragment)
            #expect(dashboard.plain == dashboard.packed)
            #expect(dashboard.plain.hasPrefix("<main"))
            #expect(dashboard.bytes * 5 < dashboard.plain.utf8.count)
            for asset in PageAssets().all where asset.bytes.count > 1024 {
                let file = try both(server.address + asset.path)
                #expect(Array(file.packed.utf8) == asset.bytes)
                #expect(file.bytes * 2 < asset.bytes.count, "\(asset.path): \(file.bytes)")
            }
            let answer = try await server.get(
                page, token: token, headers: ["Accept-Encoding": "gzip", "X-Fragment": "main"])
            #expect(answer.headers["Content-Encoding"] == "gzip")
            #expect(answer.headers["Vary"]?.contains("Accept-Encoding") == true)
            let tag = try #require(answer.headers["Etag"])
            #expect(tag.hasPrefix("W/\""))
            let again = try await server.get(
                page, token: token,
                headers: [
                    "Accept-Encoding": "gzip", "X-Fragment": "main", "If-None-Match": tag,
                ])
            #expect(again.status == 304)
        }
    }

    @Test func whatIsNoPageOrIsNotAskedForStaysAsItIs() async throws {
        try await withServer { server in
            let token = try await server.token(.salesManager, ["rendetalje"])
            for (path, headers) in [
                ("/dashboards/sales", [:]), ("/dashboards/sales", ["Accept-Encoding": "br"]),
                ("/dashboards/sales", ["Accept-Encoding": "gzip;q=0, br"]),
                ("/api/v1/dashboards/sales", ["Accept-Encoding": "gzip"]),
                // What is given again was once asked for in this way, too.
                ("/api/v1/dashboards/sales", ["Accept-Encoding": "gzip"]),
                ("/api/v1/dashboards/sales/revenue-trend.svg", ["Accept-Encoding": "gzip"]),
                ("/api/v1/dashboards/sales/revenue-trend.svg", ["Accept-Encoding": "gzip"]),
            ] {
                let answer = try await server.get(path, token: token, headers: headers)
                #expect(answer.status == 200)
                #expect(answer.headers["Content-Encoding"] == nil, "\(path) \(headers)")
                #expect(answer.headers["Content-Length"] == "\(answer.body.count)")
            }
        }
    }

    @Test func underTLSAPageThatAnotherSiteAskedForIsNotPacked() async throws {
        try await withServer { server in
            let token = try await server.token(.salesManager, ["rendetalje"])
            func encoding(_ headers: [String: String]) async throws -> String? {
                // This machine is believed as a proxy that speaks TLS.
                let all = ["Accept-Encoding": "gzip", "X-Forwarded-Proto": "https"]
                return try await server.get(
                    "/dashboards/sales", token: token, headers: all.merging(headers) { $1 }
                ).headers["Content-Encoding"]
            }
            #expect(try await encoding(["Sec-Fetch-Site": "same-origin"]) == "gzip")
            #expect(try await encoding(["Sec-Fetch-Site": "none"]) == "gzip")
            #expect(try await encoding(["Sec-Fetch-Site": "cross-site"]) == nil)
            #expect(try await encoding(["Sec-Fetch-Site": "same-site"]) == nil)
            #expect(try await encoding([:]) == nil)
        }
    }

    @Test func browsersSayWhatTheyRead() {
        for (list, isRead) in [
            ("gzip", true), ("br, gzip;q=0.8", true), ("GZIP", true), ("*", true), ("", false),
            ("br", false), ("gzip;q=0", false), ("gzip ; q=0.0", false), ("x-gzip2", false),
        ] {
            #expect(PackedPages.isRead(list) == isRead, "\(list)")
        }
    }
}
