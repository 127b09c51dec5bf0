import Vocabulary

extension TableProposal {
    /// Adds a column by its type and name, or leaves it out.
    mutating func add(
        _ column: DatabaseSurvey.Column, money: [CurrencyColumn]
    ) throws {
        if let reason = privacy(of: column) { return omit(column, reason) }
        let sample = samples[column.name]
        let field = column.name
        let words = column.words
        switch column.kind {
        case .boolean: add(field, words: words, "type: boolean", "")
        case .timestamptz, .timestamp: add(field, words: words, "type: instant", "")
        case .date: add(field, words: words, "type: day", "")
        case .uuid: add(field, words: words, "type: text", "")
        case .enumeration(let labels):
            let history = NameSense.isStage(words) ? ", history: true" : ""
            add(field, words: words, "type: category\(history)", labels.joined(separator: " | "))
        case .text: try addText(column, sample)
        case .integer: addInteger(column, sample, money)
        case .numeric, .float:
            if sample?.isShare == true, NameSense.mayBeShare(column) {
                let decimals = min(max(sample?.decimals ?? 2, 2), 9)
                return add(
                    field, words: words, "type: decimal, scale: \(decimals)",
                    "all values looked at lie between 0 and 1: a share, and no amount")
            }
            addNumber(column, sample, money)
        case .json:
            omit(
                column,
                "a document: map the parts you need as {from: \(YAMLText.value(field)), path: …}")
        case .other where column.typeName == "money":
            omit(
                column,
                "its text depends on the server's language: ALTER TABLE "
                    + "\(SQL.table(relation.name)) ALTER \(SQL.name(field)) TYPE numeric(14,2);")
        case .other:
            omit(column, "a type without a single value of ours (list, interval, bytes, address …)")
        }
    }

    /// Adds a number with decimals: an amount by its name, or else a number.
    private mutating func addNumber(
        _ column: DatabaseSurvey.Column, _ sample: ColumnSample?, _ money: [CurrencyColumn]
    ) {
        let field = column.name
        let words = column.words
        switch column.kind {
        case .numeric(let scale):
            if NameSense.isMoney(column, in: relation.table) {
                let isFine = (scale ?? sample?.decimals ?? 2) > 2
                let isMinor = NameSense.countsMinorUnits(words)
                addMoney(
                    column, money, unit: isMinor ? "minor" : "",
                    isFine
                        ? "decide: rounded to the currency's decimals; for more, make it ‘type: "
                            + "decimal, scale: \(min(scale ?? 6, 9))’" : "")
            } else if scale == 0 {
                add(field, words: words, "type: integer", "")
            } else {
                let decimals = min(max(scale ?? sample?.decimals ?? 2, scale == nil ? 2 : 0), 9)
                add(
                    field, words: words, "type: decimal, scale: \(decimals)",
                    scale == nil
                        ? "decide: the type has no limit, more decimals are rounded" : "")
            }
        case .float:
            if NameSense.isMoney(column, in: relation.table) {
                addMoney(
                    column, money, unit: NameSense.countsMinorUnits(words) ? "minor" : "",
                    "a binary number: read by its shortest decimal text, so 114.999… is 115.00")
            } else {
                let decimals = min(max(sample?.decimals ?? 2, 2), 6)
                add(field, words: words, "type: decimal, scale: \(decimals)", "")
            }
        default: break
        }
    }

    private mutating func addInteger(
        _ column: DatabaseSurvey.Column, _ sample: ColumnSample?,
        _ money: [CurrencyColumn]
    ) {
        let words = column.words
        if NameSense.isMoney(column, in: relation.table) {
            let isMinor = NameSense.countsMinorUnits(words)
            return addMoney(
                column, money, unit: isMinor ? "minor" : "",
                isMinor
                    ? ""
                    : "decide: whole units as it stands; ‘{from: …, unit: minor}’ if it "
                        + "counts cents")
        }
        let isTimed = ["at", "ts", "time", "timestamp", "date", "on", "created", "updated"]
            .contains(words.last ?? "")
        if isTimed, let least = sample?.least, let greatest = sample?.greatest,
            let unit = Self.epochUnit(least...max(least, greatest))
        {
            return add(
                words: words, "type: instant",
                "{from: \(YAMLText.value(column.name)), unit: \(unit)}",
                "a number that counts \(unit) since 1970, by the rows looked at")
        }
        if ["id", "uuid"].contains(words.last ?? "") {
            return add(column.name, words: words, "type: text", "")
        }
        add(
            column.name, words: words, "type: integer",
            NameSense.mayBeMoney(column)
                ? "decide: if it is an amount, make it ‘type: money, currency: …’" : "")
    }

    /// What a number counts, if all values are moments between 2001 and 2096.
    private static func epochUnit(_ range: ClosedRange<Int64>) -> String? {
        let seconds: ClosedRange<Int64> = 1_000_000_000...4_000_000_000
        for (unit, factor) in [("seconds", 1), ("milliseconds", 1000), ("microseconds", 1_000_000)]
            as [(String, Int64)]
        {
            let span = seconds.lowerBound * factor...seconds.upperBound * factor
            if span.contains(range.lowerBound), span.contains(range.upperBound) { return unit }
        }
        return nil
    }

    private mutating func addText(
        _ column: DatabaseSurvey.Column, _ sample: ColumnSample?
    ) throws {
        let field = column.name
        let words = column.words
        let sample = sample ?? ColumnSample()
        if sample.present > 0, sample.isDay || sample.isMoment {
            let type = sample.isDay ? "day" : "instant"
            return add(
                words: words, "type: \(type)",
                "{from: \(YAMLText.value(field)), cast: \(type)}",
                "text that is a \(sample.isDay ? "date" : "moment") in all rows looked at")
        }
        // Padded with blanks to its length, which no condition would be written with.
        let isPadded = column.typeName.hasPrefix("character(") && column.typeName != "character(1)"
        let rule =
            isPadded ? "{from: \(YAMLText.value(field)), form: trim}" : YAMLText.value(field)
        if NameSense.isStatus(words), sample.distinct <= TableSampler.listed {
            let values =
                sample.present > 0 ? try sampler.values(of: column, in: relation) : []
            let history = NameSense.isStage(words) ? ", history: true" : ""
            return add(
                words: words, "type: category\(history)", rule,
                values.isEmpty ? "" : "seen: " + values.joined(separator: " | "))
        }
        if sample.longest > 200 {
            return omit(
                column, "texts of up to \(sample.longest) letters: may hold what people wrote")
        }
        let isFew =
            sample.present >= 20 && sample.distinct <= 50 && sample.distinct * 5 <= sample.present
            && sample.longest <= 60
        if isFew {
            return add(
                words: words, "type: category", rule,
                "\(sample.distinct) different in \(sample.present) rows: so a category")
        }
        let isName = words.count > 1 && words.last == "name"
        add(
            words: words, "type: text", rule,
            isName ? "a name: leave it out if no report needs it" : "")
    }
}
