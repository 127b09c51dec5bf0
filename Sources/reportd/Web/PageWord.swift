import Reports
import Vocabulary

/// The words of pages that files and mails do not have; those are in Reports.
///
/// Templates know them by their raw names: `{{w.signIn}}`.
enum PageWord: String, Sendable, Hashable, TranslatedWord {
    case skip, main, dashboards, reports
    case signIn, signInWith, signInLead, signOut, userName, password, signInFailed
    case comparison, show, comparedWith, from, noComparison, headlines, figuresOf
    case showNumbers, download, scrollable, totalsOfAll
    case sources, live, late, lost, notLoaded, ago, units, rate
    case connecting, reconnecting, staleSince, updating, linkOver
    case emptyDashboard, emptyDashboardAdvice, noReports, noReportsAdvice
    case unavailable, problem, whatToDo, toDashboards, requestNumber
    case moreRemarks, asKnownAt, figuresNow, figuresAsClosed, closedOn, closedButNow,
        changedSinceClose
    case nextRows, previousRows, explain
    case exploreArea, figurePicker, splitBy, stepOfTime, mostMembers, shownAs, condition
    case keepAsCard, keepAsCardAdvice
    case people
    case source, sourceState, completeUpTo, rowsPerSecond, rowsPutAside, sourcePosition
    case sourceTable, rowKey, putAsideFor
    case exports, exportInBackground, largeReport, fileFormat, noExports, noExportsAdvice
    case exportWaiting, exportRunning, exportDone, exportFailed, exportCancelled, exportRemoved
    case cancelExport, removeFile, makeLink, revokeLink, linkAbout, keptUntil

    /// English, Danish, Dutch, Swahili.
    var translations: Translations {
        switch self {
        case .skip: ("Skip to content", "Gå til indhold", "Naar de inhoud", "Ruka hadi maudhui")
        case .main: ("Main", "Hovedmenu", "Hoofdmenu", "Menyu kuu")
        case .dashboards: ("Dashboards", "Dashboards", "Dashboards", "Dashibodi")
        case .reports: ("Reports", "Rapporter", "Rapporten", "Ripoti")
        case .signIn: ("Sign in", "Log ind", "Inloggen", "Ingia")
        case .signInWith: ("Sign in with #", "Log ind med #", "Inloggen met #", "Ingia kwa #")
        case .signInLead:
            (
                "Figures of your companies, as they are now.",
                "Dine virksomheders tal, som de er nu.",
                "De cijfers van je bedrijven, zoals ze nu zijn.",
                "Takwimu za kampuni zako, jinsi zilivyo sasa."
            )
        case .signOut: ("Sign out", "Log ud", "Uitloggen", "Toka")
        case .userName: ("Name", "Navn", "Naam", "Jina")
        case .password: ("Password", "Adgangskode", "Wachtwoord", "Nenosiri")
        case .signInFailed: ("Not signed in", "Ikke logget ind", "Niet ingelogd", "Hujaingia")
        case .comparison: ("Compare with", "Sammenlign med", "Vergelijk met", "Linganisha na")
        case .show: ("Show", "Vis", "Toon", "Onyesha")
        case .comparedWith:
            ("compared with", "sammenlignet med", "vergeleken met", "ikilinganishwa na")
        case .from: ("from", "fra", "van", "kutoka")
        case .noComparison:
            (
                "no earlier figure", "intet tidligere tal", "geen eerder cijfer",
                "hakuna takwimu ya awali"
            )
        case .headlines: ("Headline figures", "Nøgletal", "Kerncijfers", "Takwimu kuu")
        case .figuresOf: ("The numbers of", "Tallene i", "De getallen van", "Namba za")
        case .showNumbers: ("Show numbers", "Vis tal", "Toon getallen", "Onyesha namba")
        case .download: ("Download", "Hent", "Download", "Pakua")
        case .scrollable:
            (
                "table, scrolls sideways", "tabel, kan rulles sidelæns", "tabel, schuift opzij",
                "jedwali, husogezwa kando"
            )
        case .totalsOfAll:
            (
                "totals are of all rows", "totaler gælder alle rækker", "totalen van alle rijen",
                "jumla ni za safu zote"
            )
        case .people: ("People", "Personer", "Personen", "Watu")
        case .sources: ("Sources", "Kilder", "Bronnen", "Vyanzo")
        case .live: ("Live", "Live", "Live", "Moja kwa moja")
        case .late: ("behind", "bagud", "loopt achter", "iko nyuma")
        case .lost: ("not reached", "kan ikke nås", "niet bereikbaar", "haifikiki")
        case .notLoaded:
            ("not loaded yet", "ikke indlæst endnu", "nog niet geladen", "bado haijapakiwa")
        case .ago: ("# ago", "for # siden", "# geleden", "# zilizopita")
        case .rate: ("# rows/s", "# rækker/s", "# rijen/s", "safu #/s")
        case .units: ("s min h d", "s min t d", "s min u d", "s dk saa siku")
        case .connecting: ("Connecting …", "Forbinder …", "Verbinden …", "Inaunganisha …")
        case .reconnecting:
            ("Reconnecting …", "Forbinder igen …", "Opnieuw verbinden …", "Inaunganisha tena …")
        case .staleSince:
            ("Stale since #", "Forældet siden #", "Verouderd sinds #", "Si mpya tangu #")
        case .updating: ("Updating …", "Opdaterer …", "Bijwerken …", "Inasasisha …")
        case .linkOver:
            ("Link has ended", "Linket er ophørt", "Link is beëindigd", "Kiungo kimekwisha")
        case .emptyDashboard:
            ("No figures yet", "Ingen tal endnu", "Nog geen cijfers", "Hakuna takwimu bado")
        case .emptyDashboardAdvice:
            (
                "This dashboard has no cards for the chosen company. Choose another company, "
                    + "or add cards to its definition file.",
                "Dette dashboard har ingen kort for den valgte virksomhed. Vælg en anden "
                    + "virksomhed, eller tilføj kort i definitionsfilen.",
                "Dit dashboard heeft geen kaarten voor het gekozen bedrijf. Kies een ander "
                    + "bedrijf, of voeg kaarten toe aan het definitiebestand.",
                "Dashibodi hii haina kadi za kampuni uliyochagua. Chagua kampuni nyingine, "
                    + "au ongeza kadi kwenye faili lake la ufafanuzi."
            )
        case .noReports:
            ("No reports yet", "Ingen rapporter endnu", "Nog geen rapporten", "Hakuna ripoti bado")
        case .noReportsAdvice:
            (
                "Reports are files in the folder queries/reports.",
                "Rapporter er filer i mappen queries/reports.",
                "Rapporten zijn bestanden in de map queries/reports.",
                "Ripoti ni mafaili katika folda queries/reports."
            )
        case .unavailable:
            (
                "This card is not available", "Dette kort er ikke tilgængeligt",
                "Deze kaart is niet beschikbaar", "Kadi hii haipatikani"
            )
        case .problem: ("Problem", "Problem", "Probleem", "Tatizo")
        case .whatToDo: ("What to do", "Hvad du kan gøre", "Wat je kunt doen", "La kufanya")
        case .toDashboards:
            ("To the dashboards", "Til dashboards", "Naar de dashboards", "Kwenye dashibodi")
        case .requestNumber: ("Request", "Forespørgsel", "Verzoek", "Ombi")
        case .asKnownAt:
            (
                "Figures as known at #.", "Tallene, som de var kendt #.",
                "De cijfers zoals bekend op #.", "Takwimu kama zilivyojulikana #."
            )
        case .moreRemarks: ("# more", "# mere", "Nog #", "# zaidi")
        case .figuresNow:
            ("As known now", "Som kendt nu", "Zoals nu bekend", "Jinsi zinavyojulikana sasa")
        case .figuresAsClosed:
            ("As closed", "Som lukket", "Zoals afgesloten", "Jinsi zilivyofungwa")
        case .closedOn:
            (
                "This period was closed on # by @. Figures are as closed.",
                "Perioden blev lukket # af @. Tallene er som lukket.",
                "Deze periode is op # afgesloten door @. De cijfers zijn zoals afgesloten.",
                "Kipindi hiki kilifungwa # na @. Takwimu ni jinsi zilivyofungwa."
            )
        case .closedButNow:
            (
                "This period was closed on # by @. Figures are as known now.",
                "Perioden blev lukket # af @. Tallene er som kendt nu.",
                "Deze periode is op # afgesloten door @. De cijfers zijn zoals nu bekend.",
                "Kipindi hiki kilifungwa # na @. Takwimu ni jinsi zinavyojulikana sasa."
            )
        case .changedSinceClose:
            (
                "Changed since the close", "Ændret siden lukningen",
                "Gewijzigd sinds de afsluiting", "Yaliyobadilika tangu kufungwa"
            )
        case .nextRows: ("Next rows", "Næste rækker", "Volgende rijen", "Safu zinazofuata")
        case .previousRows:
            ("Previous rows", "Forrige rækker", "Vorige rijen", "Safu zilizotangulia")
        case .explain:
            (
                "Where this figure comes from", "Hvor tallet kommer fra",
                "Waar dit cijfer vandaan komt", "Takwimu hii inatoka wapi"
            )
        case .exploreArea: ("Explore", "Udforsk", "Verkennen", "Chunguza")
        case .figurePicker: ("Figure", "Nøgletal", "Kerncijfer", "Takwimu")
        case .splitBy: ("Split by", "Opdel efter", "Splits op", "Gawanya kwa")
        case .stepOfTime: ("Over time", "Over tid", "Over tijd", "Kwa muda")
        case .mostMembers: ("At most", "Højst", "Hoogstens", "Isizidi")
        case .shownAs: ("Shown as", "Vist som", "Getoond als", "Onyesha kama")
        case .condition: ("Only where", "Kun hvor", "Alleen waar", "Pale tu")
        case .keepAsCard:
            ("Keep as a card", "Gem som kort", "Bewaar als kaart", "Hifadhi kama kadi")
        case .keepAsCardAdvice:
            (
                "Put these lines under ‘cards:’ of a file in queries/dashboards; the page shows the card at once.",
                "Sæt disse linjer under ‘cards:’ i en fil i queries/dashboards; siden viser kortet med det samme.",
                "Zet deze regels onder ‘cards:’ van een bestand in queries/dashboards; de pagina toont de kaart meteen.",
                "Weka mistari hii chini ya ‘cards:’ ya faili katika queries/dashboards; ukurasa utaonyesha kadi mara moja."
            )
        case .source: ("Source", "Kilde", "Bron", "Chanzo")
        case .sourceState: ("State", "Tilstand", "Toestand", "Hali")
        case .completeUpTo: ("Complete up to", "Fuldstændig til", "Volledig tot", "Kamili hadi")
        case .rowsPerSecond:
            ("Rows a second", "Rækker i sekundet", "Rijen per seconde", "Safu kwa sekunde")
        case .rowsPutAside:
            (
                "Rows put aside", "Rækker lagt til side", "Rijen apart gelegd",
                "Safu zilizowekwa kando"
            )
        case .sourcePosition: ("Position", "Position", "Positie", "Nafasi")
        case .sourceTable: ("Table", "Tabel", "Tabel", "Jedwali")
        case .rowKey: ("Key", "Nøgle", "Sleutel", "Ufunguo")
        case .putAsideFor: ("Reason", "Årsag", "Reden", "Sababu")
        case .exports: ("Exports", "Eksporter", "Exports", "Mafaili")
        case .exportInBackground:
            (
                "Export in the background", "Eksportér i baggrunden",
                "Op de achtergrond exporteren", "Tengeneza faili kando"
            )
        case .largeReport:
            (
                "This report has # rows. A file of all of them takes a while.",
                "Denne rapport har # rækker. En fil med dem alle tager lidt tid.",
                "Dit rapport heeft # rijen. Een bestand met alle rijen duurt even.",
                "Ripoti hii ina safu #. Faili la zote huchukua muda."
            )
        case .fileFormat: ("Format", "Format", "Formaat", "Muundo")
        case .noExports: ("No exports", "Ingen eksporter", "Geen exports", "Hakuna mafaili")
        case .noExportsAdvice:
            (
                "A large report offers to be exported in the background; its file then waits here.",
                "En stor rapport kan eksporteres i baggrunden; filen ligger så her.",
                "Een groot rapport kan op de achtergrond worden geëxporteerd; het bestand staat dan "
                    + "hier.", "Ripoti kubwa inaweza kutengenezwa kando; faili lake hukungoja hapa."
            )
        case .exportWaiting: ("Waiting", "Venter", "Wacht", "Inasubiri")
        case .exportRunning: ("Being made", "Laves", "Wordt gemaakt", "Inatengenezwa")
        case .exportDone: ("Done", "Færdig", "Klaar", "Tayari")
        case .exportFailed: ("Failed", "Mislykkedes", "Mislukt", "Imeshindikana")
        case .exportCancelled: ("Cancelled", "Annulleret", "Geannuleerd", "Imeghairiwa")
        case .exportRemoved: ("Removed", "Fjernet", "Verwijderd", "Imeondolewa")
        case .cancelExport: ("Cancel", "Annullér", "Annuleren", "Ghairi")
        case .removeFile: ("Remove", "Fjern", "Verwijderen", "Ondoa")
        case .makeLink: ("Make a link", "Lav et link", "Link maken", "Tengeneza kiungo")
        case .revokeLink: ("Revoke", "Tilbagekald", "Intrekken", "Batilisha")
        case .linkAbout:
            (
                "Link for anyone, until #; downloads: @", "Link for alle, til #; hentet: @",
                "Link voor iedereen, tot #; gedownload: @",
                "Kiungo kwa yeyote, hadi #; kimepakuliwa: @"
            )
        case .keptUntil: ("kept until #", "gemmes til #", "bewaard tot #", "kinahifadhiwa hadi #")
        }
    }

    /// All words that templates use, those of Reports included.
    static func table(for locale: ReportLocale) -> [String: String] {
        var table: [String: String] = [:]
        for word in ReportWord.allCases { table[word.rawValue] = locale.word(word) }
        for word in allCases { table[word.rawValue] = word.text(in: locale) }
        for word in PeopleWord.allCases { table[word.rawValue] = word.text(in: locale) }
        for word in OwnDashboardWord.allCases { table[word.rawValue] = word.text(in: locale) }
        return table
    }

    /// How long ago something was, in one unit: `2 s ago`, `3 min ago`, `5 h ago`, `4 d ago`.
    static func age(seconds: Int64, in locale: ReportLocale) -> String {
        let units = PageWord.units.text(in: locale).split(separator: " ")
        let elapsed = max(0, seconds)
        let (count, unit): (Int64, Int) =
            switch elapsed {
            case ..<60: (elapsed, 0)
            case ..<3600: (elapsed / 60, 1)
            case ..<86_400: (elapsed / 3600, 2)
            default: (elapsed / 86_400, 3)
            }
        return PageWord.ago.text(in: locale).replacing("#", with: "\(count)\u{A0}\(units[unit])")
    }

    /// How busy a source is; nothing when it is quiet.
    static func rate(rowsPerSecond: Int, in locale: ReportLocale) -> String {
        rowsPerSecond == 0
            ? ""
            : PageWord.rate.text(in: locale).replacing(
                "#", with: locale.number(ExactDecimal(rowsPerSecond), scale: 0))
    }
}
