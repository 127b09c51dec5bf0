/// What became of an attempt to send.
enum AttemptWord: String, Sendable, Hashable, TranslatedWord {
    case accepted, deferred, refused, unavailable, lost, unrendered, withdrawn, suppressed
    case leftOut = "left-out"

    /// English, Danish, Dutch, Swahili.
    var translations: Translations {
        switch self {
        case .accepted: ("accepted", "modtaget", "aangenomen", "imepokelewa")
        case .deferred: ("deferred", "udsat", "uitgesteld", "imeahirishwa")
        case .refused: ("refused", "afvist", "geweigerd", "imekataliwa")
        case .unavailable: ("unavailable", "ingen forbindelse", "geen verbinding", "haipatikani")
        case .lost: ("lost", "uden svar", "zonder antwoord", "bila jibu")
        case .unrendered: ("unrendered", "ikke lavet", "niet gemaakt", "haikutengenezwa")
        case .withdrawn: ("withdrawn", "trukket tilbage", "ingetrokken", "imeondolewa")
        case .leftOut: ("left out", "udeladt", "overgeslagen", "imeachwa")
        case .suppressed: ("suppressed", "afmeldt", "afgemeld", "imezuiwa")
        }
    }
}
