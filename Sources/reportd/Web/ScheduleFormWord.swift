import Reports

/// The words of the form for schedules.
///
/// Templates know them by their raw names: `{{f.recipients}}`.
enum ScheduleFormWord: String, Sendable, Hashable, TranslatedWord {
    case what, whenFieldset, whom, provisos, name, nameHint, period, periodHint, format, subject
    case rhythm, at, number, numberHint, step, weekday, from, cronLine, zone, zoneHint, holidays
    case shift, shiftNone, shiftBefore, shiftAfter
    case address, addressHint, person, language, own, ownHint
    case wait, waitHint, ending, endingSend, endingHold
    case condition, always, notEmpty, empty, changed, below, above, metric, limit, currency
    case again, againHint
    case preview, save, cancel, written, asText, nextRuns
    case rhythmDay, rhythmWorkdays, rhythmWeek, rhythmBusinessDay, rhythmDayOf, rhythmWeekday
    case rhythmWeeks, rhythmCron

    /// The word for a rhythm.
    init(_ rhythm: ScheduleForm.Rhythm) {
        switch rhythm {
        case .day: self = .rhythmDay
        case .workdays: self = .rhythmWorkdays
        case .week: self = .rhythmWeek
        case .businessDay: self = .rhythmBusinessDay
        case .dayOf: self = .rhythmDayOf
        case .weekday: self = .rhythmWeekday
        case .weeks: self = .rhythmWeeks
        case .cron: self = .rhythmCron
        }
    }

    /// English, Danish, Dutch, Swahili.
    var translations: Translations {
        switch self {
        case .what: ("What is sent", "Hvad der sendes", "Wat wordt verzonden", "Kinachotumwa")
        case .whenFieldset: ("When", "Hvornår", "Wanneer", "Lini")
        case .whom: ("To whom", "Til hvem", "Aan wie", "Kwa nani")
        case .provisos: ("Conditions", "Betingelser", "Voorwaarden", "Masharti")
        case .name: ("Name", "Navn", "Naam", "Jina")
        case .nameHint:
            (
                "small letters, digits and -", "små bogstaver, tal og -",
                "kleine letters, cijfers en -", "herufi ndogo, tarakimu na -"
            )
        case .period: ("Period", "Periode", "Periode", "Kipindi")
        case .periodHint:
            (
                "as seen on the day of the run", "set fra kørslens dag",
                "gezien op de dag van de run",
                "kama inavyoonekana siku ya zamu"
            )
        case .format: ("File", "Fil", "Bestand", "Faili")
        case .subject:
            (
                "Subject of the mail", "Mailens emne", "Onderwerp van de mail",
                "Mada ya barua"
            )
        case .rhythm: ("On which days", "Hvilke dage", "Op welke dagen", "Siku zipi")
        case .at: ("At", "Kl.", "Om", "Saa")
        case .number: ("Number", "Nummer", "Nummer", "Namba")
        case .numberHint:
            (
                "1, 2 … last, or -2 from the end", "1, 2 … last (sidste), eller -2 fra slutningen",
                "1, 2 … last (laatste), of -2 vanaf het einde",
                "1, 2 … last (mwisho), au -2 kutoka mwisho"
            )
        case .step: ("Of each", "I", "Van", "Ya kila")
        case .weekday: ("Weekday", "Ugedag", "Weekdag", "Siku ya wiki")
        case .from: ("From", "Fra", "Vanaf", "Kuanzia")
        case .cronLine: ("Cron line", "Cron-linje", "Cronregel", "Mstari wa cron")
        case .zone: ("On clocks of", "Efter uret i", "Volgens de klok van", "Kwa saa za")
        case .zoneHint:
            (
                "empty: those of the companies", "tom: virksomhedernes",
                "leeg: die van de bedrijven",
                "tupu: za kampuni"
            )
        case .holidays:
            (
                "Holidays of (country)", "Helligdage i (land)", "Feestdagen van (land)",
                "Sikukuu za (nchi)"
            )
        case .shift: ("On holidays", "På fridage", "Op feestdagen", "Sikukuu")
        case .shiftNone: ("on the day itself", "på selve dagen", "op de dag zelf", "siku yenyewe")
        case .shiftBefore:
            (
                "the business day before", "arbejdsdagen før", "de werkdag ervoor",
                "siku ya kazi iliyotangulia"
            )
        case .shiftAfter:
            (
                "the business day after", "arbejdsdagen efter", "de werkdag erna",
                "siku ya kazi inayofuata"
            )
        case .address: ("Address", "Adresse", "Adres", "Anwani")
        case .addressHint:
            (
                "or #name of a channel", "eller #navn på en kanal", "of #naam van een kanaal",
                "au #jina la njia"
            )
        case .person: ("Name", "Navn", "Naam", "Jina")
        case .language: ("Language", "Sprog", "Taal", "Lugha")
        case .own: ("Companies", "Virksomheder", "Bedrijven", "Kampuni")
        case .ownHint:
            (
                "empty: all of the schedule’s", "tom: alle tidsplanens",
                "leeg: alle van de planning",
                "tupu: zote za ratiba"
            )
        case .wait:
            (
                "Wait for data for", "Vent på data i", "Wacht op gegevens gedurende",
                "Subiri data kwa"
            )
        case .waitHint:
            (
                "as 6h; empty: do not wait", "som 6h; tom: vent ikke",
                "als 6h; leeg: niet wachten", "kama 6h; tupu: usisubiri"
            )
        case .ending: ("Then", "Derefter", "Daarna", "Kisha")
        case .endingSend:
            (
                "send it as incomplete", "send som ufuldstændig",
                "verzend als onvolledig", "tuma ikiwa haijakamilika"
            )
        case .endingHold: ("hold it back", "hold den tilbage", "houd het vast", "izuie")
        case .condition: ("Send", "Send", "Verzend", "Tuma")
        case .always: ("every run", "hver kørsel", "elke run", "kila zamu")
        case .notEmpty:
            (
                "when it shows something", "når den viser noget", "als er iets in staat",
                "ikionyesha kitu"
            )
        case .empty:
            (
                "when it shows nothing", "når den intet viser", "als er niets in staat",
                "isipoonyesha kitu"
            )
        case .changed:
            (
                "when it has changed", "når den er ændret", "als het is veranderd",
                "ikibadilika"
            )
        case .below:
            (
                "when a figure is below", "når et nøgletal er under",
                "als een cijfer lager is dan", "takwimu ikiwa chini ya"
            )
        case .above:
            (
                "when a figure is above", "når et nøgletal er over",
                "als een cijfer hoger is dan", "takwimu ikiwa juu ya"
            )
        case .metric: ("Figure", "Nøgletal", "Kerncijfer", "Takwimu")
        case .limit: ("Limit", "Grænse", "Grens", "Kikomo")
        case .currency: ("Currency", "Valuta", "Valuta", "Sarafu")
        case .again:
            (
                "Tell again after", "Fortæl igen efter", "Opnieuw melden na",
                "Eleza tena baada ya"
            )
        case .againHint:
            (
                "runs, or never", "kørsler, eller never (aldrig)", "runs, of never (nooit)",
                "zamu, au never (kamwe)"
            )
        case .preview: ("Preview", "Forhåndsvis", "Voorbeeld", "Hakiki")
        case .save: ("Save", "Gem", "Opslaan", "Hifadhi")
        case .cancel: ("Cancel", "Annullér", "Annuleren", "Ghairi")
        case .written:
            (
                "As its file says it", "Som filen siger det", "Zoals het bestand het zegt",
                "Kama faili linavyosema"
            )
        case .asText:
            (
                "This definition says more than the form can, so it is edited as it stands in its file.",
                "Denne definition siger mere, end formularen kan, så den redigeres, som den står i filen.",
                "Deze definitie zegt meer dan het formulier kan, dus wordt ze bewerkt zoals ze in het bestand staat.",
                "Ufafanuzi huu unasema zaidi ya fomu, kwa hiyo huhaririwa kama ulivyo katika faili."
            )
        case .nextRuns:
            (
                "Next ten runs", "De næste ti kørsler", "Volgende tien runs",
                "Zamu kumi zijazo"
            )
        case .rhythmDay: ("every day", "hver dag", "elke dag", "kila siku")
        case .rhythmWorkdays:
            (
                "Monday to Friday", "mandag til fredag", "maandag tot en met vrijdag",
                "Jumatatu hadi Ijumaa"
            )
        case .rhythmWeek: ("every week", "hver uge", "elke week", "kila wiki")
        case .rhythmBusinessDay:
            (
                "nth business day", "n-te arbejdsdag", "n-de werkdag",
                "siku ya kazi ya n"
            )
        case .rhythmDayOf: ("nth day", "n-te dag", "n-de dag", "siku ya n")
        case .rhythmWeekday: ("nth weekday", "n-te ugedag", "n-de weekdag", "siku ya wiki ya n")
        case .rhythmWeeks: ("every n weeks", "hver n. uge", "elke n weken", "kila wiki n")
        case .rhythmCron:
            (
                "by a cron line", "efter en cron-linje", "volgens een cronregel",
                "kwa mstari wa cron"
            )
        }
    }
}
