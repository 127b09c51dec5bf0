/// Invented people, companies, places and remarks, with Danish letters.
enum TekupNames {
    private static let first = [
        "Anders", "Anja", "Asger", "Åse", "Bente", "Bjørn", "Caroline", "Christian", "Ditte",
        "Dorthe",
        "Ebbe", "Elin", "Esben", "Freja", "Frederik", "Grethe", "Gustav", "Hanne", "Helle",
        "Henrik",
        "Ida", "Inger", "Jakob", "Jytte", "Karen", "Kasper", "Kirsten", "Laura", "Lærke", "Mads",
        "Maja", "Mette", "Mikkel", "Niels", "Ole", "Oscar", "Pernille", "Rikke", "Sigrid", "Søren",
        "Tine", "Tobias", "Ulla", "Viggo", "Villads", "Ægir", "Østen", "Signe", "Storm", "Thea",
    ]
    private static let last = [
        "Agerskov", "Almind", "Bakkegård", "Birkelund", "Blæsbjerg", "Brogård", "Dalsø", "Damgård",
        "Egelykke", "Elmkær", "Enghave", "Fjordvig", "Fuglsang", "Granhøj", "Grønnegård", "Hasselø",
        "Hedelund", "Hjortkær", "Holmstrup", "Højager", "Kildevang", "Klitgård", "Kløvermark",
        "Krogsgård", "Lindehøj", "Lyngsø", "Markdal", "Møllebæk", "Nørreskov", "Odderkær",
        "Piletoft",
        "Ravnsø", "Rosenvang", "Rågård", "Sandbjerg", "Skovbakke", "Solhøj", "Stenløkke",
        "Strandby",
        "Søholt", "Sønderkær", "Toftegård", "Tornhøj", "Ulvedal", "Vangkilde", "Vesterø",
        "Vibeholm",
        "Åkjær", "Ærtebjerg", "Østervang",
    ]
    private static let companyFirst = [
        "Nordlys", "Havbrisen", "Skovbakken", "Egetoppen", "Åbrinken", "Fjordens", "Møllehjulet",
        "Kløverbladet", "Solstrejf", "Lyngbakkens", "Birkeporten", "Ørneredens", "Bølgetoppen",
        "Grønhøj", "Stenbroens", "Havnefrontens", "Ådalens", "Kornblomstens", "Midtbyens",
        "Søbredden",
    ]
    private static let companySecond = [
        "Ejendomme ApS", "Tandlæger I/S", "Børnehave", "Arkitekter ApS", "Revision A/S", "Byg ApS",
        "Logistik A/S", "Hotel", "Fysioterapi", "Advokater", "Boligforening", "Design ApS",
        "Transport A/S", "Klinik", "Friskole", "Auto ApS", "Energi A/S", "Bageri", "Medier ApS",
        "Gartneri",
    ]
    private static let streets = [
        "Søndergade", "Åboulevarden", "Ærøvej", "Ørstedsgade", "Møllevangs Allé", "Skovvejen",
        "Nørre Allé", "Strandvejen", "Kirkegade", "Grønnegade", "Tårnborgvej", "Egernvænget",
        "Lærkevej", "Bøgebakken", "Vestergade", "Rådhusstræde", "Engtoften", "Havnegade",
    ]
    private static let towns = [
        ("8000", "Aarhus C"), ("8200", "Aarhus N"), ("8210", "Aarhus V"), ("8260", "Viby J"),
        ("8270", "Højbjerg"), ("8240", "Risskov"), ("8600", "Silkeborg"), ("8700", "Horsens"),
        ("8660", "Skanderborg"), ("8900", "Randers C"), ("8300", "Odder"), ("7100", "Vejle"),
        ("8400", "Ebeltoft"), ("8500", "Grenaa"), ("9000", "Aalborg"), ("5000", "Odense C"),
    ]
    private static let remarks = [
        "Nøglen ligger hos naboen i nr. 12", "Ring først efter kl. 16",
        "Hund i huset – men den er sød",
        "Ønsker miljømærkede midler", "Faktura sendes til bogholderiet\nCc: økonomi",
        "Parkering i gården, port\tkode 4711", "Skal være færdig før kl. 12",
        "Husk \"stille\" adgang: børn sover", "Rabat aftalt pr. telefon, jf. Søren's mail",
        "Mødes ved læsserampen \\ bagindgangen", "25 % af gæsterne er vegetarer",
        "OBS: nøddeallergi!",
    ]
    private static let enquiries = [
        "Hej, kan I give et tilbud?", "Vi skal bruge hjælp hurtigst muligt.",
        "Hvad koster det ca.?", "Så jeres bil i byen og fik lyst til at høre mere.",
        "Anbefalet af en kollega – har I tid i næste måned?", "Ønsker fast aftale fra den 1.",
        "Kan I komme forbi og se på det?", "Vi er 40–60 personer, udendørs hvis vejret holder.",
    ]

    /// A person.
    static func person(_ random: inout DemoRandom) -> String {
        "\(random.pick(first)) \(random.pick(last))"
    }

    /// A company, club or school.
    static func company(_ random: inout DemoRandom) -> String {
        "\(random.pick(companyFirst)) \(random.pick(companySecond))"
    }

    /// The local part of a mail address, without Danish letters: `soren.ravnkilde`.
    static func mailName(_ name: String) -> String {
        let spelled: [Character: String] = ["æ": "ae", "ø": "oe", "å": "aa", " ": ".", "-": "-"]
        return name.lowercased().map { letter in
            spelled[letter] ?? (letter.isASCII && letter.isLetter ? String(letter) : "")
        }.joined()
    }

    /// A mail address that nobody can have (RFC 2606).
    static func mail(of name: String, _ random: inout DemoRandom) -> String {
        "\(mailName(name))\(random.integer(1...999))@\(random.pick(["post", "mail", "firma"])).example"
    }

    /// A telephone number that nobody can have: Danish numbers do not begin with 0.
    static func phone(_ random: inout DemoRandom) -> String {
        let digits = (0..<7).map { _ in String(random.integer(0...9)) }.joined()
        return "+45 0\(digits)"
    }

    /// An address as the application keeps it, in JSON.
    static func address(_ random: inout DemoRandom) -> String {
        let town = random.pick(towns)
        return "{\"street\": \"\(random.pick(streets)) \(random.integer(1...148))\", "
            + "\"city\": \"\(town.1)\", \"postalCode\": \"\(town.0)\", \"country\": \"DK\"}"
    }

    /// A remark of the staff.
    static func remark(_ random: inout DemoRandom) -> String { random.pick(remarks) }

    /// What somebody writes who asks for an offer.
    static func enquiry(_ random: inout DemoRandom) -> String { random.pick(enquiries) }
}
