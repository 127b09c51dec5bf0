import Reports
import Vocabulary

/// The words of pages that files and mails do not have; those are in Reports.
///
/// Templates know them by their raw names: `{{w.signIn}}`.
enum PageWord: String, Sendable, Hashable, CaseIterable {
    case skip, main, dashboards, reports
    case signIn, signInWith, signInLead, signOut, userName, password, signInFailed
    case comparison, show, comparedWith, from, noComparison, headlines, figuresOf
    case showNumbers, download, scrollable, totalsOfAll
    case sources, live, late, lost, notLoaded, ago, units, rate
    case connecting, reconnecting, staleSince, updating
    case emptyDashboard, emptyDashboardAdvice, noReports, noReportsAdvice
    case unavailable, problem, whatToDo, toDashboards, requestNumber
    case moreRemarks, asKnownAt, figuresNow, figuresAsClosed, closedOn, closedButNow,
        changedSinceClose
    case nextRows, previousRows, explain
    case exports, exportInBackground, largeReport, fileFormat, noExports, noExportsAdvice
    case exportWaiting, exportRunning, exportDone, exportFailed, exportCancelled, exportRemoved
    case cancelExport, removeFile, makeLink, revokeLink, linkAbout, keptUntil

    /// English, Danish, Dutch.
    private var translations: (String, String, String) {
        switch self {
        case .skip: ("Skip to content", "Gå til indhold", "Naar de inhoud")
        case .main: ("Main", "Hovedmenu", "Hoofdmenu")
        case .dashboards: ("Dashboards", "Dashboards", "Dashboards")
        case .reports: ("Reports", "Rapporter", "Rapporten")
        case .signIn: ("Sign in", "Log ind", "Inloggen")
        case .signInWith: ("Sign in with #", "Log ind med #", "Inloggen met #")
        case .signInLead:
            (
                "Figures of your companies, as they are now.",
                "Dine virksomheders tal, som de er nu.",
                "De cijfers van je bedrijven, zoals ze nu zijn."
            )
        case .signOut: ("Sign out", "Log ud", "Uitloggen")
        case .userName: ("Name", "Navn", "Naam")
        case .password: ("Password", "Adgangskode", "Wachtwoord")
        case .signInFailed: ("Not signed in", "Ikke logget ind", "Niet ingelogd")
        case .comparison: ("Compare with", "Sammenlign med", "Vergelijk met")
        case .show: ("Show", "Vis", "Toon")
        case .comparedWith: ("compared with", "sammenlignet med", "vergeleken met")
        case .from: ("from", "fra", "van")
        case .noComparison:
            ("no earlier figure", "intet tidligere tal", "geen eerder cijfer")
        case .headlines: ("Headline figures", "Nøgletal", "Kerncijfers")
        case .figuresOf: ("The numbers of", "Tallene i", "De getallen van")
        case .showNumbers: ("Show numbers", "Vis tal", "Toon getallen")
        case .download: ("Download", "Hent", "Download")
        case .scrollable:
            ("table, scrolls sideways", "tabel, kan rulles sidelæns", "tabel, schuift opzij")
        case .totalsOfAll:
            ("totals are of all rows", "totaler gælder alle rækker", "totalen van alle rijen")
        case .sources: ("Sources", "Kilder", "Bronnen")
        case .live: ("Live", "Live", "Live")
        case .late: ("behind", "bagud", "loopt achter")
        case .lost: ("not reached", "kan ikke nås", "niet bereikbaar")
        case .notLoaded: ("not loaded yet", "ikke indlæst endnu", "nog niet geladen")
        case .ago: ("# ago", "for # siden", "# geleden")
        case .rate: ("# rows/s", "# rækker/s", "# rijen/s")
        case .units: ("s min h d", "s min t d", "s min u d")
        case .connecting: ("Connecting …", "Forbinder …", "Verbinden …")
        case .reconnecting: ("Reconnecting …", "Forbinder igen …", "Opnieuw verbinden …")
        case .staleSince: ("Stale since #", "Forældet siden #", "Verouderd sinds #")
        case .updating: ("Updating …", "Opdaterer …", "Bijwerken …")
        case .emptyDashboard: ("No figures yet", "Ingen tal endnu", "Nog geen cijfers")
        case .emptyDashboardAdvice:
            (
                "This dashboard has no cards for the chosen company. Choose another company, "
                    + "or add cards to its definition file.",
                "Dette dashboard har ingen kort for den valgte virksomhed. Vælg en anden "
                    + "virksomhed, eller tilføj kort i definitionsfilen.",
                "Dit dashboard heeft geen kaarten voor het gekozen bedrijf. Kies een ander "
                    + "bedrijf, of voeg kaarten toe aan het definitiebestand."
            )
        case .noReports: ("No reports yet", "Ingen rapporter endnu", "Nog geen rapporten")
        case .noReportsAdvice:
            (
                "Reports are files in the folder queries/reports.",
                "Rapporter er filer i mappen queries/reports.",
                "Rapporten zijn bestanden in de map queries/reports."
            )
        case .unavailable:
            (
                "This card is not available", "Dette kort er ikke tilgængeligt",
                "Deze kaart is niet beschikbaar"
            )
        case .problem: ("Problem", "Problem", "Probleem")
        case .whatToDo: ("What to do", "Hvad du kan gøre", "Wat je kunt doen")
        case .toDashboards: ("To the dashboards", "Til dashboards", "Naar de dashboards")
        case .requestNumber: ("Request", "Forespørgsel", "Verzoek")
        case .asKnownAt:
            (
                "Figures as known at #.", "Tallene, som de var kendt #.",
                "De cijfers zoals bekend op #."
            )
        case .moreRemarks: ("# more", "# mere", "Nog #")
        case .figuresNow: ("As known now", "Som kendt nu", "Zoals nu bekend")
        case .figuresAsClosed: ("As closed", "Som lukket", "Zoals afgesloten")
        case .closedOn:
            (
                "This period was closed on # by @. Figures are as closed.",
                "Perioden blev lukket # af @. Tallene er som lukket.",
                "Deze periode is op # afgesloten door @. De cijfers zijn zoals afgesloten."
            )
        case .closedButNow:
            (
                "This period was closed on # by @. Figures are as known now.",
                "Perioden blev lukket # af @. Tallene er som kendt nu.",
                "Deze periode is op # afgesloten door @. De cijfers zijn zoals nu bekend."
            )
        case .changedSinceClose:
            ("Changed since the close", "Ændret siden lukningen", "Gewijzigd sinds de afsluiting")
        case .nextRows: ("Next rows", "Næste rækker", "Volgende rijen")
        case .previousRows: ("Previous rows", "Forrige rækker", "Vorige rijen")
        case .explain:
            (
                "Where this figure comes from", "Hvor tallet kommer fra",
                "Waar dit cijfer vandaan komt"
            )
        case .exports: ("Exports", "Eksporter", "Exports")
        case .exportInBackground:
            ("Export in the background", "Eksportér i baggrunden", "Op de achtergrond exporteren")
        case .largeReport:
            (
                "This report has # rows. A file of all of them takes a while.",
                "Denne rapport har # rækker. En fil med dem alle tager lidt tid.",
                "Dit rapport heeft # rijen. Een bestand met alle rijen duurt even."
            )
        case .fileFormat: ("Format", "Format", "Formaat")
        case .noExports: ("No exports", "Ingen eksporter", "Geen exports")
        case .noExportsAdvice:
            (
                "A large report offers to be exported in the background; its file then waits here.",
                "En stor rapport kan eksporteres i baggrunden; filen ligger så her.",
                "Een groot rapport kan op de achtergrond worden geëxporteerd; het bestand staat dan "
                    + "hier."
            )
        case .exportWaiting: ("Waiting", "Venter", "Wacht")
        case .exportRunning: ("Being made", "Laves", "Wordt gemaakt")
        case .exportDone: ("Done", "Færdig", "Klaar")
        case .exportFailed: ("Failed", "Mislykkedes", "Mislukt")
        case .exportCancelled: ("Cancelled", "Annulleret", "Geannuleerd")
        case .exportRemoved: ("Removed", "Fjernet", "Verwijderd")
        case .cancelExport: ("Cancel", "Annullér", "Annuleren")
        case .removeFile: ("Remove", "Fjern", "Verwijderen")
        case .makeLink: ("Make a link", "Lav et link", "Link maken")
        case .revokeLink: ("Revoke", "Tilbagekald", "Intrekken")
        case .linkAbout:
            (
                "Link for anyone, until #; downloads: @", "Link for alle, til #; hentet: @",
                "Link voor iedereen, tot #; gedownload: @"
            )
        case .keptUntil: ("kept until #", "gemmes til #", "bewaard tot #")
        }
    }

    /// The word in a locale's language.
    func text(in locale: ReportLocale) -> String {
        let (english, danish, dutch) = translations
        switch locale.language {
        case .english: return english
        case .danish: return danish
        case .dutch: return dutch
        }
    }

    /// All words that templates use, those of Reports included.
    static func table(for locale: ReportLocale) -> [String: String] {
        var table: [String: String] = [:]
        for word in ReportWord.allCases { table[word.rawValue] = locale.word(word) }
        for word in allCases { table[word.rawValue] = word.text(in: locale) }
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
