public import Vocabulary

/// The sentences of messages that bring reports.
extension ReportLocale {
    /// A remark that a source had not been read as far as the report's period goes.
    public func incomplete(source: String, through: Instant?, zone: Zone) -> String {
        let moment = through.map { instant($0, zone: zone) }
        switch language {
        case .english:
            return moment.map { "Incomplete: \(source) is known up to \($0) only." }
                ?? "Incomplete: \(source) has not been read yet."
        case .danish:
            return moment.map { "Ufuldstændig: \(source) er kun kendt indtil \($0)." }
                ?? "Ufuldstændig: \(source) er ikke læst endnu."
        case .dutch:
            return moment.map { "Onvolledig: \(source) is slechts bekend tot \($0)." }
                ?? "Onvolledig: \(source) is nog niet gelezen."
        case .swahili:
            return moment.map { "Haijakamilika: \(source) inajulikana hadi \($0) tu." }
                ?? "Haijakamilika: \(source) bado haijasomwa."
        }
    }

    /// The subject of a message whose report is incomplete.
    public func incompleteSubject(_ subject: String) -> String {
        switch language {
        case .english: "Incomplete: \(subject)"
        case .danish: "Ufuldstændig: \(subject)"
        case .dutch: "Onvolledig: \(subject)"
        case .swahili: "Haijakamilika: \(subject)"
        }
    }

    /// A remark that the file is not attached because it is too large.
    public func tooLargeForMail(link: String) -> String {
        switch language {
        case .english: "The file is too large for a mail; it can be downloaded at \(link)."
        case .danish: "Filen er for stor til en mail; den kan hentes på \(link)."
        case .dutch: "Het bestand is te groot voor een mail; het is te downloaden op \(link)."
        case .swahili: "Faili ni kubwa mno kwa barua pepe; linaweza kupakuliwa kwenye \(link)."
        }
    }

    /// A remark that the file is behind a link that needs no sign-in, up to a moment.
    public func tooLargeForMail(link: String, until expires: Instant, zone: Zone) -> String {
        let moment = instant(expires, zone: zone)
        switch language {
        case .english:
            return "The file is too large for a mail; it can be downloaded at \(link) until "
                + "\(moment). Whoever has this address gets the file."
        case .danish:
            return "Filen er for stor til en mail; den kan hentes på \(link) indtil \(moment). "
                + "Enhver, der har denne adresse, kan hente filen."
        case .dutch:
            return "Het bestand is te groot voor een mail; het is te downloaden op \(link) tot "
                + "\(moment). Wie dit adres heeft, krijgt het bestand."
        case .swahili:
            return "Faili ni kubwa mno kwa barua pepe; linaweza kupakuliwa kwenye \(link) hadi "
                + "\(moment). Yeyote aliye na anwani hii anaweza kulipata faili."
        }
    }

    /// The words of the page that ends a subscription.
    public func unsubscribing(
        _ title: String
    ) -> (question: String, button: String, done: String) {
        switch language {
        case .english:
            (
                "Do you no longer want to receive “\(title)”?", "Unsubscribe",
                "You will no longer receive “\(title)”."
            )
        case .danish:
            (
                "Vil du ikke længere modtage “\(title)”?", "Afmeld",
                "Du modtager ikke længere “\(title)”."
            )
        case .dutch:
            (
                "Wilt u “\(title)” niet meer ontvangen?", "Afmelden",
                "U ontvangt “\(title)” niet meer."
            )
        case .swahili:
            (
                "Hutaki tena kupokea “\(title)”?", "Jiondoe", "Hutapokea tena “\(title)”."
            )
        }
    }
}
