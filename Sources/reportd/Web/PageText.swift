import Mustache
import Reports

/// How templates make text safe.
///
/// Mustache's own escaping goes by `Character`.
struct PageText: MustacheContentType {
    /// The name under which templates ask for it.
    static let name = "PAGE"

    func escapeText(_ text: String) -> String { MarkupText.escaped(text) }
}
