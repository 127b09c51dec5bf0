import Reports
import Vocabulary

extension PhraseBook {
    /// All that is not named by a definition or the data but made with the figures; only for what is
    /// known to be such, since a definition may use the same word for something else.
    static let figures = PhraseBook(members.phrases + alone + titles.phrases)

    /// Names in a chart that are not those of the data: what is put together, missing or compared.
    static let members = PhraseBook(
        [
            Phrase("Other", "Andre", "Overige", "Nyingine"),
            Phrase("(none)", "(ingen)", "(geen)", "(hakuna)"),
            Phrase("(unknown)", "(ukendt)", "(onbekend)", "(haijulikani)"),
            Phrase("(empty)", "(tom)", "(leeg)", "(tupu)"), Phrase("yes", "ja", "ja", "ndiyo"),
            Phrase("no", "nej", "nee", "hapana"),
            Phrase("Reached", "Nået", "Bereikt", "Waliofika"),
        ] + endings + labels.phrases)

    /// What is made of a definition’s label.
    static let labels = PhraseBook((endings + movements).map(\.following) + steps + patterns)

    /// Headings of tables, most of which are definitions’ own.
    static let titles = PhraseBook(
        [
            Phrase(
                "Corrections to closed periods", "Rettelser til lukkede perioder",
                "Correcties op afgesloten perioden", "Masahihisho ya vipindi vilivyofungwa"),
            Phrase("Before and after", "Før og efter", "Voor en na", "Kabla na baada"),
            Phrase("Matched", "Afstemt", "Afgeletterd", "Zinalingana"),
            Phrase("Exceptions", "Afvigelser", "Afwijkingen", "Tofauti"),
            Phrase(
                "Unexplained difference", "Uforklaret difference", "Onverklaard verschil",
                "Tofauti isiyoelezwa"),
        ] + labels.phrases)

    /// Sentences that stand alone.
    private static let alone = [
        // Dimensions
        Phrase("Company", "Virksomhed", "Bedrijf", "Kampuni"),
        Phrase("Weekday", "Ugedag", "Weekdag", "Siku ya wiki"),
        Phrase("Hour", "Time", "Uur", "Saa"),
        Phrase("Day of month", "Dag i måneden", "Dag van de maand", "Siku ya mwezi"),
        Phrase("Month", "Måned", "Maand", "Mwezi"),
        Phrase("Week", "Uge", "Week", "Wiki"),
        Phrase("Quarter", "Kvartal", "Kwartaal", "Robo mwaka"),
        Phrase("Year", "År", "Jaar", "Mwaka"),
        Phrase("Day", "Dag", "Dag", "Siku"),
        Phrase("Period", "Periode", "Periode", "Kipindi"),
        Phrase("Figure", "Nøgletal", "Kerncijfer", "Takwimu"),
        Phrase("Row", "Række", "Rij", "Safu"),
        Phrase("Value", "Værdi", "Waarde", "Thamani"),
        // Funnels and cohorts
        Phrase("Step", "Trin", "Stap", "Hatua"),
        Phrase("Of first", "Af første", "Van eerste", "Kati ya hatua ya kwanza"),
        Phrase("Of previous", "Af forrige", "Van vorige", "Kati ya hatua iliyotangulia"),
        Phrase(
            "Median days from previous", "Median dage fra forrige", "Mediaan dagen vanaf vorige",
            "Wastani wa kati wa siku tangu iliyotangulia"),
        Phrase("Members", "Medlemmer", "Leden", "Wanachama"),
        // Rows that are put aside
        Phrase("Source", "Kilde", "Bron", "Chanzo"),
        Phrase("Table", "Tabel", "Tabel", "Jedwali"),
        Phrase(
            "Rows put aside", "Rækker lagt til side", "Rijen apart gelegd",
            "Safu zilizowekwa kando"),
        Phrase(
            "Of the last 30 days", "Heraf de seneste 30 dage", "Waarvan de afgelopen 30 dagen",
            "Za siku 30 zilizopita"),
        Phrase("Oldest", "Ældste", "Oudste", "Ya zamani zaidi"),
        // Reconciliations and payments
        Phrase("Match", "Afstemning", "Aflettering", "Ulinganisho"),
        Phrase("Number", "Antal", "Aantal", "Idadi"),
        Phrase("Expected", "Forventet", "Verwacht", "Inayotarajiwa"),
        Phrase("Found", "Fundet", "Gevonden", "Iliyopatikana"),
        Phrase("Difference", "Difference", "Verschil", "Tofauti"),
        Phrase("Document", "Bilag", "Stuk", "Hati"),
        Phrase("Entry", "Postering", "Boeking", "Ingizo"),
        Phrase("Days", "Dage", "Dagen", "Siku"),
        Phrase("Other currency", "Anden valuta", "Andere valuta", "Sarafu nyingine"),
        Phrase("Entered twice", "Bogført to gange", "Dubbel geboekt", "Imeingizwa mara mbili"),
        Phrase("Document removed", "Bilag fjernet", "Stuk verwijderd", "Hati imeondolewa"),
        Phrase("No document", "Intet bilag", "Geen stuk", "Hakuna hati"),
        Phrase("No payment", "Ingen betaling", "Geen betaling", "Hakuna malipo"),
        Phrase("Too little", "For lidt", "Te weinig", "Pungufu"),
        Phrase("Too much", "For meget", "Te veel", "Zaidi"),
        Phrase("Late", "For sent", "Te laat", "Imechelewa"),
        Phrase("Paid by", "Betalt af", "Betaald door", "Mlipaji"),
        Phrase("Payment", "Betaling", "Betaling", "Malipo"),
        Phrase("Pay on", "Betales den", "Te betalen op", "Kulipwa tarehe"),
        // Journals
        Phrase("Date", "Dato", "Datum", "Tarehe"),
        Phrase("Voucher", "Bilagsnr.", "Boekstuk", "Namba ya hati"),
        Phrase("Account", "Konto", "Rekening", "Akaunti"),
        Phrase("Account name", "Kontonavn", "Rekeningnaam", "Jina la akaunti"),
        Phrase("Debit", "Debet", "Debet", "Debiti"),
        Phrase("Credit", "Kredit", "Credit", "Krediti"),
        Phrase("VAT code", "Momskode", "Btw-code", "Msimbo wa VAT"),
        Phrase("VAT thereof", "Heraf moms", "Waarvan btw", "VAT ndani yake"),
        Phrase("Party", "Modpart", "Relatie", "Mhusika"),
        Phrase("Party’s name", "Modpartens navn", "Naam van de relatie", "Jina la mhusika"),
        Phrase("Due", "Forfald", "Vervaldatum", "Tarehe ya mwisho"),
        // Closed periods and what changed since
        Phrase("As reported", "Som rapporteret", "Zoals gerapporteerd", "Jinsi ilivyoripotiwa"),
        Phrase("Now", "Nu", "Nu", "Sasa"),
        Phrase("Correction", "Rettelse", "Correctie", "Sahihisho"),
        Phrase("Before", "Før", "Voor", "Kabla"),
        Phrase("After", "Efter", "Na", "Baada"),
        Phrase(
            "of it late rows", "heraf sene rækker", "waarvan late rijen",
            "kati yake safu zilizochelewa"),
        Phrase("corrections", "rettelser", "correcties", "masahihisho"),
        Phrase("deletions", "sletninger", "verwijderingen", "zilizofutwa"),
        Phrase("Cause", "Årsag", "Oorzaak", "Sababu"),
        Phrase("Column", "Kolonne", "Kolom", "Safuwima"),
        // Explanations
        Phrase("Looked up", "Slået op", "Opgezocht", "Kilichotafutwa"),
        Phrase("Of", "Af", "Van", "Ya"),
        Phrase("Rows", "Rækker", "Rijen", "Safu"),
        Phrase("Reason", "Årsag", "Reden", "Sababu"),
        Phrase("Product", "Produkt", "Product", "Bidhaa"),
        Phrase("Fact", "Oplysning", "Gegeven", "Kipengele"),
        Phrase("Meaning", "Betydning", "Betekenis", "Maana"),
        Phrase("Formula", "Formel", "Formule", "Fomula"),
        Phrase("Definition", "Definition", "Definitie", "Ufafanuzi"),
        Phrase("Defined in", "Defineret i", "Gedefinieerd in", "Imefafanuliwa katika"),
        Phrase(
            "Hash of the definition", "Definitionens hash", "Hash van de definitie",
            "Hash ya ufafanuzi"),
        Phrase("What is done", "Hvad der gøres", "Wat er gebeurt", "Kinachofanywa"),
        Phrase("Condition", "Betingelse", "Voorwaarde", "Sharti"),
        Phrase("Each row", "Hver række", "Elke rij", "Kila safu"),
        Phrase(
            "Rows that count", "Rækker, der tæller med", "Rijen die meetellen",
            "Safu zinazohesabiwa"),
    ]

    /// What computed headings end with, after the label of a definition.
    private static let endings = [
        Phrase("previous period", "forrige periode", "vorige periode", "kipindi kilichotangulia"),
        Phrase("a year before", "året før", "een jaar eerder", "mwaka mmoja kabla"),
        Phrase(
            "same weekdays a year before", "samme ugedage året før",
            "zelfde weekdagen een jaar eerder", "siku zilezile za wiki mwaka mmoja kabla"),
        Phrase("change", "ændring", "verandering", "badiliko"),
        Phrase(
            "forecast at this pace", "prognose med dette tempo", "prognose in dit tempo",
            "makadirio kwa kasi hii"),
        Phrase(
            "forecast by last year", "prognose efter sidste år", "prognose naar vorig jaar",
            "makadirio kwa mwaka uliopita"),
        Phrase(
            "mean error of such forecasts", "gennemsnitlig fejl på sådanne prognoser",
            "gemiddelde fout van zulke prognoses", "kosa la wastani la makadirio kama haya"),
        Phrase(
            "periods the error is of", "perioder, fejlen er målt på",
            "perioden waarover de fout is gemeten", "vipindi ambavyo kosa limepimwa"),
        Phrase("target", "mål", "doel", "lengo"),
        Phrase("share of target", "andel af mål", "aandeel van doel", "sehemu ya lengo"),
        Phrase(
            "share expected by today", "andel forventet til i dag", "aandeel verwacht tot vandaag",
            "sehemu inayotarajiwa hadi leo"),
    ]

    /// What the parts of a movement are called, after the label of a definition.
    private static let movements = [
        Phrase("opening", "primo", "begin", "mwanzo"), Phrase("new", "nye", "nieuw", "mpya"),
        Phrase("expansion", "udvidelse", "uitbreiding", "ongezeko"),
        Phrase("contraction", "reduktion", "krimp", "upungufu"),
        Phrase("churn", "afgang", "verloop", "walioondoka"),
        Phrase("reactivation", "genaktivering", "reactivering", "waliorejea"),
        Phrase("closing", "ultimo", "einde", "mwisho"),
    ]

    /// Steps that are counted from something.
    static let steps = [
        Phrase(counting: "day {1}", "dag {1}", "dag {1}", "siku {1}"),
        Phrase(counting: "week {1}", "uge {1}", "week {1}", "wiki {1}"),
        Phrase(counting: "month {1}", "måned {1}", "maand {1}", "mwezi {1}"),
        Phrase(counting: "quarter {1}", "kvartal {1}", "kwartaal {1}", "robo mwaka {1}"),
        Phrase(counting: "year {1}", "år {1}", "jaar {1}", "mwaka {1}"),
    ]

    /// Sentences around a label or a number.
    private static let patterns = [
        Phrase("Days to {1}", "Dage til {1}", "Dagen tot {1}", "Siku hadi {1}"),
        Phrase("{1}, of {2}", "{1}, af {2}", "{1}, van {2}", "{1}, kati ya {2}"),
        Phrase("Position of {1}", "Position i {1}", "Positie van {1}", "Nafasi katika {1}"),
        Phrase("{1} (members)", "{1} (medlemmer)", "{1} (leden)", "{1} (wanachama)"),
        Phrase("{1}: exceptions", "{1}: afvigelser", "{1}: afwijkingen", "{1}: tofauti"),
        Phrase("{1}: what changed", "{1}: det ændrede", "{1}: wat wijzigde", "{1}: yaliyobadilika"),
        Phrase(
            "{1}, row by row", "{1}, række for række", "{1}, rij voor rij", "{1}, safu kwa safu"),
        Phrase("{1}, explained", "{1}, forklaret", "{1}, uitgelegd", "{1}, maelezo"),
        Phrase("{1}: definition", "{1}: definition", "{1}: definitie", "{1}: ufafanuzi"),
        Phrase(
            "{1}: how it follows", "{1}: sådan fremkommer det", "{1}: hoe het volgt",
            "{1}: jinsi inavyopatikana"),
        Phrase("{1}: no rows", "{1}: ingen rækker", "{1}: geen rijen", "{1}: hakuna safu"),
        Phrase(
            "{1}: rows {2} to {3} of {4}", "{1}: række {2} til {3} af {4}",
            "{1}: rijen {2} tot en met {3} van {4}", "{1}: safu {2} hadi {3} kati ya {4}"),
        Phrase(
            "{1}: values and rates used", "{1}: anvendte værdier og kurser",
            "{1}: gebruikte waarden en koersen", "{1}: thamani na viwango vilivyotumika"),
        Phrase(
            "Not counted: {1}", "Tæller ikke med: {1}", "Telt niet mee: {1}", "Haihesabiwi: {1}"),
        // The charts of a card in several currencies.
        Phrase("{1} ({2})", "{1} ({2})", "{1} ({2})", "{1} ({2})"),
    ]
}

extension Phrase {
    /// The phrase behind a label and a comma.
    fileprivate var following: Phrase {
        Phrase("{1}, " + english, "{1}, " + danish, "{1}, " + dutch, "{1}, " + swahili)
    }
}
