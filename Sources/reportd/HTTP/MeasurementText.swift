import Ingest
import Store
import Vocabulary

/// Measurements as Prometheus reads them: the text form of version 0.0.4.
///
/// ```
/// # HELP reportd_source_lag_seconds Seconds that our copy is behind.
/// # TYPE reportd_source_lag_seconds gauge
/// reportd_source_lag_seconds{source="tekup"} 0.2
/// ```
/// All values of one name stand together. States are read when somebody asks, and are gauges; what is
/// counted since the start of the program is a counter or, of times, a histogram.
struct MeasurementText: CustomStringConvertible {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private var order: [String] = []
    private var texts: [String: String] = [:]

    /// Adds a state; `help` says what all values of this name are.
    mutating func add(
        _ name: String, _ help: String, _ value: Double,
        _ labels: KeyValuePairs<String, String> = [:]
    ) {
        begin(name, help, "gauge")
        write(name, name, value, labels)
    }

    /// Adds what has been counted since the start; its name ends in `_total`.
    mutating func count(
        _ name: String, _ help: String, _ value: Int,
        _ labels: KeyValuePairs<String, String> = [:]
    ) {
        begin(name, help, "counter")
        write(name, name, Double(value), labels)
    }

    /// Adds times since the start: how many first kept each limit, in ascending order, their sum and
    /// how many there are.
    mutating func histogram(
        _ name: String, _ help: String, _ within: some Sequence<(Double, Int)>, sum: Double,
        count: Int, _ labels: KeyValuePairs<String, String>
    ) {
        begin(name, help, "histogram")
        var so = 0
        for (limit, number) in within {
            so += number
            write(name, name + "_bucket", Double(so), labels, also: ("le", "\(limit)"))
        }
        write(name, name + "_bucket", Double(count), labels, also: ("le", "+Inf"))
        write(name, name + "_sum", sum, labels)
        write(name, name + "_count", Double(count), labels)
    }

    private mutating func begin(_ name: String, _ help: String, _ type: String) {
        guard texts[name] == nil else { return }
        order.append(name)
        texts[name] = "# HELP \(name) \(Self.escaped(help))\n# TYPE \(name) \(type)\n"
    }

    private mutating func write(
        _ family: String, _ name: String, _ value: Double,
        _ labels: KeyValuePairs<String, String>, also more: (key: String, value: String)? = nil
    ) {
        let all = labels.map { ($0.key, $0.value) } + (more.map { [($0.key, $0.value)] } ?? [])
        let list = all.map { key, value in
            "\(key)=\"\(Self.escaped(value).replacing("\"", with: "\\\""))\""
        }
        let place = list.isEmpty ? name : "\(name){\(list.joined(separator: ","))}"
        let number = value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
        texts[family, default: ""] += "\(place) \(number)\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    /// The whole text.
    var description: String { order.map { texts[$0] ?? "" }.joined() }
}

extension SourceBoard {
    /// Adds how every source is doing.
    func measure(into text: inout MeasurementText) {
        let complete = Dictionary(
            uniqueKeysWithValues: freshness(tellingProblems: false).map {
                ($0.name, $0.completeUpTo)
            })
        for status in statuses {
            let name = status.name
            func add(_ what: String, _ help: String, _ value: Double?) {
                guard let value else { return }
                text.add("reportd_source_" + what, help, value, ["source": name])
            }
            add(
                "up", "1 unless an error keeps the source from being read.",
                status.lastError == nil ? 1 : 0)
            text.add(
                "reportd_source_state", "What the source is busy with: 1 for that state.", 1,
                ["source": name, "state": status.state.rawValue])
            if let error = status.lastError {
                text.add(
                    "reportd_source_error",
                    "What stopped the source last: 1 for that kind of error.",
                    1, ["source": name, "kind": error.kind.rawValue])
            }
            add(
                "lag_seconds", "Seconds that our copy is behind the newest change.",
                status.lagSeconds)
            add(
                "lag_bytes", "Bytes of the server's log that are not durable here yet.",
                status.lagBytes.map(Double.init))
            add(
                "position_bytes", "Where in its server's log the source has been read up to.",
                status.positionBytes.map(Double.init))
            add(
                "complete_timestamp_seconds",
                "The moment up to which all changes of the source are here.",
                complete[name]?.map { Double($0.microseconds) / 1e6 })
            add(
                "rows_per_second", "Rows read or changed, over the last minute.",
                status.rowsPerSecond)
            add("rows_aside", "Rows that are put aside.", Double(status.quarantined))
            add(
                "amounts_rounded", "Amounts rounded to their currency's unit since the start.",
                Double(status.roundedAmounts))
        }
    }
}

extension StoreReport {
    /// Adds how the store is doing; nothing when it cannot tell.
    func measure(into text: inout MeasurementText) {
        guard let health = try? health.get() else { return }
        let bytes =
            "Bytes of the store: its file, what of that is free, its log, what old readers keep."
        for (kind, value) in [
            ("file", health.fileBytes), ("free", health.freeBytes), ("log", health.logBytes),
            ("kept", health.retiredBytes),
        ] {
            text.add("reportd_store_bytes", bytes, Double(value), ["kind": kind])
        }
        text.add(
            "reportd_store_waiting_rows", "Rows that wait to be sealed.", Double(health.deltaRows))
        text.add("reportd_store_segments", "Segments of the newest state.", Double(health.segments))
        text.add(
            "reportd_store_damaged", "Damaged parts that are not repaired.",
            Double(health.damage.count))
    }
}
