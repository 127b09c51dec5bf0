/// How a piece of text is set: its size in points and whether it is bold.
///
/// The face is always Liberation Sans, whose figures are all of one width (so columns of numbers
/// line up) and whose letters are as wide as Arial's (so what is measured here fits in a browser);
/// scripts it lacks come from DejaVu Sans.
struct TextStyle: Hashable, Sendable {
    let size: Double
    let isBold: Bool

    init(_ size: Double, bold: Bool = false) {
        self.size = size
        self.isBold = bold
    }

    static let families = ["Liberation Sans", "DejaVu Sans"]
}

/// A colour of the files' palette, as 0xRRGGBB.
struct Ink: Hashable, Sendable {
    let code: UInt32
    /// `#1f5fa8`, for SVG and HTML.
    let hex: String

    init(_ code: UInt32) {
        self.code = code
        let digits = String(code, radix: 16)
        hex = "#" + String(repeating: "0", count: 6 - digits.count) + digits
    }

    var red: Double { Double(code >> 16 & 255) / 255 }
    var green: Double { Double(code >> 8 & 255) / 255 }
    var blue: Double { Double(code & 255) / 255 }

    static let text = Ink(0x1b2430)
    static let muted = Ink(0x56616f)
    static let rule = Ink(0xc9d0d8)
    static let hairline = Ink(0xe4e8ed)
    static let panel = Ink(0xf5f7f9)
    static let accent = Ink(0x1f5fa8)
    static let good = Ink(0x1a7446)
    static let bad = Ink(0xb3372f)
    static let white = Ink(0xffffff)
}
