/// What a message says of why it comes, or would have come.
public enum DeliverySentence: Sendable, Hashable {
    case showsNothing, showsSomething, changed, unchanged
    case below(label: String, value: String, limit: String)
    case notBelow(label: String, value: String, limit: String)
    case above(label: String, value: String, limit: String)
    case notAbove(label: String, value: String, limit: String)
    case unusual(label: String, value: String, usual: String)
    case usual(label: String, value: String, usual: String)
    case noValue(label: String)
    case noSeason(label: String)
    case severalCurrencies(label: String)
}

extension ReportLocale {
    /// A sentence in this locale's language.
    public func sentence(_ sentence: DeliverySentence) -> String {
        let (english, danish, dutch, swahili) = Self.translations(of: sentence)
        switch language {
        case .english: return english
        case .danish: return danish
        case .dutch: return dutch
        case .swahili: return swahili
        }
    }

    /// The subject of a message that says that a condition is no longer met.
    public func recoverySubject(_ subject: String) -> String {
        switch language {
        case .english: "Well again: \(subject)"
        case .danish: "I orden igen: \(subject)"
        case .dutch: "Weer in orde: \(subject)"
        case .swahili: "Sawa tena: \(subject)"
        }
    }

    private static func translations(
        of sentence: DeliverySentence
    ) -> (english: String, danish: String, dutch: String, swahili: String) {
        switch sentence {
        case .showsNothing:
            (
                "The report shows nothing.", "Rapporten viser ingenting.",
                "Het rapport toont niets.", "Ripoti haionyeshi chochote."
            )
        case .showsSomething:
            (
                "The report shows something.", "Rapporten viser noget.",
                "Het rapport toont iets.", "Ripoti inaonyesha kitu."
            )
        case .changed:
            (
                "The report has changed since it was last sent.",
                "Rapporten er ændret, siden den sidst blev sendt.",
                "Het rapport is gewijzigd sinds het laatst is verstuurd.",
                "Ripoti imebadilika tangu ilipotumwa mara ya mwisho."
            )
        case .unchanged:
            (
                "The report is the same as when it was last sent.",
                "Rapporten er den samme, som da den sidst blev sendt.",
                "Het rapport is hetzelfde als toen het laatst is verstuurd.",
                "Ripoti ni ileile kama ilipotumwa mara ya mwisho."
            )
        case .below(let label, let value, let limit):
            (
                "\(label): \(value), below \(limit).", "\(label): \(value), under \(limit).",
                "\(label): \(value), onder \(limit).", "\(label): \(value), chini ya \(limit)."
            )
        case .notBelow(let label, let value, let limit):
            (
                "\(label): \(value), not below \(limit).",
                "\(label): \(value), ikke under \(limit).",
                "\(label): \(value), niet onder \(limit).",
                "\(label): \(value), si chini ya \(limit)."
            )
        case .above(let label, let value, let limit):
            (
                "\(label): \(value), above \(limit).", "\(label): \(value), over \(limit).",
                "\(label): \(value), boven \(limit).", "\(label): \(value), zaidi ya \(limit)."
            )
        case .notAbove(let label, let value, let limit):
            (
                "\(label): \(value), not above \(limit).",
                "\(label): \(value), ikke over \(limit).",
                "\(label): \(value), niet boven \(limit).",
                "\(label): \(value), si zaidi ya \(limit)."
            )
        case .unusual(let label, let value, let usual):
            (
                "\(label): \(value); \(usual) would be usual.",
                "\(label): \(value); \(usual) ville være sædvanligt.",
                "\(label): \(value); \(usual) zou gebruikelijk zijn.",
                "\(label): \(value); kwa kawaida ni \(usual)."
            )
        case .usual(let label, let value, let usual):
            (
                "\(label): \(value), about as usual (\(usual)).",
                "\(label): \(value), omtrent som sædvanligt (\(usual)).",
                "\(label): \(value), ongeveer zoals gebruikelijk (\(usual)).",
                "\(label): \(value), karibu na kawaida (\(usual))."
            )
        case .noValue(let label):
            (
                "\(label) has no value.", "\(label) har ingen værdi.",
                "\(label) heeft geen waarde.", "\(label) haina thamani."
            )
        case .noSeason(let label):
            (
                "\(label) has too few earlier values to tell what is usual.",
                "\(label) har for få tidligere værdier til at vise, hvad der er sædvanligt.",
                "\(label) heeft te weinig eerdere waarden om te weten wat gebruikelijk is.",
                "\(label) ina thamani chache mno za awali kujua kawaida ni nini."
            )
        case .severalCurrencies(let label):
            (
                "\(label) is in several currencies, which are not added.",
                "\(label) er i flere valutaer, som ikke lægges sammen.",
                "\(label) is in meerdere valuta's, die niet worden opgeteld.",
                "\(label) iko katika sarafu kadhaa, ambazo hazijumlishwi."
            )
        }
    }
}
