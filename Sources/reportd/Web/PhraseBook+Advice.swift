import Reports

extension PhraseBook {
    /// What goes wrong for readers, and what they can do about it.
    ///
    /// Mistakes in definition files, settings and sources are told to whoever operates the program, who
    /// reads them in the log as well, and stay in English.
    static let advice = PhraseBook(remedies + names + access + people + choices + sending)

    /// What to do, wherever it is said.
    private static let remedies = [
        Phrase(
            "did you mean ‘{1}’?", "mente du ‘{1}’?", "bedoelde je ‘{1}’?",
            "ulimaanisha ‘{1}’?"),
        Phrase("none is defined", "der er ingen", "er is er geen", "hakuna hata moja"),
        Phrase(
            "use one of: {1}", "brug en af: {1}", "gebruik een van: {1}",
            "tumia mojawapo ya: {1}"),
        Phrase(
            "{1} … ({2} in all)", "{1} … ({2} i alt)", "{1} … ({2} in totaal)", "{1} … (jumla {2})"),
        Phrase("leave it out", "udelad den", "laat hem weg", "iache"),
        Phrase("open it again", "åbn den igen", "open het opnieuw", "ifungue tena"),
        Phrase(
            "open the page again and repeat what you did",
            "åbn siden igen, og gentag det, du gjorde",
            "open de pagina opnieuw en herhaal wat je deed",
            "fungua ukurasa tena na urudie ulichofanya"),
        Phrase(
            "open the page here and try again", "åbn siden her, og prøv igen",
            "open de pagina hier en probeer het opnieuw", "fungua ukurasa hapa na ujaribu tena"),
        Phrase("try again", "prøv igen", "probeer het opnieuw", "jaribu tena"),
        Phrase(
            "try again in {1}", "prøv igen om {1}", "probeer het over {1} opnieuw",
            "jaribu tena baada ya {1}"),
        Phrase("a second", "et sekund", "een seconde", "sekunde moja"),
        Phrase(counting: "{1} seconds", "{1} sekunder", "{1} seconden", "sekunde {1}"),
        Phrase(counting: "{1} minutes", "{1} minutter", "{1} minuten", "dakika {1}"),
        Phrase(
            "nothing is left to do", "der er ikke mere at gøre", "er is niets meer te doen",
            "hakuna la kufanya tena"),
        Phrase(
            "choose another name", "vælg et andet navn", "kies een andere naam",
            "chagua jina jingine"),
        Phrase("choose a longer one", "vælg en længere", "kies een langer", "chagua refu zaidi"),
        Phrase("choose a shorter one", "vælg en kortere", "kies een korter", "chagua fupi zaidi"),
        Phrase("write one", "skriv en", "schrijf er een", "andika moja"),
        Phrase(
            "write a shorter one", "skriv en kortere", "schrijf een kortere", "andika fupi zaidi"),
        Phrase(
            "check the address, or start from the dashboards",
            "kontrollér adressen, eller start fra dashboards",
            "controleer het adres, of begin bij de dashboards",
            "hakikisha anwani, au anza kwenye dashibodi"),
        Phrase(
            "GET /api/v1 lists the addresses", "GET /api/v1 viser adresserne",
            "GET /api/v1 toont de adressen", "GET /api/v1 huorodhesha anwani"),
        Phrase(
            "try again; the operator finds the cause in the log",
            "prøv igen; driften finder årsagen i loggen",
            "probeer het opnieuw; de beheerder van het systeem vindt de oorzaak in het logboek",
            "jaribu tena; mwendeshaji wa mfumo ataona sababu kwenye kumbukumbu"),
    ]

    /// Names that nothing has.
    private static let names = [
        Phrase(
            "there is nothing at this address", "der er ikke noget på denne adresse",
            "er is niets op dit adres", "hakuna kitu kwenye anwani hii"),
        Phrase(
            "there is no dashboard ‘{1}’", "der er intet dashboard ‘{1}’",
            "er is geen dashboard ‘{1}’", "hakuna dashibodi ‘{1}’"),
        Phrase(
            "there is no report ‘{1}’", "der er ingen rapport ‘{1}’", "er is geen rapport ‘{1}’",
            "hakuna ripoti ‘{1}’"),
        Phrase(
            "there is no metric ‘{1}’", "der er intet nøgletal ‘{1}’",
            "er is geen kerncijfer ‘{1}’", "hakuna takwimu ‘{1}’"),
        Phrase(
            "there is no company ‘{1}’", "der er ingen virksomhed ‘{1}’",
            "er is geen bedrijf ‘{1}’", "hakuna kampuni ‘{1}’"),
        Phrase(
            "there is no group ‘{1}’", "der er ingen gruppe ‘{1}’", "er is geen groep ‘{1}’",
            "hakuna kundi ‘{1}’"),
        Phrase(
            "there is no schedule ‘{1}’", "der er ingen tidsplan ‘{1}’",
            "er is geen planning ‘{1}’",
            "hakuna ratiba ‘{1}’"),
        Phrase(
            "there is no delivery ‘{1}’", "der er ingen levering ‘{1}’",
            "er is geen verzending ‘{1}’", "hakuna uwasilishaji ‘{1}’"),
        Phrase(
            "look for it in the list of deliveries", "led efter den i listen over leveringer",
            "zoek hem in de lijst met verzendingen", "itafute katika orodha ya uwasilishaji"),
        Phrase(
            "there is no such export", "der er ingen sådan eksport", "zo’n export is er niet",
            "hakuna faili kama hilo"),
        Phrase(
            "GET /api/v1/exports lists yours", "GET /api/v1/exports viser dine",
            "GET /api/v1/exports toont de jouwe", "GET /api/v1/exports huorodhesha yako"),
        Phrase(
            "there is no user ‘{1}’", "der er ingen bruger ‘{1}’", "er is geen gebruiker ‘{1}’",
            "hakuna mtumiaji ‘{1}’"),
        Phrase(
            "something went wrong on our side", "noget gik galt hos os",
            "er ging bij ons iets mis", "hitilafu imetokea upande wetu"),
    ]

    /// Who may come in, and what they may do.
    private static let access = [
        Phrase(
            "the name or the password is not right", "navnet eller adgangskoden er forkert",
            "de naam of het wachtwoord klopt niet", "jina au nenosiri si sahihi"),
        Phrase(
            "try again, or ask an administrator for a new password",
            "prøv igen, eller bed en administrator om en ny adgangskode",
            "probeer het opnieuw, of vraag een beheerder om een nieuw wachtwoord",
            "jaribu tena, au mwombe msimamizi nenosiri jipya"),
        Phrase(
            "too many attempts to sign in", "for mange forsøg på at logge ind",
            "te veel pogingen om in te loggen", "majaribio mengi mno ya kuingia"),
        Phrase(
            "this form is not of your present session",
            "denne formular hører ikke til dit nuværende login",
            "dit formulier hoort niet bij je huidige sessie",
            "fomu hii si ya kipindi chako cha sasa"),
        Phrase(
            "the form does not say what to do", "formularen siger ikke, hvad der skal gøres",
            "het formulier zegt niet wat er moet gebeuren", "fomu haisemi la kufanya"),
        Phrase(
            "this request came from another site", "denne forespørgsel kom fra et andet websted",
            "dit verzoek kwam van een andere site", "ombi hili limetoka tovuti nyingine"),
        Phrase(
            "this is not for the role {1}", "dette er ikke for rollen {1}",
            "dit is niet voor de rol {1}", "hii si ya wajibu wa {1}"),
        Phrase(
            "ask an administrator for what you need of it",
            "bed en administrator om det, du har brug for",
            "vraag een beheerder om wat je ervan nodig hebt", "mwombe msimamizi unachohitaji"),
        Phrase(
            "the role {1} may not take files away", "rollen {1} må ikke hente filer",
            "de rol {1} mag geen bestanden meenemen", "wajibu wa {1} hauruhusiwi kuchukua mafaili"),
        Phrase(
            "ask an administrator for another role", "bed en administrator om en anden rolle",
            "vraag een beheerder om een andere rol", "mwombe msimamizi wajibu mwingine"),
        Phrase(
            "this sign-in was not begun in this browser, or took too long",
            "dette login blev ikke begyndt i denne browser, eller tog for lang tid",
            "dit inloggen is niet in deze browser begonnen, of duurde te lang",
            "kuingia huku hakukuanzia kwenye kivinjari hiki, au kumechukua muda mrefu mno"),
        Phrase(
            "the identity provider did not let you in", "identitetsudbyderen lukkede dig ikke ind",
            "de identiteitsprovider liet je niet binnen",
            "mtoa utambulisho hakukuruhusu kuingia"),
        Phrase(
            "sign in again, or ask an administrator", "log ind igen, eller spørg en administrator",
            "log opnieuw in, of vraag een beheerder", "ingia tena, au muulize msimamizi"),
        Phrase(
            "this link shows nothing, or nothing any more",
            "dette link viser ikke noget, eller ikke længere",
            "deze link toont niets, of niets meer",
            "kiungo hiki hakionyeshi kitu, au hakionyeshi tena"),
        Phrase(
            "ask whoever gave it to you for a new one", "bed den, der gav dig det, om et nyt",
            "vraag degene van wie je hem hebt om een nieuwe", "mwombe aliyekupa akupe kipya"),
        Phrase(
            "a guest cannot choose ‘{1}’", "en gæst kan ikke vælge ‘{1}’",
            "een gast kan ‘{1}’ niet kiezen", "mgeni hawezi kuchagua ‘{1}’"),
        Phrase(
            "this link does not lead to a file, or not any more",
            "dette link fører ikke til en fil, eller ikke længere",
            "deze link leidt niet naar een bestand, of niet meer",
            "kiungo hiki hakielekezi kwenye faili, au hakielekezi tena"),
        Phrase(
            "ask whoever gave it to you for another", "bed den, der gav dig det, om et andet",
            "vraag degene van wie je hem hebt om een andere", "mwombe aliyekupa akupe kingine"),
    ]

    /// People, their passwords, and what lets others in.
    private static let people = [
        Phrase(
            "the two passwords are not the same", "de to adgangskoder er ikke ens",
            "de twee wachtwoorden zijn niet gelijk", "manenosiri mawili hayalingani"),
        Phrase(
            "type it twice alike", "skriv den ens to gange", "typ het twee keer hetzelfde",
            "liandike mara mbili sawasawa"),
        Phrase(
            "the password has fewer than {1} characters", "adgangskoden har færre end {1} tegn",
            "het wachtwoord heeft minder dan {1} tekens", "nenosiri lina herufi chini ya {1}"),
        Phrase(
            "the password has more than {1} characters", "adgangskoden har mere end {1} tegn",
            "het wachtwoord heeft meer dan {1} tekens", "nenosiri lina herufi zaidi ya {1}"),
        Phrase(
            "the present password is not right", "den nuværende adgangskode er forkert",
            "het huidige wachtwoord klopt niet", "nenosiri la sasa si sahihi"),
        Phrase(
            "you did not sign in with a password here",
            "du loggede ikke ind med en adgangskode her",
            "je bent hier niet met een wachtwoord ingelogd", "hukuingia hapa kwa nenosiri"),
        Phrase(
            "sign in with one first", "log først ind med en", "log daar eerst mee in",
            "ingia kwa nenosiri kwanza"),
        Phrase(
            "you are not signed in there any more", "du er ikke længere logget ind der",
            "je bent daar niet meer ingelogd", "hujaingia tena huko"),
        Phrase(
            "nobody signs in with a password here", "ingen logger ind med adgangskode her",
            "hier logt niemand met een wachtwoord in", "hakuna anayeingia hapa kwa nenosiri"),
        Phrase(
            "sign in with the identity provider", "log ind hos identitetsudbyderen",
            "log in bij de identiteitsprovider", "ingia kupitia mtoa utambulisho"),
        Phrase(
            "let people in at the identity provider", "luk folk ind hos identitetsudbyderen",
            "laat mensen toe bij de identiteitsprovider",
            "waruhusu watu kupitia mtoa utambulisho"),
        Phrase(
            "this invitation is not good any more, or was used already",
            "denne invitation gælder ikke længere eller er allerede brugt",
            "deze uitnodiging geldt niet meer, of is al gebruikt",
            "mwaliko huu hautumiki tena, au umekwisha kutumika"),
        Phrase(
            "ask whoever invited you to send it again",
            "bed den, der inviterede dig, sende den igen",
            "vraag wie je uitnodigde om hem opnieuw te sturen",
            "mwombe aliyekualika autume tena"),
        Phrase(
            "this address is not good any more, or was used already",
            "denne adresse gælder ikke længere eller er allerede brugt",
            "dit adres geldt niet meer, of is al gebruikt",
            "anwani hii haitumiki tena, au imekwisha kutumika"),
        Phrase(
            "ask for another one on the sign-in page", "bed om en ny på login-siden",
            "vraag een nieuw adres op de inlogpagina", "omba nyingine kwenye ukurasa wa kuingia"),
        Phrase(
            "‘{1}’ is the last administrator of {2}", "‘{1}’ er den sidste administrator i {2}",
            "‘{1}’ is de laatste beheerder van {2}", "‘{1}’ ndiye msimamizi wa mwisho wa {2}"),
        Phrase(
            "make somebody else an ADMIN there first", "gør først en anden til ADMIN der",
            "maak daar eerst iemand anders ADMIN", "mfanye kwanza mtu mwingine ADMIN hapo"),
        Phrase(
            "no company is chosen", "der er ikke valgt nogen virksomhed",
            "er is geen bedrijf gekozen", "hakuna kampuni iliyochaguliwa"),
        Phrase(
            "choose at least one that they may see", "vælg mindst én, som de må se",
            "kies er minstens één die ze mogen zien", "chagua angalau moja wanayoruhusiwa kuona"),
        Phrase(
            "a SALES_REP sees only rows of their own, and none is named",
            "en SALES_REP ser kun egne rækker, og ingen er nævnt",
            "een SALES_REP ziet alleen eigen rijen, en er is geen sleutel genoemd",
            "SALES_REP huona safu zake tu, na hakuna ufunguo uliotajwa"),
        Phrase(
            "add their key among the users of the sales system",
            "tilføj deres nøgle blandt brugerne i salgssystemet",
            "voeg hun sleutel bij de gebruikers van het verkoopsysteem toe",
            "ongeza ufunguo wao kati ya watumiaji wa mfumo wa mauzo"),
        Phrase(
            "the name ‘{1}’ is taken", "navnet ‘{1}’ er optaget", "de naam ‘{1}’ is al in gebruik",
            "jina ‘{1}’ limechukuliwa"),
        Phrase(
            "choose another name, or send the invitation of that name again",
            "vælg et andet navn, eller send invitationen til det navn igen",
            "kies een andere naam, of stuur de uitnodiging voor die naam opnieuw",
            "chagua jina jingine, au tuma tena mwaliko wa jina hilo"),
        Phrase(
            "‘{1}’ has companies besides yours", "‘{1}’ har andre virksomheder end dine",
            "‘{1}’ heeft ook andere bedrijven dan jij", "‘{1}’ ana kampuni nyingine zaidi ya zako"),
        Phrase(
            "ask an administrator of all of them, or whoever operates reportd",
            "spørg en administrator for dem alle, eller den, der driver reportd",
            "vraag een beheerder van al die bedrijven, of wie reportd draait",
            "muulize msimamizi wa zote, au anayeendesha reportd"),
        Phrase(
            "there is nothing of this number that could be revoked",
            "der er intet med dette nummer, som kan tilbagekaldes",
            "er is niets met dit nummer dat kan worden ingetrokken",
            "hakuna chenye namba hii kinachoweza kubatilishwa"),
        Phrase(
            "open the list of keys and links again", "åbn listen over nøgler og links igen",
            "open de lijst met sleutels en links opnieuw", "fungua tena orodha ya funguo na viungo"),
    ]

    /// What can be looked at, and how.
    private static let choices = [
        Phrase(
            "the parameter ‘{1}’ is not known", "parameteren ‘{1}’ er ukendt",
            "de parameter ‘{1}’ is niet bekend", "kigezo ‘{1}’ hakijulikani"),
        Phrase(
            "‘{1}’ to ‘{2}’ is not a period", "‘{1}’ til ‘{2}’ er ikke en periode",
            "‘{1}’ tot ‘{2}’ is geen periode", "‘{1}’ hadi ‘{2}’ si kipindi"),
        Phrase(
            "‘{1}’ is not a period", "‘{1}’ er ikke en periode", "‘{1}’ is geen periode",
            "‘{1}’ si kipindi"),
        Phrase(
            "use a name such as this-month, last-30-days, 2026-06, 2026-Q2 or 2026-06-01..2026-06-30",
            "brug et navn som this-month, last-30-days, 2026-06, 2026-Q2 eller "
                + "2026-06-01..2026-06-30",
            "gebruik een naam als this-month, last-30-days, 2026-06, 2026-Q2 of "
                + "2026-06-01..2026-06-30",
            "tumia jina kama this-month, last-30-days, 2026-06, 2026-Q2 au 2026-06-01..2026-06-30"),
        Phrase(
            "write days as 2026-06-01, and see that they exist",
            "skriv dage som 2026-06-01, og se efter, at de findes",
            "schrijf dagen als 2026-06-01, en let op dat ze bestaan",
            "andika siku kama 2026-06-01, na uhakikishe zipo"),
        Phrase(
            "‘{1}’ is not a comparison", "‘{1}’ er ikke en sammenligning",
            "‘{1}’ is geen vergelijking", "‘{1}’ si ulinganisho"),
        Phrase(
            "‘from’ and ‘to’ belong together", "‘from’ og ‘to’ hører sammen",
            "‘from’ en ‘to’ horen bij elkaar", "‘from’ na ‘to’ huenda pamoja"),
        Phrase(
            "give both days, or a period", "giv begge dage, eller en periode",
            "geef beide dagen, of een periode", "toa siku zote mbili, au kipindi"),
        Phrase(
            "there are no figures to explore yet", "der er endnu ingen tal at udforske",
            "er zijn nog geen cijfers om te verkennen", "bado hakuna takwimu za kuchunguza"),
        Phrase(
            "wait until a source has been read; /health tells of each",
            "vent, til en kilde er indlæst; /health fortæller om hver",
            "wacht tot een bron is gelezen; /health vertelt over elke bron",
            "subiri hadi chanzo kisomwe; /health hueleza kila kimoja"),
        Phrase(
            "the {1} has no title", "{1} har ingen titel", "{1} heeft geen titel",
            "{1} haina kichwa"),
        Phrase("card", "kortet", "de kaart", "kadi"),
        Phrase("dashboard", "dashboardet", "het dashboard", "dashibodi"),
        Phrase(
            "‘{1}’ shows dates, and the companies asked for have different time zones",
            "‘{1}’ viser datoer, og de valgte virksomheder har forskellige tidszoner",
            "‘{1}’ toont datums, en de gekozen bedrijven hebben verschillende tijdzones",
            "‘{1}’ inaonyesha tarehe, na kampuni zilizochaguliwa zina kanda tofauti za saa"),
        Phrase(
            "ask for one company, or for companies of one zone",
            "vælg én virksomhed, eller virksomheder i én tidszone",
            "kies één bedrijf, of bedrijven in één tijdzone",
            "chagua kampuni moja, au kampuni za ukanda mmoja wa saa"),
        Phrase(
            "the new dashboard has no name", "det nye dashboard har intet navn",
            "het nieuwe dashboard heeft geen naam", "dashibodi mpya haina jina"),
        Phrase(
            "choose one of small letters, digits and -", "vælg et af små bogstaver, tal og -",
            "kies er een van kleine letters, cijfers en -", "chagua la herufi ndogo, tarakimu na -"),
        Phrase(
            "‘{1}’ has been removed since you opened the page",
            "‘{1}’ er blevet fjernet, siden du åbnede siden",
            "‘{1}’ is verwijderd sinds je de pagina opende",
            "‘{1}’ imeondolewa tangu ulipofungua ukurasa"),
        Phrase(
            "‘{1}’ has been changed since you opened it", "‘{1}’ er ændret, siden du åbnede den",
            "‘{1}’ is gewijzigd sinds je het opende", "‘{1}’ imebadilishwa tangu ulipoifungua"),
    ]

    /// Schedules, deliveries and exports.
    private static let sending = [
        Phrase(
            "‘{1}’ is paused, so nothing of it is sent", "‘{1}’ er sat på pause, så intet sendes",
            "‘{1}’ is gepauzeerd, dus er wordt niets verzonden",
            "‘{1}’ imesitishwa, kwa hiyo hakuna kinachotumwa"),
        Phrase("resume it first", "genoptag den først", "hervat het eerst", "iendeleze kwanza"),
        Phrase(
            "the schedule has no name", "tidsplanen har intet navn", "de planning heeft geen naam",
            "ratiba haina jina"),
        Phrase(
            "add a line ‘schedule: …’", "tilføj en linje ‘schedule: …’",
            "voeg een regel ‘schedule: …’ toe", "ongeza mstari ‘schedule: …’"),
        Phrase(
            "the schedule shows companies that are not yours",
            "tidsplanen viser virksomheder, der ikke er dine",
            "de planning toont bedrijven die niet van jou zijn",
            "ratiba inaonyesha kampuni ambazo si zako"),
        Phrase(
            "name only those that you see", "nævn kun dem, du ser", "noem alleen die je ziet",
            "taja zile unazoziona tu"),
        Phrase(
            "this is not an address that ends a subscription",
            "dette er ikke en adresse, der afslutter et abonnement",
            "dit is geen adres dat een abonnement beëindigt",
            "hii si anwani ya kusitisha usajili"),
        Phrase(
            "the file is not there yet", "filen er der ikke endnu", "het bestand is er nog niet",
            "faili bado halipo"),
    ]
}
