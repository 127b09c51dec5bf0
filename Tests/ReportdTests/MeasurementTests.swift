import Counterparts
import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest
@testable import reportd

/// What a Prometheus server is told, read by the parser of its own client library.
@Suite struct MeasurementTests {
    private static let parser = """
        import base64
        from prometheus_client.parser import text_string_to_metric_families as families
        text = base64.b64decode(sys.argv[1]).decode("utf-8")
        emit([[f.name, f.type, f.documentation, [[s.labels, s.value] for s in f.samples]]
              for f in families(text)])
        """

    private struct Family: Decodable {
        struct Sample: Decodable {
            let labels: [String: String]
            let value: Double
            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                labels = try list.decode([String: String].self)
                value = try list.decode(Double.self)
            }
        }
        let name: String
        let type: String
        let samples: [Sample]
        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            name = try list.decode(String.self)
            type = try list.decode(String.self)
            _ = try list.decode(String.self)
            samples = try list.decode([Sample].self)
        }
        func value(_ source: String) -> Double? {
            samples.first { $0.labels["source"] == source }?.value
        }
    }

    private func parsed(_ text: String) throws -> [String: Family] {
        let families = try Readers.python(
            Self.parser, [Data(text.utf8).base64EncodedString()], as: [Family].self)
        #expect(families.allSatisfy { !$0.samples.isEmpty })
        // What is counted says so in its name; everything else is a state.
        for family in families {
            let isCounted = text.contains("TYPE \(family.name)_total counter")
            let type = family.name.hasSuffix("duration_seconds") ? "histogram" : "gauge"
            #expect(family.type == (isCounted ? "counter" : type), "\(family.name)")
        }
        return Dictionary(uniqueKeysWithValues: families.map { ($0.name, $0) })
    }

    @Test func measurementsAreReadByTheirClient() async throws {
        try await FirstLightHTTPTests().withServer { server in
            let stranger = try await server.get("/metrics")
            #expect(stranger.status == 401)
            #expect(!stranger.text.contains("tekup"))
            let answer = try await server.get(
                "/metrics", token: try await server.token(.viewer, []))
            #expect(answer.status == 200)
            #expect(answer.type == "text/plain; version=0.0.4; charset=utf-8")
            let families = try parsed(answer.text)
            #expect(families["reportd_healthy"]?.samples.first?.value == 1)
            #expect(families["reportd_source_up"]?.value("tekup") == 1)
            #expect(families["reportd_source_rows_aside"]?.value("tekup") != nil)
            #expect(families["reportd_source_complete_timestamp_seconds"]?.value("tekup") != nil)
            #expect(families["reportd_store_bytes"]?.samples.count == 4)
            // The request of a stranger before was counted, and what is kept and made is told.
            let refused = families["reportd_http_requests"]?.samples.first {
                $0.labels == ["method": "GET", "route": "/metrics", "status": "401"]
            }
            #expect(refused?.value ?? 0 >= 1)
            for name in [
                "reportd_http_answers_open", "reportd_cache_answers", "reportd_cache_requests",
                "reportd_cache_bytes", "reportd_state_bytes",
            ] {
                #expect(families[name] != nil, "\(name)")
            }
            #expect(
                families["reportd_exports"]?.samples.count == Export.State.allCases.count)
        }
    }

    @Test func everyFigureOfASourceIsTold() throws {
        let schema = try Schema(definitions: FirstLightWorld.root + "/queries")
        let folder = try DeliveryFolder()
        let store = try Store(path: folder.path + "/store.sqlite", schema: schema)
        let board = SourceBoard(
            store: store, clock: .fixed(Instant(seconds: 1_767_225_600)), expected: ["a"])
        let odd = "a \"quoted\\ name\"\nof two lines"
        board.add(odd) {
            var status = SourceStatus(name: odd)
            status.state = .waiting
            status.position = "1/2"
            status.lagSeconds = 12.25
            status.lagBytes = 4096
            status.rowsPerSecond = 1234.5
            status.quarantined = 7
            status.lastError = Advice(.unreachable, "it is gone", remedy: "look for it")
            return status
        }
        var text = MeasurementText()
        board.measure(into: &text)
        let families = try parsed(text.description)
        func value(_ name: String) -> Double? { families["reportd_source_" + name]?.value(odd) }
        #expect(value("up") == 0 && value("lag_seconds") == 12.25 && value("lag_bytes") == 4096)
        #expect(value("position_bytes") == 4_294_967_298 && value("rows_aside") == 7)
        #expect(value("rows_per_second") == 1234.5)
        #expect(families["reportd_source_state"]?.samples.first?.labels["state"] == "waiting")
        #expect(families["reportd_source_error"]?.samples.first?.labels["kind"] == "unreachable")
        #expect(board.json().contains("\"lagBytes\":4096,\"rowsPerSecond\":1234.5,"))
        // Those who cannot mend it are told that it is not reached, and no more.
        #expect(!board.eventJSON(tellingProblems: false).contains("it is gone"))
        #expect(board.eventJSON(tellingProblems: true).contains("it is gone; look for it"))
        try store.close()
    }

    /// A source that is not connected falls behind by the clock, wherever its lag is shown.
    @Test func theLagOfALostSourceGrowsEverywhere() throws {
        let schema = try Schema(definitions: FirstLightWorld.root + "/queries")
        let folder = try DeliveryFolder()
        let store = try Store(path: folder.path + "/store.sqlite", schema: schema)
        let seconds = Mutex(Int64(1_767_225_600))
        let clock = WallClock { Instant(seconds: seconds.withLock { $0 }) }
        let began = clock.now()
        let definition = try SourceDefinition(
            DefinitionNode(
                contentsOf: FirstLightWorld.root + "/queries/sources/mvp.yaml",
                relativeTo: FirstLightWorld.root), schema: schema)
        let gauge = SourceGauge(
            definition, store: store, clock: clock, quiet: .seconds(30), shown: { $0 },
            log: { _ in })
        let board = SourceBoard(store: store, clock: clock, expected: ["mvp"])
        board.add("mvp") { gauge.status }
        func expect(lag: String, level: Bool) throws {
            #expect(board.json().contains("\"lagSeconds\":\(lag),"))
            #expect(board.header().hasSuffix(";lag=\(lag)"))
            var text = MeasurementText()
            board.measure(into: &text)
            let families = try parsed(text.description)
            #expect(families["reportd_source_lag_seconds"]?.value("mvp") == Double(lag))
            let shown = try #require(board.freshness(tellingProblems: false).first)
            #expect((shown.state == .live) == level)
            // Nothing has been heard since the beginning.
            #expect(shown.completeUpTo == (level ? clock.now() : began))
        }
        gauge.note {
            $0.state = .following
            $0.measureLag(0, at: began)
        }
        seconds.withLock { $0 += 20 }
        try expect(lag: "0.0", level: true)
        seconds.withLock { $0 += 20 }
        try expect(lag: "40.0", level: false)
        gauge.wait(.seconds(1), after: Advice(.unreachable, "it is gone"))
        seconds.withLock { $0 += 3600 }
        try expect(lag: "3640.0", level: false)
        // Of a source that another process reads nobody here knows.
        let other = SourceBoard(store: store, clock: clock, expected: ["mvp"])
        other.add("mvp") { SourceStatus(name: "mvp") }
        #expect(other.json().contains("\"lagSeconds\":null,"))
        #expect(other.header() == "mvp=\"\";state=idle")
        try store.close()
    }
}
