public import Vocabulary

extension ResultTotal {
    /// The label in a locale: the word for “Total”, and the currency where there is one.
    public func label(in locale: ReportLocale) -> String {
        guard label == "Total" || label.hasPrefix("Total ") else { return label }
        return locale.word(.total) + label.dropFirst("Total".count)
    }
}
