public import Vocabulary

extension ResultColumn.Kind {
    /// Whether cells stand at the right edge of their column, so that digits line up.
    ///
    /// Dates stand at the left: they are read, not compared digit by digit, and a text column
    /// often follows them.
    public var isRightAligned: Bool {
        switch self {
        case .integer, .decimal, .money, .ratio: true
        case .text, .identifier, .boolean, .day, .instant: false
        }
    }
}
