import CPangoCairo

/// Glyphs, widths and kerning of one face's plain characters, each learnt from pango once.
///
/// Plain is text of Latin letters, digits and usual signs: one glyph per character, side by side,
/// moved together pair by pair. It makes up nearly all cells of a report, and laying it out from
/// these tables costs a tenth of asking pango for every cell. What is not plain (other scripts,
/// combining marks, characters or pairs that the face has no glyphs of its own for) stays pango's.
///
/// Two digits are never moved together: Liberation Sans has a kern of “11”, and the figures of a
/// column would no longer stand below each other.
///
/// Invariants: measures are for letters of one point, for nothing is hinted or rounded and all
/// sizes are alike; a place is given to a character when it is first met, and never changes.
struct PlainGlyphs {
    /// What laying out a text came to.
    enum Reading {
        /// The glyphs were appended; the text is so many points wide.
        case width(Double)
        /// This character has to be learnt first.
        case unknown(Unicode.Scalar)
        /// This pair has to be learnt first.
        case unknownPair(Unicode.Scalar, Unicode.Scalar)
        /// Pango has to lay out the text.
        case complex
    }

    /// Place by code point.
    private var places: [UInt8]
    private var glyphs: [UInt] = []
    private var widths: [Double] = []
    /// By first place × `most` + second place.
    private var kerns: [Float]

    /// Characters that are kept at most; those met later are left to pango.
    private static let most = 160
    private static let unknown = UInt8(254)
    private static let complex = UInt8(255)
    private static let codes = 0x2213
    private static let plain: [ClosedRange<Int>] = [
        0x20...0x7e, 0xa0...0xac, 0xae...0x17f, 0x2010...0x2015, 0x2018...0x201e, 0x2020...0x2022,
        0x2026...0x2026, 0x20ac...0x20ac, 0x2212...0x2212,
    ]

    init() {
        places = [UInt8](repeating: Self.complex, count: Self.codes)
        for range in Self.plain {
            for code in range { places[code] = Self.unknown }
        }
        kerns = [Float](repeating: .nan, count: Self.most * Self.most)
    }

    /// Appends the glyphs of a text that begins at the origin.
    ///
    /// Of a text that is not laid out, some glyphs may have been appended.
    func lay(_ text: String, size: Double, into line: inout [cairo_glyph_t]) -> Reading {
        var x = 0.0
        var previous = -1
        var last: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            let code = Int(scalar.value)
            guard code < places.count else { return .complex }
            let place = Int(places[code])
            guard place < Self.most else {
                return place == Int(Self.unknown) ? .unknown(scalar) : .complex
            }
            if previous >= 0 {
                let kern = kerns[previous * Self.most + place]
                guard kern.isFinite else {
                    return kern.isNaN ? .unknownPair(last, scalar) : .complex
                }
                x += Double(kern)
            }
            line.append(cairo_glyph_t(index: glyphs[place], x: x * size, y: 0))
            x += widths[place]
            previous = place
            last = scalar
        }
        return .width(x * size)
    }

    /// Learns a character; nil when the face has no single glyph for it.
    mutating func learn(_ scalar: Unicode.Scalar, _ shape: PlainShape?) {
        guard let shape, shape.glyphs.count == 1, glyphs.count < Self.most else {
            places[Int(scalar.value)] = Self.complex
            return
        }
        places[Int(scalar.value)] = UInt8(glyphs.count)
        glyphs.append(shape.glyphs[0])
        widths.append(shape.width)
    }

    /// Learns how a known pair is set; nil when the face has no two glyphs for it.
    mutating func learn(_ first: Unicode.Scalar, _ second: Unicode.Scalar, _ shape: PlainShape?) {
        let (left, right) = (Int(places[Int(first.value)]), Int(places[Int(second.value)]))
        var kern = Float.infinity
        if let shape, shape.glyphs == [glyphs[left], glyphs[right]] {
            let areDigits =
                first.properties.numericType != nil && second.properties.numericType != nil
            kern = areDigits ? 0 : Float(shape.width - widths[left] - widths[right])
        }
        kerns[left * Self.most + right] = kern
    }
}

/// What pango makes of a short text: the glyphs of one face, and their width for letters of one
/// point.
struct PlainShape {
    let glyphs: [UInt]
    let width: Double
}
