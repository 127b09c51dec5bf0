import Foundation

/// A colour as people see it, for tests that colours stay apart.
///
/// Lightness and distance are those of CIELAB (1976); what people with missing cones see is computed
/// by the matrices of Machado, Oliveira and Fernandes (2009), severity 1.
struct Colour: CustomStringConvertible {
    typealias Matrix = [[Double]]

    static let visions: [Matrix] = [
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        // Protanopia, deuteranopia, tritanopia.
        [
            [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        [
            [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
        [
            [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
    ]

    let description: String
    /// Red, green and blue, linear, from 0 to 1.
    private let linear: [Double]

    /// Reads six hexadecimal digits.
    init?(_ digits: String) {
        guard digits.count == 6, let code = UInt32(digits, radix: 16) else { return nil }
        description = digits
        linear = [16, 8, 0].map { shift in
            let value = Double(code >> UInt32(shift) & 255) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
    }

    private static func luminance(_ linear: [Double]) -> Double {
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    private static func root(_ value: Double) -> Double {
        value > 0.008856 ? cbrt(value) : 7.787 * value + 16.0 / 116
    }

    private static func lab(_ linear: [Double]) -> [Double] {
        let x = root((0.4124 * linear[0] + 0.3576 * linear[1] + 0.1805 * linear[2]) / 0.9505)
        let y = root(luminance(linear))
        let z = root((0.0193 * linear[0] + 0.1192 * linear[1] + 0.9505 * linear[2]) / 1.089)
        return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
    }

    /// How light it is, from 0 to 100: what is left of it in grey.
    var lightness: Double { Self.lab(linear)[0] }

    /// The contrast of WCAG, from 1 to 21.
    func contrast(to other: Colour) -> Double {
        let lights = [Self.luminance(linear), Self.luminance(other.linear)].sorted()
        return (lights[1] + 0.05) / (lights[0] + 0.05)
    }

    /// How different two colours are to someone's eyes.
    func distance(to other: Colour, seenBy vision: Matrix) -> Double {
        func seen(_ linear: [Double]) -> [Double] {
            Self.lab(
                vision.map { line in
                    min(1, max(0, zip(line, linear).reduce(0) { $0 + $1.0 * $1.1 }))
                })
        }
        return zip(seen(linear), seen(other.linear)).reduce(0) { $0 + pow($1.0 - $1.1, 2) }
            .squareRoot()
    }
}
