import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Store
import Vocabulary

/// What the program tells of itself: to people, to a Prometheus server, and to whoever spreads requests.
extension APIRoutes {
    func health(details: Bool) async -> Response {
        let problem = desk.shelf.problem.map { JSONText.quoted($0.description) } ?? "null"
        let store = StoreReport(desk.store)
        let deliveries = Result { try standing() }
        let isWell =
            sources.isWell && desk.shelf.problem == nil && store.isWell
            && (try? deliveries.get().isWell) ?? false
        let status = isWell ? "ok" : "degraded"
        let uptime = desk.clock.now().seconds - started.seconds
        // Positions, errors and file names are nothing for strangers.
        guard details else {
            return Self.json("{\"status\":\"\(status)\",\"uptimeSeconds\":\(uptime)}\n")
        }
        return Self.json(
            "{\"status\":\"\(status)\",\"uptimeSeconds\":\(uptime),"
                + "\"commit\":\(desk.store.latest.number),\"definitionsProblem\":\(problem),"
                + "\"quarantined\":\(sources.quarantined.map(String.init) ?? "null"),"
                + "\"deliveries\":\((try? deliveries.get().json) ?? "null"),"
                + "\"state\":\(state(deliveries)),\"cache\":\(await desk.cacheStanding().json),"
                + "\"store\":\(store.json()),\"sources\":\(sources.json())}\n")
    }

    /// The state file, which could just be read, or could not.
    private func state(_ look: Result<DeliveryStanding, any Error>) -> String {
        switch look {
        case .success: "{\"fileBytes\":\(exports.audit.state.bytes)}"
        case .failure(let error):
            "{\"error\":\(JSONText.quoted(Problem.advice(error).description))}"
        }
    }

    /// How deliveries stand.
    private func standing() throws -> DeliveryStanding {
        try DeliveryLedger(exports.audit.state).standing(
            at: desk.clock.now(), lateAfter: lateSeconds)
    }

    /// The same for a Prometheus server, which comes by from time to time.
    func measurements(_ context: ReportContext) async throws -> Response {
        _ = try context.recognised()
        let report = StoreReport(desk.store)
        let deliveries = try standing()
        var text = MeasurementText()
        text.add(
            "reportd_healthy", "Whether definitions, sources and store are as they should be.",
            sources.isWell && desk.shelf.problem == nil && report.isWell && deliveries.isWell
                ? 1 : 0)
        text.add(
            "reportd_uptime_seconds", "Seconds since the program began to serve.",
            Double(desk.clock.now().seconds - started.seconds))
        text.add(
            "reportd_store_commit", "Number of the newest commit.",
            Double(desk.store.latest.number))
        report.measure(into: &text)
        sources.measure(into: &text)
        deliveries.measure(into: &text)
        for (state, count) in try await exports.ledger.counts() {
            text.add(
                "reportd_exports", "Exports in the list, by their state.", Double(count),
                ["state": state.rawValue])
        }
        text.add(
            "reportd_state_bytes", "Bytes of the state file.", Double(exports.audit.state.bytes))
        for (file, path) in operation.files {
            guard let free = DiskRoom.freeBytes(besides: path) else { continue }
            text.add(
                "reportd_disk_free_bytes", "Bytes that are free on the disk of a file.",
                Double(free), ["file": file])
        }
        await desk.cacheStanding().measure(into: &text)
        operation.counts.measure(into: &text)
        operation.errorReports?.measure(into: &text)
        return Response(
            status: .ok,
            headers: [.contentType: MeasurementText.contentType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text.description)))
    }

    func ready() throws -> Response {
        guard !operation.closing.isRaised else {
            throw Advice(
                .busy, "the program is stopping", remedy: "ask another one, or this one later")
        }
        let missing = sources.notLoaded
        guard missing.isEmpty else {
            throw Advice(
                .busy, "not everything has been read yet: \(missing.joined(separator: ", "))",
                remedy: "wait for the first load; /health tells of each source")
        }
        return Self.json("{\"ready\":true}\n")
    }
}
