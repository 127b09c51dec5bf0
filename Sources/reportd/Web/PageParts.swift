import Crypto
import Foundation
import Vocabulary

/// The markup of a `main` element, and its version.
struct PageParts {
    private(set) var html = ""
    /// What tells versions apart: the markup, with the hash of each part in place of its content.
    private var marks = ""

    /// Markup that is as it is.
    mutating func add(_ markup: String) {
        html += markup
        marks += markup
    }

    /// A part of the page that is replaced as a whole, and only when its content has changed.
    mutating func add(_ style: String, _ tag: String, _ name: String, _ inner: String) {
        add(
            "<\(tag) class=\"\(style)\" data-card=\"\(name)\" "
                + "data-hash=\"\(ContentMark.hex(inner))\">\n")
        html += inner
        add("</\(tag)>\n")
    }

    /// The version of the page under a title.
    func version(under title: String) -> String { ContentMark.hex(title + marks) }
}

/// A number that tells two contents of a page apart.
enum ContentMark {
    /// The first sixteen hexadecimal digits of SHA-256.
    static func hex(_ bytes: some DataProtocol) -> String {
        SHA256.hash(data: bytes).prefix(8).hexadecimal
    }

    /// That of a text.
    static func hex(_ text: String) -> String {
        var text = text
        return text.withUTF8 { unsafe hex($0) }
    }
}
