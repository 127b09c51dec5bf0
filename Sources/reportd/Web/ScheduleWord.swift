import Reports

/// The words of the pages of schedules and deliveries.
///
/// Templates know them by their raw names: `{{t.nextRun}}`.
enum ScheduleWord: String, Sendable, Hashable, TranslatedWord {
    case schedules, schedule, deliveries, newSchedule, edit, pause, resume, runNow, release, remove
    case nextRun, nextRuns, lastRun, latestRuns, notYet, covers, run, runs
    case definition, report, companies, timing, zone, period, format, waits, onlyWhen, file
    case recipients, recipient, language, eachAddress, readOnly, ownFile
    case trouble, state, reply, attempts, attempt, began, outcome, waitingFor
    case all, since, noSchedules, noSchedulesAdvice, noDeliveries, noDeliveriesAdvice, older
    case message, subject, wholeMessage, files, noMessage, sentView
    case compare, sameAsBefore, noEarlier, comparedWithRun, differences
    case resend, resendMeaning, unknownMeaning
    case links, linksMeaning, linkFile, linkUntil, linkEnded, linkRevoked, linkGone
    case taken, takenTimes, notTaken, unlink, unlinkMeaning, doneUnlinked
    case suppressed, suppressedAdvice, allow, unsubscribed, bounced, allSchedules
    case active, paused, held, late, troubled, waiting
    case planned, sending, sent, failed, unknown, skipped
    case donePaused, doneResumed, doneRun, doneNothing, doneReleased, doneResent, doneSaved
    case doneRemoved, doneAllowed, removeMeaning, sendRegularly

    /// The word for how a schedule stands.
    init(_ state: ScheduleStanding.State) {
        switch state {
        case .held: self = .held
        case .late: self = .late
        case .trouble: self = .troubled
        case .paused: self = .paused
        case .waiting: self = .waiting
        case .active: self = .active
        }
    }

    /// The word for a delivery's state.
    init(_ state: Delivery.State) {
        switch state {
        case .planned: self = .planned
        case .sending: self = .sending
        case .sent: self = .sent
        case .failed: self = .failed
        case .unknown: self = .unknown
        case .skipped: self = .skipped
        }
    }

    /// English, Danish, Dutch, Swahili.
    var translations: Translations {
        switch self {
        case .schedules: ("Schedules", "Tidsplaner", "Planning", "Ratiba")
        case .schedule: ("Schedule", "Tidsplan", "Planning", "Ratiba")
        case .deliveries: ("Deliveries", "Leveringer", "Verzendingen", "Uwasilishaji")
        case .newSchedule: ("New schedule", "Ny tidsplan", "Nieuwe planning", "Ratiba mpya")
        case .edit: ("Edit", "Redigér", "Bewerken", "Hariri")
        case .pause: ("Pause", "Sæt på pause", "Pauzeren", "Sitisha")
        case .resume: ("Resume", "Genoptag", "Hervatten", "Endelea")
        case .runNow:
            (
                "Send the latest run", "Send seneste kørsel", "Laatste run verzenden",
                "Tuma zamu ya mwisho"
            )
        case .release: ("Release", "Frigiv", "Vrijgeven", "Achilia")
        case .remove: ("Remove", "Fjern", "Verwijderen", "Ondoa")
        case .nextRun: ("Next run", "Næste kørsel", "Volgende run", "Zamu ijayo")
        case .nextRuns:
            ("Next ten runs", "De næste ti kørsler", "Volgende tien runs", "Zamu kumi zijazo")
        case .lastRun: ("Last run", "Seneste kørsel", "Laatste run", "Zamu ya mwisho")
        case .latestRuns:
            ("Latest runs", "Seneste kørsler", "Laatste runs", "Zamu za hivi karibuni")
        case .notYet: ("none yet", "ingen endnu", "nog geen", "bado hakuna")
        case .covers: ("Covers", "Dækker", "Beslaat", "Inahusu")
        case .run: ("Run", "Kørsel", "Run", "Zamu")
        case .runs: ("Runs", "Kørsler", "Runs", "Zamu")
        case .definition: ("Definition", "Definition", "Definitie", "Ufafanuzi")
        case .report: ("Report", "Rapport", "Rapport", "Ripoti")
        case .companies: ("Companies", "Virksomheder", "Bedrijven", "Kampuni")
        case .timing: ("When", "Hvornår", "Wanneer", "Lini")
        case .zone: ("On clocks of", "Efter uret i", "Volgens de klok van", "Kwa saa za")
        case .period: ("Period", "Periode", "Periode", "Kipindi")
        case .format: ("File", "Fil", "Bestand", "Faili")
        case .waits: ("Waits for data", "Venter på data", "Wacht op gegevens", "Husubiri data")
        case .onlyWhen: ("Only when", "Kun når", "Alleen als", "Ikiwa tu")
        case .file: ("Stands in", "Står i", "Staat in", "Ipo katika")
        case .recipients: ("Recipients", "Modtagere", "Ontvangers", "Wapokeaji")
        case .recipient: ("Recipient", "Modtager", "Ontvanger", "Mpokeaji")
        case .language: ("Language", "Sprog", "Taal", "Lugha")
        case .eachAddress:
            ("Each address of #", "Hver adresse i #", "Elk adres van #", "Kila anwani ya #")
        case .readOnly:
            (
                "It stands in the operator’s own folder, and is changed there.",
                "Den står i driftens egen mappe og ændres dér.",
                "Het staat in de map van de beheerder en wordt daar gewijzigd.",
                "Ipo katika folda ya mwendeshaji, na hubadilishwa huko."
            )
        case .ownFile:
            (
                "Made on these pages.", "Lavet på disse sider.", "Op deze pagina’s gemaakt.",
                "Ilitengenezwa kwenye kurasa hizi."
            )
        case .trouble:
            ("What needs you", "Det kræver dig", "Wat je aandacht vraagt", "Yanayokuhitaji")
        case .state: ("State", "Tilstand", "Toestand", "Hali")
        case .reply: ("What was said", "Hvad der blev sagt", "Wat er gezegd werd", "Kilichosemwa")
        case .attempts: ("Attempts", "Forsøg", "Pogingen", "Majaribio")
        case .attempt: ("Attempt", "Forsøg", "Poging", "Jaribio")
        case .began: ("Began", "Begyndt", "Begonnen", "Lilianza")
        case .outcome: ("Outcome", "Udfald", "Uitkomst", "Matokeo")
        case .waitingFor: ("waits for", "venter på", "wacht op", "inasubiri")
        case .all: ("All", "Alle", "Alle", "Zote")
        case .since: ("Since", "Siden", "Sinds", "Tangu")
        case .noSchedules:
            (
                "No schedules yet", "Ingen tidsplaner endnu", "Nog geen planning",
                "Bado hakuna ratiba"
            )
        case .noSchedulesAdvice:
            (
                "A schedule sends a report by itself, on the days and to the people that it names.",
                "En tidsplan sender en rapport af sig selv, de dage og til de personer, den nævner.",
                "Een planning verstuurt een rapport vanzelf, op de dagen en aan de mensen die erin staan.",
                "Ratiba hutuma ripoti yenyewe, siku na kwa watu inaowataja."
            )
        case .noDeliveries:
            ("No deliveries", "Ingen leveringer", "Geen verzendingen", "Hakuna uwasilishaji")
        case .noDeliveriesAdvice:
            (
                "A delivery is one message to one recipient. None fits what is asked for.",
                "En levering er én besked til én modtager. Ingen passer til det valgte.",
                "Een verzending is één bericht aan één ontvanger. Geen past bij de keuze.",
                "Uwasilishaji ni ujumbe mmoja kwa mpokeaji mmoja. Hakuna unaolingana."
            )
        case .older:
            (
                "Earlier deliveries", "Tidligere leveringer", "Eerdere verzendingen",
                "Za awali"
            )
        case .message:
            (
                "Message as sent", "Beskeden, som den blev sendt", "Bericht zoals verzonden",
                "Ujumbe kama ulivyotumwa"
            )
        case .subject: ("Subject", "Emne", "Onderwerp", "Mada")
        case .wholeMessage:
            (
                "Whole message (.eml)", "Hele beskeden (.eml)",
                "Hele bericht (.eml)", "Ujumbe wote (.eml)"
            )
        case .files: ("Files", "Filer", "Bestanden", "Mafaili")
        case .noMessage:
            (
                "No message is kept", "Ingen besked er gemt", "Er is geen bericht bewaard",
                "Hakuna ujumbe uliohifadhiwa"
            )
        case .sentView:
            (
                "The message, without links or scripts", "Beskeden, uden links og scripts",
                "Het bericht, zonder links en scripts", "Ujumbe, bila viungo wala programu"
            )
        case .compare:
            (
                "Compare with the issue before", "Sammenlign med forrige udgave",
                "Vergelijk met de vorige uitgave", "Linganisha na toleo lililotangulia"
            )
        case .sameAsBefore:
            (
                "Both show the same.", "Begge viser det samme.", "Beide tonen hetzelfde.",
                "Yote mawili yanaonyesha sawa."
            )
        case .noEarlier:
            (
                "No earlier issue to this recipient is kept.",
                "Ingen tidligere udgave til denne modtager er gemt.",
                "Er is geen eerdere uitgave aan deze ontvanger bewaard.",
                "Hakuna toleo la awali kwa mpokeaji huyu lililohifadhiwa."
            )
        case .comparedWithRun:
            (
                "Compared with the run of #", "Sammenlignet med kørslen #",
                "Vergeleken met de run van #", "Ikilinganishwa na zamu ya #"
            )
        case .differences: ("Differences", "Forskelle", "Verschillen", "Tofauti")
        case .resend: ("Send again", "Send igen", "Opnieuw verzenden", "Tuma tena")
        case .resendMeaning:
            (
                "The message is made anew, under what its recipient may see now and whatever the "
                    + "condition says, and bears the same Message-ID.",
                "Beskeden laves på ny, efter hvad modtageren må se nu og uanset betingelsen, og bærer "
                    + "samme Message-ID.",
                "Het bericht wordt opnieuw gemaakt, met wat de ontvanger nu mag zien en ongeacht de "
                    + "voorwaarde, en draagt dezelfde Message-ID.",
                "Ujumbe hutengenezwa upya, kwa yale mpokeaji anayoruhusiwa kuona sasa na bila kujali "
                    + "sharti, ukiwa na Message-ID ileile."
            )
        case .unknownMeaning:
            (
                "Unknown means: the message was handed over and no answer came, so it may have arrived. "
                    + "Ask the recipient first; sending again may bring it twice.",
                "Ukendt betyder: beskeden blev afleveret, og der kom intet svar, så den kan være nået "
                    + "frem. Spørg først modtageren; sendes den igen, kan den komme to gange.",
                "Onbekend betekent: het bericht is afgeleverd en er kwam geen antwoord, dus het kan zijn "
                    + "aangekomen. Vraag het eerst aan de ontvanger; opnieuw verzenden kan het dubbel bezorgen.",
                "Haijulikani maana yake: ujumbe ulikabidhiwa na hakukuja jibu, kwa hiyo huenda umefika. "
                    + "Muulize mpokeaji kwanza; ukitumwa tena unaweza kufika mara mbili."
            )
        case .links:
            (
                "Links to large files", "Links til store filer", "Links naar grote bestanden",
                "Viungo vya mafaili makubwa"
            )
        case .linksMeaning:
            (
                "The file was too large to come along. Whoever has the address gets it, without sign-in.",
                "Filen var for stor til at komme med. Enhver, der har adressen, får den, uden at logge ind.",
                "Het bestand was te groot om mee te sturen. Wie het adres heeft, krijgt het, zonder aan te melden.",
                "Faili lilikuwa kubwa mno kuambatishwa. Yeyote aliye na anwani hulipata, bila kuingia."
            )
        case .linkFile: ("File", "Fil", "Bestand", "Faili")
        case .linkUntil: ("until #", "indtil #", "tot #", "hadi #")
        case .linkEnded: ("ended #", "udløb #", "verlopen #", "kiliisha #")
        case .linkRevoked: ("revoked #", "tilbagekaldt #", "ingetrokken #", "kilibatilishwa #")
        case .linkGone:
            (
                "its message is kept no longer", "dens besked gemmes ikke længere",
                "het bericht wordt niet meer bewaard", "ujumbe wake hauhifadhiwi tena"
            )
        case .taken: ("Taken", "Hentet", "Opgehaald", "Kilichukuliwa")
        case .takenTimes: ("# ×, last @", "# ×, senest @", "# ×, laatst @", "# ×, mwisho @")
        case .notTaken: ("not yet", "ikke endnu", "nog niet", "bado")
        case .unlink:
            ("Revoke the links", "Tilbagekald links", "Links intrekken", "Batilisha viungo")
        case .unlinkMeaning:
            (
                "They lead nowhere from then on, and the files are removed. Sent again, the file is made "
                    + "anew and has another link.",
                "De fører derefter ingen steder hen, og filerne fjernes. Sendes den igen, laves filen på ny "
                    + "og får et andet link.",
                "Ze leiden daarna nergens meer heen en de bestanden worden verwijderd. Opnieuw verzonden "
                    + "wordt het bestand opnieuw gemaakt, met een andere link.",
                "Baada ya hapo haviongozi popote, na mafaili huondolewa. Ukitumwa tena, faili hutengenezwa "
                    + "upya na kupata kiungo kingine."
            )
        case .doneUnlinked:
            (
                "The links lead nowhere any more.", "Links fører ingen steder hen længere.",
                "De links leiden nergens meer heen.", "Viungo haviongozi popote tena."
            )
        case .suppressed:
            (
                "Who gets nothing more", "Hvem der ikke får mere", "Wie niets meer krijgt",
                "Wasiotumiwa tena"
            )
        case .suppressedAdvice:
            (
                "They have unsubscribed, or their mailbox does not exist.",
                "De har afmeldt sig, eller deres postkasse findes ikke.",
                "Zij hebben zich afgemeld, of hun postvak bestaat niet.",
                "Wamejiondoa, au kisanduku chao hakipo."
            )
        case .allow:
            (
                "Send to them again", "Send til dem igen", "Weer naar hen verzenden",
                "Watumie tena"
            )
        case .unsubscribed: ("unsubscribed", "afmeldt", "afgemeld", "amejiondoa")
        case .bounced:
            (
                "no such mailbox", "postkassen findes ikke", "postvak bestaat niet",
                "kisanduku hakipo"
            )
        case .allSchedules: ("all schedules", "alle tidsplaner", "alle planningen", "ratiba zote")
        case .active: ("Runs", "Kører", "Loopt", "Inafanya kazi")
        case .paused: ("Paused", "På pause", "Gepauzeerd", "Imesitishwa")
        case .held: ("Held back", "Holdt tilbage", "Vastgehouden", "Imezuiwa")
        case .late: ("Late", "Forsinket", "Te laat", "Imechelewa")
        case .troubled: ("In trouble", "Problemer", "Problemen", "Ina matatizo")
        case .waiting: ("Waits", "Venter", "Wacht", "Inasubiri")
        case .planned: ("Planned", "Planlagt", "Gepland", "Imepangwa")
        case .sending: ("Being sent", "Sendes", "Wordt verzonden", "Inatumwa")
        case .sent: ("Sent", "Sendt", "Verzonden", "Imetumwa")
        case .failed: ("Failed", "Mislykkedes", "Mislukt", "Imeshindikana")
        case .unknown: ("Unknown", "Ukendt", "Onbekend", "Haijulikani")
        case .skipped: ("Left out", "Udeladt", "Overgeslagen", "Imeachwa")
        case .donePaused:
            (
                "Paused. Runs that fall due meanwhile are left out.",
                "Sat på pause. Kørsler, der forfalder imens, udelades.",
                "Gepauzeerd. Runs die intussen vallen, worden overgeslagen.",
                "Imesitishwa. Zamu zitakazofika wakati huu zitaachwa."
            )
        case .doneResumed:
            (
                "It runs again, with its next run.", "Den kører igen fra næste kørsel.",
                "Hij loopt weer, vanaf de volgende run.", "Inaendelea tena, kuanzia zamu ijayo."
            )
        case .doneRun:
            (
                "The latest run is on its way to those who have not had it.",
                "Den seneste kørsel er på vej til dem, der ikke har fået den.",
                "De laatste run is onderweg naar wie hem nog niet heeft gehad.",
                "Zamu ya mwisho iko njiani kwa ambao hawajaipata."
            )
        case .doneNothing:
            (
                "Everybody has had the latest run. Open a delivery to send it again.",
                "Alle har fået den seneste kørsel. Åbn en levering for at sende den igen.",
                "Iedereen heeft de laatste run gehad. Open een verzending om die opnieuw te sturen.",
                "Kila mtu amepata zamu ya mwisho. Fungua uwasilishaji ili kuutuma tena."
            )
        case .doneReleased:
            (
                "The run is on its way.", "Kørslen er på vej.", "De run is onderweg.",
                "Zamu iko njiani."
            )
        case .doneResent:
            (
                "It is sent again within minutes.", "Den sendes igen inden for få minutter.",
                "Het wordt binnen enkele minuten opnieuw verzonden.",
                "Utatumwa tena ndani ya dakika chache."
            )
        case .doneSaved: ("Saved.", "Gemt.", "Opgeslagen.", "Imehifadhiwa.")
        case .doneRemoved: ("Removed.", "Fjernet.", "Verwijderd.", "Imeondolewa.")
        case .doneAllowed:
            (
                "Messages are sent there again.", "Der sendes beskeder dertil igen.",
                "Er worden weer berichten naartoe gestuurd.", "Ujumbe utatumwa huko tena."
            )
        case .removeMeaning:
            (
                "The file goes, and what was planned and is not sent is given up. What was sent stays.",
                "Filen fjernes, og det planlagte, der ikke er sendt, opgives. Det sendte bliver.",
                "Het bestand gaat weg, en wat gepland en niet verzonden is vervalt. Wat verzonden is blijft.",
                "Faili litaondolewa, na yaliyopangwa bila kutumwa yataachwa. Yaliyotumwa yatabaki."
            )
        case .sendRegularly:
            ("Send regularly", "Send jævnligt", "Regelmatig verzenden", "Tuma mara kwa mara")
        }
    }
}
