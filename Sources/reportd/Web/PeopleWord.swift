import Reports

/// The words of the pages about people, their passwords, keys and links.
///
/// Templates know them by their raw names, as those of `PageWord`.
enum PeopleWord: String, Sendable, Hashable, TranslatedWord {
    case accessPages, keysAndLinks
    case mailAddress, role, userKey, userKeyAdvice, companiesSeen, mailLanguage, companysLanguage
    case inviteSomebody, invite, save, changePerson, removePerson, sendReset, inviteAgain
    case withdraw, yourself, invitedUntil, invitationOver, lastSignIn, neverSignedIn
    case alsoOtherCompanies, invitationSent, resetSent, addressOnce, secretOnce, personChanged
    case personRemoved, noMailServer
    case apiKeys, guestLinks, tokens, noneYet, revoke, validUntil, revokedOn, expiredOn
    case lastUsed, neverUsed, scopes, scopesAdvice, days, givenName, makeKey, makeGuest, frames
    case framesAdvice, dashboardShown, keyMade, guestMade, grantRevoked, tokensAdvice
    case account, passwordTitle, presentPassword, newPassword, newPasswordAgain, passwordAdvice
    case changePassword, passwordChanged, passwordElsewhere
    case signedInAt, thisSession, endSession, endOthers, sessionsEnded, since, unknownBrowser
    case applicationSession, providerSessions, visitorSignedOut
    case choosePassword, youWillBe, forgotPassword, forgotLead, nameOrMail, sendAddress
    case forgotDone, forgotNoMail, notDone

    /// English, Danish, Dutch, Swahili.
    var translations: Translations {
        switch self {
        case .accessPages: ("Administration", "Administration", "Beheer", "Usimamizi")
        case .keysAndLinks:
            ("Keys and links", "Nøgler og links", "Sleutels en links", "Funguo na viungo")
        case .mailAddress: ("Mail address", "Mailadresse", "Mailadres", "Anwani ya barua pepe")
        case .role: ("Role", "Rolle", "Rol", "Wajibu")
        case .userKey:
            (
                "Key in the sales system", "Nøgle i salgssystemet", "Sleutel in het verkoopsysteem",
                "Ufunguo katika mfumo wa mauzo"
            )
        case .userKeyAdvice:
            (
                "Only for a sales representative: whose rows they see.",
                "Kun for en sælger: hvis rækker de ser.",
                "Alleen voor een verkoper: wiens rijen deze ziet.",
                "Kwa muuzaji tu: safu za nani anaziona."
            )
        case .companiesSeen: ("Companies", "Virksomheder", "Bedrijven", "Kampuni")
        case .mailLanguage:
            ("Language of mail", "Mailens sprog", "Taal van mail", "Lugha ya barua pepe")
        case .companysLanguage:
            ("As the company's", "Som virksomhedens", "Zoals van het bedrijf", "Kama ya kampuni")
        case .inviteSomebody:
            ("Invite somebody", "Invitér nogen", "Nodig iemand uit", "Alika mtu")
        case .invite: ("Invite", "Invitér", "Uitnodigen", "Alika")
        case .save: ("Save", "Gem", "Opslaan", "Hifadhi")
        case .changePerson: ("Change", "Ændr", "Wijzigen", "Badilisha")
        case .removePerson: ("Remove", "Fjern", "Verwijderen", "Ondoa")
        case .sendReset:
            (
                "Send a new password", "Send en ny adgangskode", "Stuur een nieuw wachtwoord",
                "Tuma nenosiri jipya"
            )
        case .inviteAgain:
            ("Send again", "Send igen", "Opnieuw sturen", "Tuma tena")
        case .withdraw: ("Withdraw", "Træk tilbage", "Intrekken", "Futa mwaliko")
        case .yourself: ("you", "dig", "jij", "wewe")
        case .invitedUntil:
            ("invited until #", "inviteret til #", "uitgenodigd tot #", "amealikwa hadi #")
        case .invitationOver:
            (
                "invitation ended #", "invitationen udløb #", "uitnodiging verlopen op #",
                "mwaliko uliisha #"
            )
        case .lastSignIn:
            ("signed in #", "logget ind #", "ingelogd #", "aliingia #")
        case .neverSignedIn:
            (
                "has not signed in", "har ikke logget ind", "heeft nog niet ingelogd",
                "hajaingia bado"
            )
        case .alsoOtherCompanies:
            (
                "sees companies besides yours", "ser andre virksomheder end dine",
                "ziet ook andere bedrijven dan de jouwe", "huona kampuni nyingine pia"
            )
        case .invitationSent:
            (
                "An invitation went to #.", "En invitation er sendt til #.",
                "Er is een uitnodiging gestuurd naar #.", "Mwaliko umetumwa kwa #."
            )
        case .resetSent:
            (
                "An address to choose a new password went to #.",
                "En adresse til at vælge en ny adgangskode er sendt til #.",
                "Er is een adres om een nieuw wachtwoord te kiezen gestuurd naar #.",
                "Anwani ya kuchagua nenosiri jipya imetumwa kwa #."
            )
        case .addressOnce:
            (
                "No mail was sent. Hand this address over yourself.",
                "Der er ikke sendt en mail. Giv selv denne adresse videre.",
                "Er is geen mail gestuurd. Geef dit adres zelf door.",
                "Barua pepe haikutumwa. Mpe anwani hii mwenyewe."
            )
        case .secretOnce:
            (
                "It is shown only now:", "Den vises kun nu:", "Alleen nu te zien:",
                "Inaonyeshwa sasa tu:"
            )
        case .personChanged:
            ("# was changed.", "# er ændret.", "# is gewijzigd.", "# amebadilishwa.")
        case .personRemoved:
            ("# was removed.", "# er fjernet.", "# is verwijderd.", "# ameondolewa.")
        case .noMailServer:
            (
                "Without a mail server in the configuration, addresses are shown here instead of sent.",
                "Uden en mailserver i konfigurationen vises adresser her i stedet for at blive sendt.",
                "Zonder mailserver in de configuratie staan adressen hier in plaats van in een mail.",
                "Bila seva ya barua pepe katika usanidi, anwani huonyeshwa hapa badala ya kutumwa."
            )
        case .apiKeys: ("API keys", "API-nøgler", "API-sleutels", "Funguo za API")
        case .guestLinks: ("Guest links", "Gæstelinks", "Gastlinks", "Viungo vya wageni")
        case .tokens: ("Tokens", "Tokens", "Tokens", "Tokeni")
        case .noneYet: ("None", "Ingen", "Geen", "Hakuna")
        case .revoke: ("Revoke", "Tilbagekald", "Intrekken", "Batilisha")
        case .validUntil: ("until #", "til #", "tot #", "hadi #")
        case .revokedOn: ("revoked #", "tilbagekaldt #", "ingetrokken #", "ilibatilishwa #")
        case .expiredOn: ("expired #", "udløbet #", "verlopen #", "iliisha #")
        case .lastUsed: ("last used #", "sidst brugt #", "laatst gebruikt #", "ilitumika #")
        case .neverUsed: ("never used", "aldrig brugt", "nooit gebruikt", "haijatumika")
        case .scopes: ("What it opens", "Hvad den åbner", "Wat hij opent", "Inafungua nini")
        case .scopesAdvice:
            (
                "Nothing chosen: all that the role may do.", "Intet valgt: alt, hvad rollen må.",
                "Niets gekozen: alles wat de rol mag.",
                "Bila kuchagua: yote yanayoruhusiwa na wajibu."
            )
        case .days: ("Days", "Dage", "Dagen", "Siku")
        case .givenName: ("What it is for", "Hvad den er til", "Waarvoor", "Ni ya nini")
        case .makeKey: ("Make a key", "Lav en nøgle", "Sleutel maken", "Tengeneza ufunguo")
        case .makeGuest:
            (
                "Make a guest link", "Lav et gæstelink", "Gastlink maken",
                "Tengeneza kiungo cha mgeni"
            )
        case .frames:
            (
                "Pages that may frame it", "Sider, der må vise det i en ramme",
                "Pagina's die het mogen insluiten", "Kurasa zinazoweza kuionyesha"
            )
        case .framesAdvice:
            (
                "As https://portal.example.com, several with spaces; empty for none.",
                "Som https://portal.example.com, flere med mellemrum; tom for ingen.",
                "Zoals https://portal.example.com, meer met spaties; leeg voor geen.",
                "Kama https://portal.example.com, zaidi kwa nafasi; tupu kwa hakuna."
            )
        case .dashboardShown: ("Dashboard", "Dashboard", "Dashboard", "Dashibodi")
        case .keyMade:
            (
                "The key ‘#’ was made.", "Nøglen ‘#’ er lavet.", "De sleutel ‘#’ is gemaakt.",
                "Ufunguo ‘#’ umetengenezwa."
            )
        case .guestMade:
            (
                "The guest link ‘#’ was made.", "Gæstelinket ‘#’ er lavet.",
                "De gastlink ‘#’ is gemaakt.", "Kiungo cha mgeni ‘#’ kimetengenezwa."
            )
        case .grantRevoked:
            ("It was revoked.", "Den er tilbagekaldt.", "Hij is ingetrokken.", "Imebatilishwa.")
        case .tokensAdvice:
            (
                "Made with ‘reportd token’ on the server.",
                "Lavet med ‘reportd token’ på serveren.",
                "Gemaakt met ‘reportd token’ op de server.",
                "Hutengenezwa kwa ‘reportd token’ kwenye seva."
            )
        case .account: ("Your account", "Din konto", "Je account", "Akaunti yako")
        case .passwordTitle: ("Your password", "Din adgangskode", "Je wachtwoord", "Nenosiri lako")
        case .presentPassword:
            (
                "Present password", "Nuværende adgangskode", "Huidig wachtwoord",
                "Nenosiri la sasa"
            )
        case .newPassword: ("New password", "Ny adgangskode", "Nieuw wachtwoord", "Nenosiri jipya")
        case .newPasswordAgain:
            (
                "New password again", "Ny adgangskode igen", "Nieuw wachtwoord nog eens",
                "Nenosiri jipya tena"
            )
        case .passwordAdvice:
            (
                "At least # characters; a few words are easy to remember.",
                "Mindst # tegn; nogle få ord er lette at huske.",
                "Minstens # tekens; een paar woorden zijn makkelijk te onthouden.",
                "Angalau herufi #; maneno machache ni rahisi kukumbuka."
            )
        case .changePassword:
            ("Change password", "Skift adgangskode", "Wachtwoord wijzigen", "Badilisha nenosiri")
        case .passwordChanged:
            (
                "Your password was changed. You are signed out everywhere else.",
                "Din adgangskode er skiftet. Du er logget ud alle andre steder.",
                "Je wachtwoord is gewijzigd. Je bent overal elders uitgelogd.",
                "Nenosiri lako limebadilishwa. Umetolewa kwingine kote."
            )
        case .passwordElsewhere:
            (
                "You did not sign in with a password of this program, so there is none to change.",
                "Du er ikke logget ind med en adgangskode til dette program, så der er ingen at skifte.",
                "Je bent niet met een wachtwoord van dit programma ingelogd, dus er valt niets te wijzigen.",
                "Hukuingia kwa nenosiri la programu hii, kwa hiyo hakuna la kubadilisha."
            )
        case .signedInAt:
            (
                "Where you are signed in", "Hvor du er logget ind", "Waar je bent ingelogd",
                "Mahali ulipoingia"
            )
        case .thisSession: ("here", "her", "hier", "hapa")
        case .endSession: ("Sign out there", "Log ud dér", "Daar uitloggen", "Toka huko")
        case .endOthers:
            (
                "Sign out everywhere else", "Log ud alle andre steder", "Overal elders uitloggen",
                "Toka kwingine kote"
            )
        case .sessionsEnded:
            (
                "You are signed out there.", "Du er logget ud dér.", "Je bent daar uitgelogd.",
                "Umetolewa huko."
            )
        case .since: ("since #", "siden #", "sinds #", "tangu #")
        case .unknownBrowser:
            ("A browser", "En browser", "Een browser", "Kivinjari")
        case .providerSessions:
            (
                "Signed in through the identity provider", "Logget ind via identitetsudbyderen",
                "Ingelogd via de identiteitsprovider", "Walioingia kupitia mtoa utambulisho"
            )
        case .visitorSignedOut:
            (
                "They are signed out there.", "De er logget ud dér.", "Ze zijn daar uitgelogd.",
                "Wametolewa huko."
            )
        case .applicationSession:
            ("An application", "Et program", "Een toepassing", "Programu nyingine")
        case .choosePassword:
            ("Choose a password", "Vælg en adgangskode", "Kies een wachtwoord", "Chagua nenosiri")
        case .youWillBe:
            (
                "You sign in as #.", "Du logger ind som #.", "Je logt in als #.",
                "Unaingia kama #."
            )
        case .forgotPassword:
            (
                "Forgot your password?", "Glemt din adgangskode?", "Wachtwoord vergeten?",
                "Umesahau nenosiri?"
            )
        case .forgotLead:
            (
                "An address to choose another comes by mail.",
                "Du får en mail med en adresse til at vælge en ny.",
                "Je krijgt een mail met een adres om een nieuw te kiezen.",
                "Utapokea barua pepe yenye anwani ya kuchagua jipya."
            )
        case .nameOrMail:
            (
                "Name or mail address", "Navn eller mailadresse", "Naam of mailadres",
                "Jina au anwani ya barua pepe"
            )
        case .sendAddress: ("Send", "Send", "Versturen", "Tuma")
        case .forgotDone:
            (
                "If somebody of that name has a mailbox here, a mail is on its way. It is good for an "
                    + "hour. Nothing came? Ask an administrator.",
                "Hvis nogen med det navn har en mailadresse her, er en mail på vej. Den gælder i en "
                    + "time. Kom der ingen? Spørg en administrator.",
                "Als iemand met die naam hier een mailadres heeft, is er een mail onderweg. Die geldt "
                    + "een uur. Niets gekregen? Vraag een beheerder.",
                "Kama mtu wa jina hilo ana anwani ya barua pepe hapa, barua iko njiani. Hutumika kwa "
                    + "saa moja. Haikufika? Muulize msimamizi."
            )
        case .forgotNoMail:
            (
                "This program sends no mail. Ask an administrator, who can give you an address to "
                    + "choose a new password.",
                "Dette program sender ikke mail. Spørg en administrator, som kan give dig en adresse "
                    + "til at vælge en ny adgangskode.",
                "Dit programma verstuurt geen mail. Vraag een beheerder om een adres waar je een nieuw "
                    + "wachtwoord kiest.",
                "Programu hii haitumi barua pepe. Muulize msimamizi, anayeweza kukupa anwani ya "
                    + "kuchagua nenosiri jipya."
            )
        case .notDone: ("Not done", "Ikke gjort", "Niet gedaan", "Haikufanyika")
        }
    }
}

extension Role {
    /// What the role is called.
    func title(in locale: ReportLocale) -> String {
        let (english, danish, dutch, swahili) =
            switch self {
            case .admin: ("Administrator", "Administrator", "Beheerder", "Msimamizi")
            case .salesManager: ("Sales manager", "Salgschef", "Verkoopleider", "Meneja wa mauzo")
            case .salesRep:
                ("Sales representative", "Sælger", "Verkoper", "Muuzaji")
            case .viewer: ("Viewer", "Læser", "Lezer", "Mtazamaji")
            case .accountant: ("Accountant", "Bogholder", "Boekhouder", "Mhasibu")
            }
        switch locale.language {
        case .english: return english
        case .danish: return danish
        case .dutch: return dutch
        case .swahili: return swahili
        }
    }
}

extension Right {
    /// What a key opens; in English the word by which commands and programs know it.
    func title(in locale: ReportLocale) -> String {
        let (danish, dutch, swahili) =
            switch self {
            case .dashboards: ("dashboards", "dashboards", "dashibodi")
            case .metrics: ("nøgletal", "kerncijfers", "takwimu")
            case .reports: ("rapporter", "rapporten", "ripoti")
            case .exports: ("eksporter", "exports", "mafaili")
            case .schedules: ("tidsplaner", "planning", "ratiba")
            case .sending: ("udsendelse", "verzenden", "kutuma")
            case .definitions: ("definitioner", "definities", "ufafanuzi")
            case .monitoring: ("overvågning", "monitoring", "ufuatiliaji")
            case .audit: ("revisionslog", "auditlog", "kumbukumbu za ukaguzi")
            case .users: ("brugere", "gebruikers", "watumiaji")
            }
        switch locale.language {
        case .english: return rawValue
        case .danish: return danish
        case .dutch: return dutch
        case .swahili: return swahili
        }
    }
}
