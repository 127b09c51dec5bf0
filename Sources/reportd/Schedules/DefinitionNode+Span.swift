import Vocabulary

extension DefinitionNode {
    /// The value as a span of time, in seconds: `90m`, `6h`, `2d`.
    ///
    /// - Throws: `Advice` for anything else, for nothing, and for more than `days` days.
    func span(upTo days: Int64) throws -> Int64 {
        let text = try string()
        let units: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()),
            count > 0, count <= days * 86_400 / unit
        else {
            throw advice(
                "‘\(text)’ is no span of time from 1 minute to \(days) days",
                remedy: "write a whole number and m, h or d, such as 90m or 6h")
        }
        return count * unit
    }
}
