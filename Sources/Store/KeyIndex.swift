import CKernels
import Vocabulary

/// What a segment needs so that rows are found by their keys: its rows in the order of their keys'
/// hashes, and a filter over these.
///
/// Integer keys that ascend within each company's rows need neither: the key chunk's least and
/// greatest number are the filter, and the rows are in the order to search in.
struct KeyIndex {
    let rows: [Int64]
    let filter: KeyFilter

    /// Whether the rows can be searched as they are.
    static func isNeedless(_ keys: KeyColumn, runs: [CompanyRun]) -> Bool {
        guard keys.kind == .integers else { return false }
        let integers = keys.integers
        return runs.allSatisfy { run in
            run.rows.dropFirst().allSatisfy { integers[$0 - 1] <= integers[$0] }
        }
    }

    init(_ keys: KeyColumn, origins: [Int64]) {
        let hashes = (0..<keys.count).map { keys[$0].stableHash(origin: Int(origins[$0])) }
        var order = (0..<keys.count).map { UInt32($0) }
        var scratch = order
        unsafe rk_sort_unsigned(hashes, &order, order.count, &scratch)
        rows = order.map(Int64.init)
        filter = KeyFilter(hashes: hashes)
    }
}
