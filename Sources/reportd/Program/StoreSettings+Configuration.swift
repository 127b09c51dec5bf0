import Store
import Vocabulary

extension StoreSettings {
    /// Reads section ‘store-limits’ of the configuration; what it leaves out takes its default.
    ///
    /// - Throws: `Advice` with file and line.
    init(_ section: DefinitionNode?) throws {
        self.init()
        guard let section else { return }
        let fields = try section.mapping(allowing: [
            "horizon-days", "scrub-days", "chunk-cache", "memo", "result", "pinned", "threads",
            "quarantine-rows",
        ])
        func number(_ name: String, _ range: ClosedRange<Int>, _ value: inout Int) throws {
            if let node = fields.optional(name) { value = try node.integer(in: range) }
        }
        func bytes(_ name: String, from least: Int, _ value: inout Int) throws {
            if let node = fields.optional(name) { value = try Self.bytes(node, from: least) }
        }
        try number("horizon-days", 1...36_500, &horizonDays)
        try number("scrub-days", 0...365, &scrubDays)
        try number("quarantine-rows", 1...10_000_000, &quarantineRows)
        try bytes("chunk-cache", from: 8 << 20, &chunkCacheBytes)
        try bytes("memo", from: 0, &memoBytes)
        try bytes("result", from: 1 << 20, &resultBytes)
        try bytes("pinned", from: 16 << 20, &pinnedBytes)
        try number("threads", 1...1024, &threads)
    }

    /// Bytes that any of the limits may have at the most: one terabyte.
    private static let mostBytes = 1 << 40

    /// A size, as `64 MB`; units are powers of 1024.
    static func bytes(_ node: DefinitionNode, from least: Int) throws -> Int {
        let text = try node.string()
        let units = ["KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30]
        let number = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(number.count).drop { $0 == " " }
        guard let count = Int(number), let factor = units[String(unit)] else {
            throw node.advice(
                "‘\(text)’ is not a size", remedy: "write a whole number and KB, MB or GB: 64 MB")
        }
        let (size, overflow) = count.multipliedReportingOverflow(by: factor)
        guard !overflow, (least...mostBytes).contains(size) else {
            throw node.advice(
                "‘\(text)’ is not a size from \(least >> 20) MB to \(mostBytes >> 30) GB",
                remedy: "write such a size, as 64 MB")
        }
        return size
    }
}
