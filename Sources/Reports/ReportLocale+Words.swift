import Vocabulary

/// The fixed words that files, mails and pages need.
public enum ReportWord: String, Sendable, Hashable, CaseIterable {
    /// The label of a line of totals.
    case total
    /// The last line of a page of a table: the sum so far.
    case carriedForward
    /// The first line of the next page: the same sum.
    case broughtForward
    /// The label of the totals of a group of rows.
    case subtotal
    /// Beside the heading of a group that began on an earlier page.
    case continued
    /// The list of a report's parts.
    case contents
    /// One company.
    case company
    /// Several companies.
    case companies
    /// The days covered.
    case period
    /// The time zone.
    case zone
    /// What counts and when.
    case basis
    case notes
    /// The currency.
    case currency
    /// Filters beyond company and period.
    case filters
    /// Number of the store's commit.
    case commit
    /// Time of that commit: the state the figures show.
    case asOf
    /// When the file was made.
    case generated
    /// Hash of the definitions.
    case definition
    /// What the reader must know.
    case remarks
    /// The report's name.
    case report
    /// The name of the sheet that says where figures come from.
    case info
    /// The name of the sheet of headline figures.
    case summary
    /// The heading over a chart's categories.
    case category
    /// How many rows.
    case rows
    /// Yes.
    case yes
    /// No.
    case no
    /// An undefined ratio.
    case notAvailable
    /// A table without rows.
    case noRows
    /// A chart without values.
    case noData
    /// An ISO week.
    case week
    /// The period that is compared with.
    case previous
    /// The heading over figures.
    case figure
    /// The heading over values.
    case value
    /// The heading over changes.
    case change
    /// The form of a line chart.
    case lineChart
    /// The form of a column chart.
    case columnChart
    /// The form of a bar chart.
    case barChart
    /// The form of a chart of stacked columns.
    case stackedChart
    /// The form of a funnel.
    case funnelChart
    /// The form of a field of coloured cells.
    case heatChart
}

extension ReportLocale {
    /// A fixed word in this locale's language.
    public func word(_ word: ReportWord) -> String {
        let (english, danish, dutch, swahili) = Self.translations(of: word)
        switch language {
        case .english: return english
        case .danish: return danish
        case .dutch: return dutch
        case .swahili: return swahili
        }
    }

    /// `Page 2 of 5`.
    public func page(_ number: Int, of count: Int) -> String {
        switch language {
        case .english: "Page \(number) of \(count)"
        case .danish: "Side \(number) af \(count)"
        case .dutch: "Pagina \(number) van \(count)"
        case .swahili: "Ukurasa \(number) wa \(count)"
        }
    }

    /// `First 10 of 1,234 rows`, below a table that shows only its beginning.
    public func firstRows(_ shown: Int, of count: Int) -> String {
        let (some, all) = (grouped(shown), grouped(count))
        switch language {
        case .english: return "First \(some) of \(all) rows"
        case .danish: return "De første \(some) af \(all) rækker"
        case .dutch: return "Eerste \(some) van \(all) rijen"
        case .swahili: return "Safu \(some) za kwanza kati ya \(all)"
        }
    }

    /// A remark that text was cut because a spreadsheet cell holds no more.
    package func cutCells(_ count: Int, limit: Int) -> String {
        let (cells, most) = (grouped(count), grouped(limit))
        switch language {
        case .english: return "\(cells) cell(s) were cut at \(most) characters and end in …"
        case .danish: return "\(cells) celle(r) er afkortet til \(most) tegn og ender på …"
        case .dutch: return "\(cells) cel(len) zijn afgekapt op \(most) tekens en eindigen op …"
        case .swahili: return "Seli \(cells) zimekatwa kwenye herufi \(most) na huishia na …"
        }
    }

    /// A remark below a printed table that long texts were cut.
    func shortenedCells(_ count: Int) -> String {
        let cells = grouped(count)
        switch language {
        case .english: return "\(cells) cell(s) have more text than fits here and end in …"
        case .danish: return "\(cells) celle(r) har mere tekst, end der er plads til, og ender på …"
        case .dutch: return "\(cells) cel(len) hebben meer tekst dan hier past en eindigen op …"
        case .swahili: return "Seli \(cells) zina maandishi marefu kuliko nafasi na huishia na …"
        }
    }

    /// How many companies a report is about, where their names would be too many.
    func companies(_ count: Int) -> String {
        "\(grouped(count)) \(word(.companies).lowercased())"
    }

    /// The last line of a list of contents that is longer than its page.
    func moreParts(_ count: Int) -> String {
        let parts = grouped(count)
        switch language {
        case .english: return "and \(parts) more"
        case .danish: return "og \(parts) mere"
        case .dutch: return "en nog \(parts)"
        case .swahili: return "na nyingine \(parts)"
        }
    }

    /// A remark that numbers stand as text because a spreadsheet keeps 15 digits only.
    func longNumbers(_ count: Int) -> String {
        let cells = grouped(count)
        switch language {
        case .english: return "\(cells) number(s) have more than 15 digits and stand as text"
        case .danish: return "\(cells) tal har mere end 15 cifre og står som tekst"
        case .dutch: return "\(cells) getal(len) hebben meer dan 15 cijfers en staan als tekst"
        case .swahili: return "Namba \(cells) zina tarakimu zaidi ya 15 na ni maandishi"
        }
    }

    /// A remark that rows go on from sheet to sheet, since one holds no more.
    func continuedSheets(_ rows: Int, first: String, last: String) -> String {
        let all = grouped(rows)
        switch language {
        case .english: return "\(all) rows go from sheet “\(first)” to sheet “\(last)”"
        case .danish: return "\(all) rækker går fra ark “\(first)” til ark “\(last)”"
        case .dutch: return "\(all) rijen lopen van blad “\(first)” tot blad “\(last)”"
        case .swahili: return "Safu \(all) ziko kuanzia laha “\(first)” hadi laha “\(last)”"
        }
    }

    /// A sentence that says what a chart shows, for readers who do not see it.
    func chartSummary(
        form: String, first: String, last: String, highest: (label: String, value: String)?
    ) -> String {
        let span = first == last ? first : "\(first) – \(last)"
        guard let highest else { return "\(form): \(span). \(word(.noData))." }
        let peak =
            switch language {
            case .english: "Highest: \(highest.label), \(highest.value)"
            case .danish: "Højest: \(highest.label), \(highest.value)"
            case .dutch: "Hoogste: \(highest.label), \(highest.value)"
            case .swahili: "Ya juu zaidi: \(highest.label), \(highest.value)"
            }
        // An amount in “kr.” brings its own full stop.
        return "\(form): \(span). \(peak)" + (peak.hasSuffix(".") ? "" : ".")
    }

    private func grouped(_ count: Int) -> String { number(ExactDecimal(count), scale: 0) }

    private static func translations(of word: ReportWord) -> (String, String, String, String) {
        switch word {
        case .total: ("Total", "I alt", "Totaal", "Jumla")
        case .carriedForward:
            ("Carried forward", "Overføres", "Transport", "Kiasi kinachopelekwa mbele")
        case .broughtForward:
            ("Brought forward", "Overført", "Per transport", "Kiasi kilicholetwa mbele")
        case .subtotal: ("Subtotal", "Subtotal", "Subtotaal", "Jumla ndogo")
        case .continued: ("continued", "fortsat", "vervolg", "inaendelea")
        case .contents: ("Contents", "Indhold", "Inhoud", "Yaliyomo")
        case .company: ("Company", "Virksomhed", "Bedrijf", "Kampuni")
        case .companies: ("Companies", "Virksomheder", "Bedrijven", "Kampuni")
        case .period: ("Period", "Periode", "Periode", "Kipindi")
        case .zone: ("Zone", "Tidszone", "Tijdzone", "Ukanda wa saa")
        case .basis: ("Basis", "Grundlag", "Grondslag", "Msingi")
        case .notes: ("Notes", "Noter", "Aantekeningen", "Maelezo")
        case .currency: ("Currency", "Valuta", "Valuta", "Sarafu")
        case .filters: ("Filters", "Filtre", "Filters", "Vichujio")
        case .commit: ("Commit", "Commit", "Commit", "Commit")
        case .asOf: ("As of", "Pr.", "Stand per", "Kufikia")
        case .generated: ("Generated", "Dannet", "Gemaakt", "Imetengenezwa")
        case .definition: ("Definition", "Definition", "Definitie", "Ufafanuzi")
        case .remarks: ("Remarks", "Bemærkninger", "Opmerkingen", "Angalizo")
        case .report: ("Report", "Rapport", "Rapport", "Ripoti")
        case .info: ("Info", "Info", "Info", "Taarifa")
        case .summary: ("Summary", "Overblik", "Overzicht", "Muhtasari")
        case .category: ("Category", "Kategori", "Categorie", "Kundi")
        case .rows: ("Rows", "Rækker", "Rijen", "Safu")
        case .yes: ("Yes", "Ja", "Ja", "Ndiyo")
        case .no: ("No", "Nej", "Nee", "Hapana")
        case .notAvailable: ("n/a", "–", "n.v.t.", "haipo")
        case .noRows: ("No rows", "Ingen rækker", "Geen rijen", "Hakuna safu")
        case .noData: ("No data", "Ingen data", "Geen gegevens", "Hakuna data")
        case .week: ("Week", "Uge", "Week", "Wiki")
        case .previous: ("Previous", "Tidligere", "Vorige", "Iliyotangulia")
        case .figure: ("Figure", "Nøgletal", "Kerncijfer", "Takwimu")
        case .value: ("Value", "Værdi", "Waarde", "Thamani")
        case .change: ("Change", "Ændring", "Verandering", "Badiliko")
        case .lineChart: ("Line chart", "Linjediagram", "Lijndiagram", "Chati ya mstari")
        case .columnChart: ("Column chart", "Søjlediagram", "Kolomdiagram", "Chati ya nguzo")
        case .barChart: ("Bar chart", "Liggende søjlediagram", "Staafdiagram", "Chati ya pau")
        case .stackedChart:
            (
                "Stacked column chart", "Stablet søjlediagram", "Gestapeld kolomdiagram",
                "Chati ya nguzo zilizopangwa"
            )
        case .funnelChart: ("Funnel", "Tragt", "Trechter", "Faneli")
        case .heatChart: ("Heat map", "Heatmap", "Heatmap", "Ramani ya joto")
        }
    }
}
