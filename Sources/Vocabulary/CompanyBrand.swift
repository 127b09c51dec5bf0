import Foundation

/// How the papers of a company or a group look: its logo, and the colour of titles and rules.
public struct CompanyBrand: Sendable, Hashable {
    /// A picture file.
    public struct Logo: Sendable, Hashable {
        /// The formats that can be drawn.
        public enum Format: String, Sendable, Hashable, CaseIterable {
            /// Pixels.
            case png
            /// Lines and surfaces, sharp at any size.
            case svg
        }

        /// The format.
        public let format: Format
        /// The file's bytes.
        public let bytes: [UInt8]

        /// Holds a picture.
        public init(format: Format, bytes: [UInt8]) {
            self.format = format
            self.bytes = bytes
        }
    }

    /// The logo; nil for none.
    public let logo: Logo?
    /// The colour as 0xRRGGBB, dark enough to be read on white; nil for the house's own.
    public let accent: UInt32?

    /// Describes a brand.
    public init(logo: Logo?, accent: UInt32?) {
        self.logo = logo
        self.accent = accent
    }

    /// The largest logo file, in bytes: it is put into every file that is made.
    public static let largestLogo = 524_288
    /// The least contrast to white paper: WCAG 2.1, criterion 1.4.3, level AA.
    public static let leastContrast = 4.5

    /// The contrast of a colour to white, from 1 to 21 (WCAG 2.1, “contrast ratio”).
    public static func contrast(toWhite color: UInt32) -> Double {
        func linear(_ shift: UInt32) -> Double {
            let share = Double(color >> shift & 255) / 255
            return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        let luminance = 0.2126 * linear(16) + 0.7152 * linear(8) + 0.0722 * linear(0)
        return 1.05 / (luminance + 0.05)
    }

    /// Reads `{logo: brands/name.svg, accent: "#1f5fa8"}`.
    ///
    /// - Parameters:
    ///   - node: The definition.
    ///   - folder: Where paths of logos begin; nil where there are no files, as in cases.
    /// - Throws: `Advice` at the line of the mistake.
    init(_ node: DefinitionNode, folder: String?) throws {
        let fields = try node.mapping(allowing: ["logo", "accent"])
        logo = try fields.optional("logo").map { try Self.logo($0, folder: folder) }
        accent = try fields.optional("accent").map(Self.accent)
    }

    private static func logo(_ node: DefinitionNode, folder: String?) throws -> Logo {
        let path = try node.string()
        let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
        guard let format = Logo.Format(rawValue: ending) else {
            throw node.advice(
                "the logo ‘\(path)’ is neither PNG nor SVG", remedy: "name a .png or .svg file")
        }
        guard let folder else {
            throw node.advice("there are no files here", remedy: "leave the logo out")
        }
        guard let data = FileManager.default.contents(atPath: folder + "/" + path) else {
            throw node.advice(
                "the logo ‘\(path)’ cannot be read",
                remedy: "put the file there; its path begins at the folder of definitions")
        }
        guard data.count <= largestLogo else {
            throw node.advice(
                "the logo ‘\(path)’ has \(data.count) bytes, and \(largestLogo) are allowed",
                remedy: "make the picture smaller: it becomes part of every file")
        }
        let bytes = [UInt8](data)
        let isPicture =
            switch format {
            case .png: bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
            case .svg: String(decoding: bytes, as: UTF8.self).contains("<svg")
            }
        guard isPicture else {
            throw node.advice(
                "the logo ‘\(path)’ is no \(ending.uppercased()) picture",
                remedy: "save the picture in the format that its ending names")
        }
        return Logo(format: format, bytes: bytes)
    }

    private static func accent(_ node: DefinitionNode) throws -> UInt32 {
        let text = try node.string()
        guard text.utf8.count == 7, text.hasPrefix("#"),
            let color = UInt32(text.dropFirst(), radix: 16), !text.contains("+")
        else {
            throw node.advice(
                "‘\(text)’ is no colour", remedy: "write it as \"#1f5fa8\", with quotation marks")
        }
        let contrast = contrast(toWhite: color)
        guard contrast >= leastContrast else {
            let shown = (contrast * 10).rounded(.down) / 10
            throw node.advice(
                "\(text) has a contrast of \(shown) to white paper, and titles in it would be hard "
                    + "to read",
                remedy: "choose a darker colour, with a contrast of \(leastContrast) or more")
        }
        return color
    }
}

extension CompanyDirectory {
    /// The brand of papers about these companies: that of the one company, or of the first group
    /// in the file that holds them all.
    public func brand(of companies: [Company]) -> CompanyBrand? {
        if companies.count == 1 { return companies.first?.brand }
        return groups.first { group in
            companies.allSatisfy { $0.groups.contains(group.name) }
        }?.brand
    }
}
