import Reports

/// The words of cards that are kept, and of the dashboards that are made of them.
///
/// Templates know them by their raw names, as those of `PageWord`.
enum OwnDashboardWord: String, Sendable, Hashable, TranslatedWord {
    case cardMeaning, cardTitle, cardDashboard, newDashboard, dashboardTitle, dashboardName
    case dashboardNameHint, saveCard, cardLines
    case ownDashboards, changeDashboard, takeOut, removeDashboard, removeDashboardMeaning
    case noOwnDashboards, noOwnDashboardsAdvice, cardTakenOut, dashboardRemoved

    /// English, Danish, Dutch, Swahili.
    var translations: Translations {
        switch self {
        case .cardMeaning:
            (
                "The card asks this question again whenever somebody opens the dashboard, and shows everyone the figures of their own companies. All who see it can read its title and conditions.",
                "Kortet stiller dette spørgsmål igen, hver gang nogen åbner dashboardet, og viser alle tallene for deres egne virksomheder. Alle, der ser det, kan læse titel og betingelser.",
                "De kaart stelt deze vraag opnieuw zodra iemand het dashboard opent, en toont iedereen de cijfers van de eigen bedrijven. Wie haar ziet, kan titel en voorwaarden lezen.",
                "Kadi huuliza swali hili tena kila mtu anapofungua dashibodi, na humwonyesha kila mtu takwimu za kampuni zake. Wote wanaoiona wanaweza kusoma kichwa na masharti yake."
            )
        case .cardTitle:
            ("Title of the card", "Kortets titel", "Titel van de kaart", "Kichwa cha kadi")
        case .cardDashboard: ("Dashboard", "Dashboard", "Dashboard", "Dashibodi")
        case .newDashboard:
            ("A new dashboard", "Et nyt dashboard", "Een nieuw dashboard", "Dashibodi mpya")
        case .dashboardTitle:
            (
                "Title of the new dashboard", "Det nye dashboards titel",
                "Titel van het nieuwe dashboard", "Kichwa cha dashibodi mpya"
            )
        case .dashboardName:
            (
                "Its name in addresses", "Dets navn i adresser", "Naam in adressen",
                "Jina lake katika anwani"
            )
        case .dashboardNameHint:
            (
                "empty: made of the title", "tomt: dannes af titlen",
                "leeg: gemaakt van de titel", "tupu: hutokana na kichwa"
            )
        case .saveCard: ("Save the card", "Gem kortet", "Kaart opslaan", "Hifadhi kadi")
        case .cardLines:
            (
                "The card as lines of a file", "Kortet som linjer i en fil",
                "De kaart als regels van een bestand", "Kadi kama mistari ya faili"
            )
        case .ownDashboards:
            (
                "Dashboards made here", "Dashboards lavet her", "Hier gemaakte dashboards",
                "Dashibodi zilizotengenezwa hapa"
            )
        case .changeDashboard:
            (
                "Change this dashboard", "Ændr dette dashboard", "Dit dashboard wijzigen",
                "Badilisha dashibodi hii"
            )
        case .takeOut: ("Take out", "Tag ud", "Eruit halen", "Toa")
        case .removeDashboard:
            (
                "Remove the dashboard", "Fjern dashboardet", "Dashboard verwijderen",
                "Ondoa dashibodi"
            )
        case .removeDashboardMeaning:
            (
                "Its file is deleted, with all of its cards. No figures are lost. Links to it lead nowhere from then on.",
                "Filen slettes med alle sine kort. Ingen tal går tabt. Links til det fører derefter ingen steder hen.",
                "Het bestand wordt met al zijn kaarten gewist. Er gaan geen cijfers verloren. Links ernaar leiden dan nergens meer heen.",
                "Faili lake hufutwa pamoja na kadi zake zote. Hakuna takwimu zinazopotea. Viungo vyake havitafika popote baada ya hapo."
            )
        case .noOwnDashboards:
            ("None yet", "Ingen endnu", "Nog geen", "Bado hakuna")
        case .noOwnDashboardsAdvice:
            (
                "Put a question together on the page Explore, and keep it as a card.",
                "Sæt et spørgsmål sammen på siden Udforsk, og gem det som kort.",
                "Stel een vraag samen op de pagina Verkennen, en bewaar haar als kaart.",
                "Tunga swali kwenye ukurasa Chunguza, kisha lihifadhi kama kadi."
            )
        case .cardTakenOut:
            (
                "The card is taken out.", "Kortet er taget ud.", "De kaart is eruit gehaald.",
                "Kadi imetolewa."
            )
        case .dashboardRemoved:
            (
                "The dashboard is removed.", "Dashboardet er fjernet.",
                "Het dashboard is verwijderd.", "Dashibodi imeondolewa."
            )
        }
    }
}
