import Foundation
import Reports
import Vocabulary

/// The mail that brings somebody an address at which they choose a password.
struct PersonalMail: Sendable {
    /// Why it comes.
    enum Reason: Sendable, Hashable {
        /// They were invited, by whom; nil for a command on the machine, whose user means nothing to them.
        case invitation(by: String?)
        /// They, or somebody who knows their name, said that they forgot their password.
        case reset
    }

    let reason: Reason
    /// The name under which they sign in.
    let name: String
    let recipient: EnvelopeAddress
    /// The address; whoever has it can choose the password.
    let link: String
    let locale: ReportLocale

    /// The message as it goes to the mail server.
    ///
    /// Its identifier is made by chance: one that followed from the address would be a check of it.
    ///
    /// - Throws: `Advice` when a header would not be one.
    func bytes(from server: MailServer, now: Instant) throws -> [UInt8] {
        let words = words
        let paragraphs = [words.greeting, words.reason, words.what]
        var html = paragraphs.map { "<p>\(MarkupText.escaped($0))</p>" }.joined(separator: "\n")
        html +=
            "\n<p style=\"margin:24px 0\"><a href=\"\(MarkupText.escaped(link))\" style=\""
            + "background:#1f5fa8;color:#ffffff;padding:10px 18px;border-radius:6px;"
            + "text-decoration:none;font-weight:bold\">\(MarkupText.escaped(words.button))</a></p>"
            + "\n<p style=\"color:#55606d;font-size:13px\">\(MarkupText.escaped(words.note))</p>"
        let page =
            "<!doctype html>\n<html lang=\"\(locale.languageTag)\"><body style=\"font-family:"
            + "Arial,sans-serif;font-size:15px;line-height:1.5;color:#171c23;max-width:34em\">\n"
            + html + "\n</body></html>\n"
        return try MailMessage(
            from: try MailAddress(server.sender.text, name: server.senderName),
            to: [try MailAddress(recipient.text)], subject: words.subject,
            messageID: "\(Ticket.random(bytes: 16))@\(server.sender.domain)", date: now,
            text: (paragraphs + [link, words.note]).joined(separator: "\n\n") + "\n", html: page
        ).bytes()
    }

    /// What the message says.
    struct Words: Sendable {
        let subject, greeting, reason, what, button, note: String
    }

    /// What it says in the reader's language.
    var words: Words {
        switch locale.language {
        case .english: english
        case .danish: danish
        case .dutch: dutch
        case .swahili: swahili
        }
    }

    private var english: Words {
        switch reason {
        case .invitation(let host):
            Words(
                subject: "Your invitation to reportd", greeting: "Hello \(name),",
                reason: host.map { "\($0) invites you to see your companies' figures in reportd." }
                    ?? "You are invited to see your companies' figures in reportd.",
                what: "Choose a password at this address. Your name for signing in is \(name).",
                button: "Choose a password",
                note: "The address is for you alone, and good once, for three days.")
        case .reset:
            Words(
                subject: "Your new password for reportd", greeting: "Hello \(name),",
                reason: "A new password was asked for under your name.",
                what: "Choose it at this address. You are then signed out everywhere else.",
                button: "Choose a new password",
                note:
                    "The address is good once, for an hour. If you did not ask for it, do nothing: "
                    + "your password stays as it is.")
        }
    }

    private var danish: Words {
        switch reason {
        case .invitation(let host):
            Words(
                subject: "Din invitation til reportd", greeting: "Hej \(name),",
                reason: host.map {
                    "\($0) inviterer dig til at se dine virksomheders tal i reportd."
                }
                    ?? "Du er inviteret til at se dine virksomheders tal i reportd.",
                what: "Vælg en adgangskode på denne adresse. Du logger ind med navnet \(name).",
                button: "Vælg en adgangskode",
                note: "Adressen er kun til dig og kan bruges én gang inden for tre dage.")
        case .reset:
            Words(
                subject: "Din nye adgangskode til reportd", greeting: "Hej \(name),",
                reason: "Der er bedt om en ny adgangskode under dit navn.",
                what: "Vælg den på denne adresse. Du bliver så logget ud alle andre steder.",
                button: "Vælg en ny adgangskode",
                note:
                    "Adressen kan bruges én gang inden for en time. Har du ikke bedt om den, skal "
                    + "du ikke gøre noget: din adgangskode forbliver, som den er.")
        }
    }

    private var dutch: Words {
        switch reason {
        case .invitation(let host):
            Words(
                subject: "Je uitnodiging voor reportd", greeting: "Hallo \(name),",
                reason: host.map {
                    "\($0) nodigt je uit om de cijfers van je bedrijven in reportd te zien."
                }
                    ?? "Je bent uitgenodigd om de cijfers van je bedrijven in reportd te zien.",
                what: "Kies op dit adres een wachtwoord. Je logt in met de naam \(name).",
                button: "Kies een wachtwoord",
                note: "Het adres is alleen voor jou en werkt één keer, drie dagen lang.")
        case .reset:
            Words(
                subject: "Je nieuwe wachtwoord voor reportd", greeting: "Hallo \(name),",
                reason: "Er is onder jouw naam om een nieuw wachtwoord gevraagd.",
                what: "Kies het op dit adres. Je wordt dan overal elders uitgelogd.",
                button: "Kies een nieuw wachtwoord",
                note: "Het adres werkt één keer, een uur lang. Heb je er niet om gevraagd, doe dan "
                    + "niets: je wachtwoord blijft zoals het is.")
        }
    }

    private var swahili: Words {
        switch reason {
        case .invitation(let host):
            Words(
                subject: "Mwaliko wako wa reportd", greeting: "Habari \(name),",
                reason: host.map {
                    "\($0) anakualika kuona takwimu za kampuni zako katika reportd."
                }
                    ?? "Umealikwa kuona takwimu za kampuni zako katika reportd.",
                what: "Chagua nenosiri kwenye anwani hii. Unaingia kwa jina \(name).",
                button: "Chagua nenosiri",
                note: "Anwani hii ni yako peke yako, na hutumika mara moja ndani ya siku tatu.")
        case .reset:
            Words(
                subject: "Nenosiri lako jipya la reportd", greeting: "Habari \(name),",
                reason: "Nenosiri jipya limeombwa kwa jina lako.",
                what: "Lichague kwenye anwani hii. Kisha utatolewa kwingine kote.",
                button: "Chagua nenosiri jipya",
                note: "Anwani hii hutumika mara moja ndani ya saa moja. Kama hukuiomba, usifanye "
                    + "chochote: nenosiri lako linabaki kama lilivyo.")
        }
    }
}
