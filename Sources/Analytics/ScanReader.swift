import Store

/// Reads from one snapshot and remembers what it read, so that the cards of a dashboard share scans.
///
/// It lives as long as one answer and is used by one thread.
final class ScanReader {
    let snapshot: Snapshot
    private var answers: [ScanRequest: ScanResult] = [:]

    init(_ snapshot: Snapshot) { self.snapshot = snapshot }

    func scan(_ request: ScanRequest) throws -> ScanResult {
        if let known = answers[request] { return known }
        let answer = try snapshot.scan(request)
        answers[request] = answer
        return answer
    }
}
