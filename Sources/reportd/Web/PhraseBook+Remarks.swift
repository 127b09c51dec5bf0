import Reports
import Vocabulary

extension PhraseBook {
    /// What the reader of figures must know of them; the definitions' own remarks are in the words of
    /// who wrote them.
    static let remarks = PhraseBook(incomplete + others, parts: partsOfRemarks)

    /// What stands in the places of a remark: labels, steps, and lists.
    static let partsOfRemarks = PhraseBook(
        steps + members.phrases + [
            Phrase(
                "without a rate to {1} in ‘{2}’", "uden kurs til {1} i ‘{2}’",
                "zonder koers naar {1} in ‘{2}’", "bila kiwango cha {1} katika ‘{2}’"),
            Phrase(
                "without a value in ‘{1}’", "uden værdi i ‘{1}’", "zonder waarde in ‘{1}’",
                "bila thamani katika ‘{1}’"),
            Phrase(
                counting: "{1} stays that ended", "{1} ophold, der er slut,",
                "{1} verblijven die eindigden", "ukaaji {1} uliokwisha"),
            Phrase(
                counting: "{1} stays that last", "{1} ophold, der varer ved,",
                "{1} verblijven die voortduren", "ukaaji {1} unaoendelea"),
            Phrase("{1} and {2} more", "{1} og {2} flere", "{1} en nog {2}", "{1} na {2} zaidi"),
            Phrase("{1} on {2}", "{1} den {2}", "{1} op {2}", "{1} tarehe {2}"),
            Phrase("{1} and {2}", "{1} og {2}", "{1} en {2}", "{1} na {2}"),
        ])

    /// What is counted where a definition does not say it in words of its own.
    static let ownBases = PhraseBook(
        [
            Phrase(
                "by day of entry, within {1} days", "efter registreringsdag, inden for {1} dage",
                "naar dag van invoer, binnen {1} dagen", "kwa siku ya kuingizwa, ndani ya siku {1}"),
            Phrase(
                "by day of entry, reached by today", "efter registreringsdag, nået til i dag",
                "naar dag van invoer, bereikt tot vandaag", "kwa siku ya kuingizwa, hadi leo"),
            Phrase(
                "as of the ends of steps", "ved slutningen af hvert trin",
                "aan het einde van elke stap", "hadi mwisho wa kila hatua"),
            Phrase(
                "stays that last, up to now", "ophold, der varer ved, til nu",
                "verblijven die voortduren, tot nu", "ukaaji unaoendelea, hadi sasa"),
            Phrase(
                "stays by the day they ended", "ophold efter den dag, de sluttede",
                "verblijven naar de dag waarop ze eindigden", "ukaaji kwa siku ulipokwisha"),
            Phrase(
                "changes by day", "ændringer efter dag", "wijzigingen naar dag",
                "mabadiliko kwa siku"),
            Phrase(
                "members by the day they first came", "medlemmer efter den dag, de først kom",
                "leden naar de dag waarop ze voor het eerst kwamen",
                "wanachama kwa siku walipokuja mara ya kwanza"),
            Phrase(
                "all rows, whatever the period", "alle rækker, uanset periode",
                "alle rijen, ongeacht de periode", "safu zote, kipindi chochote"),
            Phrase(
                "as of the period's end", "ved periodens slutning", "aan het einde van de periode",
                "kufikia mwisho wa kipindi"),
            Phrase(
                "as of the period's end, by {1}", "ved periodens slutning, efter {1}",
                "aan het einde van de periode, naar {1}", "kufikia mwisho wa kipindi, kwa {1}"),
            Phrase(
                "last {1}, by {2}", "seneste {1}, efter {2}", "laatste {1}, naar {2}",
                "{1} za mwisho, kwa {2}"),
            Phrase("by {1}", "efter {1}", "naar {1}", "kwa {1}"),
        ],
        parts: PhraseBook(
            [
                Phrase(counting: "{1} days", "{1} dage", "{1} dagen", "siku {1}"),
                Phrase(counting: "{1} weeks", "{1} uger", "{1} weken", "wiki {1}"),
                Phrase(counting: "{1} months", "{1} måneder", "{1} maanden", "miezi {1}"),
            ], isWithinSentences: true))

    /// How figures were made.
    static let notes = PhraseBook([
        Phrase(
            "per currency: {1}", "pr. valuta: {1}", "per valuta: {1}", "kwa kila sarafu: {1}"),
        Phrase(
            "days begin and end in each company's own zone: {1}",
            "dage begynder og slutter i hver virksomheds egen tidszone: {1}",
            "dagen beginnen en eindigen in de eigen tijdzone van elk bedrijf: {1}",
            "siku huanza na kuisha kwa saa za kila kampuni: {1}"),
        Phrase(
            "{1} is not over; it is compared with {2}",
            "{1} er ikke slut; der sammenlignes med {2}",
            "{1} is nog niet voorbij; er wordt vergeleken met {2}",
            "{1} hakijaisha; kinalinganishwa na {2}"),
        Phrase(
            "ordered by amounts in {1}", "sorteret efter beløb i {1}",
            "gesorteerd op bedragen in {1}", "imepangwa kwa kiasi katika {1}"),
        Phrase(
            "in {1}: {2}: {3}", "i {1}: {2}: {3}", "in {1}: {2}: {3}", "katika {1}: {2}: {3}"),
        Phrase("in {1}: {2}", "i {1}: {2}", "in {1}: {2}", "katika {1}: {2}"),
        Phrase(
            "by the rate of each row's day, else the last of the {1} days before",
            "til kursen på hver rækkes dag, ellers den seneste af de {1} dage før",
            "tegen de koers op de dag van elke rij, anders de laatste van de {1} dagen ervoor",
            "kwa kiwango cha siku ya kila safu, la sivyo cha mwisho cha siku {1} kabla"),
        Phrase(
            "by the closing rate of each step", "til slutkursen for hvert trin",
            "tegen de slotkoers van elke stap", "kwa kiwango cha mwisho cha kila hatua"),
        Phrase(
            "by the average rate of each step", "til gennemsnitskursen for hvert trin",
            "tegen de gemiddelde koers van elke stap", "kwa kiwango cha wastani cha kila hatua"),
        Phrase(
            "by the rate of {1}", "til kursen den {1}", "tegen de koers van {1}",
            "kwa kiwango cha {1}"),
        Phrase(
            "by fixed rates", "til faste kurser", "tegen vaste koersen", "kwa viwango maalum"),
        Phrase("rates: {1} ({2})", "kurser: {1} ({2})", "koersen: {1} ({2})", "viwango: {1} ({2})"),
        Phrase(
            "1 {1} = {2} to {3} ({4} rates, {5} to {6})",
            "1 {1} = {2} til {3} ({4} kurser, {5} til {6})",
            "1 {1} = {2} tot {3} ({4} koersen, {5} tot {6})",
            "1 {1} = {2} hadi {3} (viwango {4}, {5} hadi {6})"),
        Phrase(
            "1 {1} = {2} ({3} rates, {4} to {5})", "1 {1} = {2} ({3} kurser, {4} til {5})",
            "1 {1} = {2} ({3} koersen, {4} tot {5})", "1 {1} = {2} (viwango {3}, {4} hadi {5})"),
        Phrase("1 {1} = {2}", "1 {1} = {2}", "1 {1} = {2}", "1 {1} = {2}"),
        Phrase(
            "no amounts", "ingen beløb", "geen bedragen", "hakuna kiasi"),
    ])

    /// How figures were made, in a reader’s language, with days and rates as they are written there.
    static func note(_ text: String, in locale: ReportLocale, _ zone: Zone) -> String {
        let written = text.replacing(/= ([\d.]+)(?: to ([\d.]+))?/) { match in
            let rates = [match.output.1, match.output.2].compactMap(\.self)
            return "= " + rates.map { locale.decimal(String($0)) }.joined(separator: " to ")
        }
        return locale.withDays(notes.said(written, in: locale), zone)
    }

    /// What the figures of a page or file count, each basis as its definition's words say it.
    static func bases(_ text: String, in locale: ReportLocale) -> String {
        text.split(separator: "; ").map { ownBases.said(String($0), in: locale) }
            .joined(separator: "; ")
    }

    private static let incomplete = [
        Phrase(
            "incomplete: {1} rows of {2} have amounts without a valid currency",
            "ufuldstændigt: {1} rækker af {2} har beløb uden gyldig valuta",
            "onvolledig: {1} rijen van {2} hebben bedragen zonder geldige valuta",
            "haijakamilika: safu {1} za {2} zina kiasi bila sarafu halali"),
        Phrase(
            "incomplete: {1} rows of {2} have no day or an amount without a valid currency",
            "ufuldstændigt: {1} rækker af {2} har ingen dag eller et beløb uden gyldig valuta",
            "onvolledig: {1} rijen van {2} hebben geen dag of een bedrag zonder geldige valuta",
            "haijakamilika: safu {1} za {2} hazina siku au zina kiasi bila sarafu halali"),
        Phrase(
            "incomplete: {1} rows of {2} have no {3} and cannot be matched",
            "ufuldstændigt: {1} rækker af {2} har ingen {3} og kan ikke afstemmes",
            "onvolledig: {1} rijen van {2} hebben geen {3} en kunnen niet worden afgeletterd",
            "haijakamilika: safu {1} za {2} hazina {3} na haziwezi kulinganishwa"),
        Phrase(
            "incomplete: rows of {1} without a valid {2} are left out of ‘{3}’",
            "ufuldstændigt: rækker af {1} uden gyldig {2} er udeladt af ‘{3}’",
            "onvolledig: rijen van {1} zonder geldige {2} zijn weggelaten uit ‘{3}’",
            "haijakamilika: safu za {1} bila {2} halali zimeachwa nje ya ‘{3}’"),
        Phrase(
            "incomplete: 1 row of {1} is left out of ‘{2}’, {3}: {4}",
            "ufuldstændigt: 1 række af {1} er udeladt af ‘{2}’, {3}: {4}",
            "onvolledig: 1 rij van {1} is weggelaten uit ‘{2}’, {3}: {4}",
            "haijakamilika: safu 1 ya {1} imeachwa nje ya ‘{2}’, {3}: {4}"),
        Phrase(
            "incomplete: {1} rows of {2} are left out of ‘{3}’, {4}: {5}",
            "ufuldstændigt: {1} rækker af {2} er udeladt af ‘{3}’, {4}: {5}",
            "onvolledig: {1} rijen van {2} zijn weggelaten uit ‘{3}’, {4}: {5}",
            "haijakamilika: safu {1} za {2} zimeachwa nje ya ‘{3}’, {4}: {5}"),
        Phrase(
            "incomplete: rows of {1} as they stood are left out of ‘{2}’, without a rate or value",
            "ufuldstændigt: rækker af {1}, som de stod, er udeladt af ‘{2}’, uden kurs eller værdi",
            "onvolledig: rijen van {1} zoals ze waren, zijn weggelaten uit ‘{2}’, zonder koers of "
                + "waarde",
            "haijakamilika: safu za {1} kama zilivyokuwa zimeachwa nje ya ‘{2}’, bila kiwango wala "
                + "thamani"),
        Phrase(
            "incomplete: ‘{1}’ has no value for {2}",
            "ufuldstændigt: ‘{1}’ har ingen værdi for {2}",
            "onvolledig: ‘{1}’ heeft geen waarde voor {2}",
            "haijakamilika: ‘{1}’ haina thamani kwa {2}"),
        Phrase(
            "incomplete: of {1} rows of {2} that were deleted since, it is not known what they were",
            "ufuldstændigt: om {1} rækker af {2}, der siden er slettet, vides det ikke, hvad de var",
            "onvolledig: van {1} rijen van {2} die sindsdien zijn verwijderd, is niet bekend wat ze "
                + "waren",
            "haijakamilika: kuhusu safu {1} za {2} zilizofutwa tangu hapo, haijulikani zilikuwa nini"
        ),
        Phrase(
            "incomplete: what {1} of {2} was is known since {3}",
            "ufuldstændigt: hvad {1} i {2} var, kendes siden {3}",
            "onvolledig: wat {1} van {2} was, is bekend sinds {3}",
            "haijakamilika: jinsi {1} ya {2} ilivyokuwa inajulikana tangu {3}"),
        Phrase(
            "incomplete: {1} of {2} that first came in the period are left out, for {3} after is "
                + "not over for them",
            "ufuldstændigt: {1} af {2}, der kom første gang i perioden, er udeladt, for {3} efter er "
                + "ikke slut for dem",
            "onvolledig: {1} van {2} die in de periode voor het eerst kwamen, zijn weggelaten, want "
                + "{3} daarna is voor hen nog niet voorbij",
            "haijakamilika: {1} kati ya {2} waliokuja mara ya kwanza katika kipindi wameachwa nje, "
                + "kwa kuwa {3} baadaye haijaisha kwao"),
        Phrase(
            "incomplete: {1} of {2} that entered ‘{3}’ still have days left of their {4}",
            "ufuldstændigt: {1} af {2}, der kom ind i ‘{3}’, har stadig dage tilbage af deres {4}",
            "onvolledig: {1} van {2} die in ‘{3}’ kwamen, hebben nog dagen over van hun {4}",
            "haijakamilika: {1} kati ya {2} walioingia ‘{3}’ bado wana siku zilizosalia kati ya {4} "
                + "zao"),
        Phrase(
            "incomplete: {1} have no length, for they began before the history of {2}, which is "
                + "known since {3}",
            "ufuldstændigt: {1} har ingen længde, for de begyndte før historikken for {2}, som "
                + "kendes siden {3}",
            "onvolledig: {1} hebben geen duur, want ze begonnen vóór de geschiedenis van {2}, die "
                + "bekend is sinds {3}",
            "haijakamilika: {1} hauna urefu, kwa kuwa ulianza kabla ya historia ya {2}, "
                + "inayojulikana tangu {3}"),
        Phrase(
            "incomplete: {1} have no length, for they began before the history of {2}",
            "ufuldstændigt: {1} har ingen længde, for de begyndte før historikken for {2}",
            "onvolledig: {1} hebben geen duur, want ze begonnen vóór de geschiedenis van {2}",
            "haijakamilika: {1} hauna urefu, kwa kuwa ulianza kabla ya historia ya {2}"),
    ]

    private static let others = [
        Phrase(
            "{1} rows of ‘{2}’ have no amount and book nothing",
            "{1} rækker af ‘{2}’ har intet beløb og bogfører intet",
            "{1} rijen van ‘{2}’ hebben geen bedrag en boeken niets",
            "safu {1} za ‘{2}’ hazina kiasi na haziingizi chochote kwenye vitabu"),
        Phrase(
            "{1} of {2} payments are made on another day than they are due: on the last banking day "
                + "before, or on {3} where that is past or no due day is known",
            "{1} af {2} betalinger sker en anden dag, end de forfalder: på den sidste bankdag før, "
                + "eller {3}, hvor den er passeret, eller ingen forfaldsdag kendes",
            "{1} van {2} betalingen worden op een andere dag gedaan dan ze vervallen: op de laatste "
                + "bankdag ervoor, of op {3} waar die voorbij is of geen vervaldag bekend is",
            "malipo {1} kati ya {2} hufanywa siku nyingine kuliko siku yake: siku ya mwisho ya benki "
                + "kabla yake, au {3} pale ambapo imepita au siku ya kulipa haijulikani"),
        Phrase(
            "rows that are put aside are told only to those who see all rows",
            "rækker, der er lagt til side, vises kun for dem, der ser alle rækker",
            "rijen die apart zijn gelegd, worden alleen getoond aan wie alle rijen ziet",
            "safu zilizowekwa kando huonyeshwa tu kwa wanaoona safu zote"),
        Phrase(
            "both states of {1} are valued by the tables of today: what a change of a table moves is "
                + "not among the differences",
            "begge tilstande af {1} er værdisat efter dagens tabeller: hvad en ændring af en tabel "
                + "flytter, er ikke blandt forskellene",
            "beide toestanden van {1} zijn gewaardeerd met de tabellen van vandaag: wat een wijziging "
                + "van een tabel verschuift, zit niet in de verschillen",
            "hali zote mbili za {1} zimethaminiwa kwa majedwali ya leo: kinachosogezwa na badiliko la "
                + "jedwali hakimo katika tofauti"),
        Phrase(
            "the definition has changed since the period was closed; the archived files hold what "
                + "was shown then",
            "definitionen er ændret, siden perioden blev lukket; de arkiverede filer indeholder det, "
                + "der blev vist dengang",
            "de definitie is gewijzigd sinds de periode werd afgesloten; de gearchiveerde bestanden "
                + "bevatten wat toen werd getoond",
            "ufafanuzi umebadilika tangu kipindi kilipofungwa; faili zilizohifadhiwa zina "
                + "kilichoonyeshwa wakati huo"),
    ]
}
