import Counterparts
import Foundation
import Ingest
import Store
import Testing
import Vocabulary

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
        #expect(families.allSatisfy { $0.type == "gauge" && !$0.samples.isEmpty })
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
}
