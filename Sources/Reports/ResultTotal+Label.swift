public import Vocabulary

extension ResultTotal {
    /// The label in a locale: the word for “Total”, and the currency where there is one.
    public func label(in locale: ReportLocale) -> String {
        currency.map { "\(locale.word(.total)) \($0.code)" } ?? locale.word(.total)
    }
}
