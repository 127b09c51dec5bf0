import Vocabulary

/// A mistake in a formula and the character at which it stands, counted from 0.
struct FormulaMistake: Error {
    let offset: Int
    let happened: String
    let remedy: String
}

extension Formula {
    /// How deep parentheses and signs may be nested.
    private static let deepestNesting = 64

    /// Reads a formula.
    ///
    /// - Throws: `FormulaMistake` at the character that cannot be understood.
    init(parsing text: String) throws {
        var reader = Reader(characters: Array(text))
        self = try reader.sum(depth: 0)
        guard let rest = reader.peek() else { return }
        throw FormulaMistake(
            offset: reader.position, happened: "‘\(rest)’ was not expected here",
            remedy: "put +, -, * or / between two values")
    }

    private struct Reader {
        let characters: [Character]
        var position = 0

        mutating func peek() -> Character? {
            while position < characters.count, characters[position].isWhitespace { position += 1 }
            return position < characters.count ? characters[position] : nil
        }

        mutating func sum(depth: Int) throws -> Formula {
            var left = try product(depth: depth)
            while let sign = peek(), "+-−".contains(sign) {
                position += 1
                let right = try product(depth: depth)
                left = sign == "+" ? .added(left, right) : .subtracted(left, right)
            }
            return left
        }

        mutating func product(depth: Int) throws -> Formula {
            var left = try factor(depth: depth)
            while let sign = peek(), "*×/÷".contains(sign) {
                position += 1
                let right = try factor(depth: depth)
                left = "*×".contains(sign) ? .multiplied(left, right) : .divided(left, right)
            }
            return left
        }

        mutating func factor(depth: Int) throws -> Formula {
            guard let next = peek() else {
                throw FormulaMistake(
                    offset: position, happened: "the formula ends where a value was expected",
                    remedy: "add a metric, a number or a parenthesis")
            }
            guard depth < Formula.deepestNesting else {
                throw FormulaMistake(
                    offset: position, happened: "the formula is nested too deeply",
                    remedy: "define parts of it as metrics of their own")
            }
            let start = position
            if next == "-" || next == "−" {
                position += 1
                return .negated(try factor(depth: depth + 1))
            }
            if next == "(" {
                position += 1
                let inner = try sum(depth: depth + 1)
                guard peek() == ")" else {
                    throw FormulaMistake(
                        offset: start, happened: "this parenthesis is not closed",
                        remedy: "add ‘)’")
                }
                position += 1
                return inner
            }
            if next.isASCII, next.isNumber || next == "." { return try number() }
            if next.isASCII, next.isLetter {
                let name = name()
                guard peek() == "(" else { return .metric(name) }
                if let kind = WholeNumber(rawValue: name) {
                    return .whole(kind, try factor(depth: depth + 1))
                }
                return name == "days" ? try days() : try total(name, at: start)
            }
            throw FormulaMistake(
                offset: position, happened: "‘\(next)’ was not expected here",
                remedy: "write a metric, a number or a parenthesis")
        }

        mutating func number() throws -> Formula {
            let start = position
            while position < characters.count,
                characters[position].isASCII,
                characters[position].isNumber || characters[position] == "."
            {
                position += 1
            }
            let text = String(characters[start..<position])
            guard let number = ExactDecimal(text) else {
                throw FormulaMistake(
                    offset: start, happened: "‘\(text)’ is not a number",
                    remedy: "write digits with one point, as 12.50")
            }
            return .number(number)
        }

        /// `total(metric)`, of which the word has been read.
        mutating func total(_ word: String, at start: Int) throws -> Formula {
            guard word == "total" else {
                throw FormulaMistake(
                    offset: start, happened: "‘\(word)’ is no function",
                    remedy:
                        "write total(metric), days(period), floor(…), ceiling(…) or rounded(…), "
                        + "or put an operation before the parenthesis")
            }
            position += 1
            _ = peek()
            let place = position
            let metric = name()
            guard !metric.isEmpty, peek() == ")" else {
                throw FormulaMistake(
                    offset: place, happened: "the total is of one metric",
                    remedy: "write total(metric)")
            }
            position += 1
            return .total(metric)
        }

        /// `days(period)` or `days(elapsed)`, of which the word has been read.
        mutating func days() throws -> Formula {
            position += 1
            _ = peek()
            let place = position
            guard let span = DaySpan(rawValue: name()), peek() == ")" else {
                throw FormulaMistake(
                    offset: place, happened: "the days are those of the period or the elapsed ones",
                    remedy: "write days(period) or days(elapsed)")
            }
            position += 1
            return .days(span)
        }

        /// A name takes letters, digits and `_`; a hyphen would be a minus sign.
        mutating func name() -> String {
            let start = position
            while position < characters.count, characters[position].isASCII,
                characters[position].isLetter || characters[position].isNumber
                    || characters[position] == "_"
            {
                position += 1
            }
            return String(characters[start..<position])
        }
    }
}
