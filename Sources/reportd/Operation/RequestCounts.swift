import HTTPTypes
import Synchronization

/// How many requests were answered how, and how long they took, by the pattern of their address.
final class RequestCounts: Sendable {
    private struct Place: Hashable {
        let method: String
        let route: String
    }

    private struct Tally {
        var statuses: [Int: Int] = [:]
        /// Requests by the first limit that they kept.
        var within = [Int](repeating: 0, count: RequestCounts.limits.count)
        var seconds = 0.0
        var count = 0

        mutating func add(_ status: Int, _ seconds: Double) {
            statuses[status, default: 0] += 1
            count += 1
            self.seconds += seconds
            if let index = RequestCounts.limits.firstIndex(where: { seconds <= $0 }) {
                within[index] += 1
            }
        }
    }

    private struct Content {
        var tallies: [Place: Tally] = [:]
        var open = 0
    }

    /// Seconds that answers are told apart by.
    static let limits = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    private let content = Mutex(Content())

    /// A method as it is told; whatever strangers make up is one.
    static func word(_ method: HTTPRequest.Method) -> String {
        known.contains(method) ? method.rawValue : "other"
    }

    private static let known: Set<HTTPRequest.Method> = [
        .get, .head, .post, .put, .delete, .options, .patch,
    ]

    /// Counts one answer.
    func add(_ method: HTTPRequest.Method, _ route: String?, status: Int, seconds: Double) {
        let place = Place(method: Self.word(method), route: route ?? "none")
        content.withLock { content in
            content.tallies[place, default: Tally()].add(status, seconds)
        }
    }

    /// Counts answers that are being written.
    func open(_ change: Int) { content.withLock { $0.open += change } }

    /// Adds them to measurements.
    func measure(into text: inout MeasurementText) {
        let now = content.withLock { $0 }
        text.add(
            "reportd_http_answers_open", "Answers that are being written, open pages included.",
            Double(now.open))
        let places = now.tallies.sorted {
            ($0.key.route, $0.key.method) < ($1.key.route, $1.key.method)
        }
        for (place, tally) in places {
            for (status, count) in tally.statuses.sorted(by: { $0.key < $1.key }) {
                text.count(
                    "reportd_http_requests_total",
                    "Requests that were answered, by the pattern of their address.", count,
                    ["method": place.method, "route": place.route, "status": "\(status)"])
            }
        }
        for (place, tally) in places {
            text.histogram(
                "reportd_http_request_duration_seconds",
                "Seconds from a request to the end of its answer.",
                zip(Self.limits, tally.within), sum: tally.seconds, count: tally.count,
                ["method": place.method, "route": place.route])
        }
    }
}
