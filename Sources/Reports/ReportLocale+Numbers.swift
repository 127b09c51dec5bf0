public import Vocabulary

extension ReportLocale {
    /// A number with grouped thousands and a fixed number of decimals, rounded half up.
    public func number(_ value: ExactDecimal, scale: Int) -> String {
        let rounded = value.rounded(toScale: scale)
        return (rounded.unscaled < 0 ? "-" : "") + digits(rounded)
    }

    /// A share of one in percent with one decimal: 0.125 is `12.5%`.
    public func percent(_ ratio: ExactDecimal) -> String {
        percent(ratio, scale: 1)
    }

    /// A change in percent with its sign: 0.125 is `+12.5%`; a missing one is “n/a”.
    public func change(_ value: Value) -> String {
        guard case .decimal(let ratio) = value else {
            guard case .integer(let whole) = value else { return word(.notAvailable) }
            return change(.decimal(ExactDecimal(Int(whole))))
        }
        let text = percent(ratio)
        return ratio.rounded(toScale: 3).unscaled > 0 ? "+" + text : text
    }

    /// An amount with the sign of its currency, in the pattern of DOMAIN §9.
    public func money(_ money: Money) -> String {
        amount(digits(money.amount), isNegative: money.minorUnits < 0, currency: money.currency)
    }

    /// A number in few characters, three significant digits at most: `1.25M`, `12,3 mio.`, `950`.
    public func compact(_ value: ExactDecimal) -> String {
        let magnitude = value.magnitude
        var unit = CompactUnit(for: magnitude)
        var scaled = Self.scaled(value, by: unit)
        // 999,950 rounds to 1000 thousand, which is said as one million.
        if scaled.magnitude >= ExactDecimal(1000), let larger = unit.next {
            unit = larger
            scaled = Self.scaled(value, by: unit)
        }
        return trimmed(scaled) + suffix(unit)
    }

    /// An amount in few characters: `Ksh 1.25M`.
    public func compact(_ value: ExactDecimal, of currency: Currency) -> String {
        let text = compact(value.magnitude)
        return amount(text, isNegative: value.unscaled < 0, currency: currency)
    }

    /// The labels of an axis: all in the same unit and with the same number of decimals.
    ///
    /// - Parameters:
    ///   - ticks: The values at the tick marks.
    ///   - unit: What they are.
    /// - Returns: One label per tick.
    public func axisLabels(_ ticks: [ExactDecimal], unit: Chart.Unit) -> [String] {
        if case .ratio = unit {
            let scale = max(0, (ticks.map(Self.neededScale).max() ?? 0) - 2)
            return ticks.map { percent($0, scale: scale) }
        }
        let largest = ticks.map(\.magnitude).max() ?? .zero
        let compactUnit =
            largest < ExactDecimal(10_000) ? CompactUnit.one : CompactUnit(for: largest)
        let scaled = ticks.map { tick in
            ExactDecimal.quotient(
                tick, ExactDecimal(unscaled: compactUnit.factor, scale: 0), scale: 6) ?? tick
        }
        let scale = min(3, scaled.map(Self.neededScale).max() ?? 0)
        return scaled.map {
            number($0, scale: scale) + ($0.unscaled == 0 ? "" : suffix(compactUnit))
        }
    }

    /// One value of a chart, in few characters.
    public func compact(_ value: ExactDecimal, unit: Chart.Unit) -> String {
        if case .ratio = unit { return percent(value) }
        return compact(value)
    }

    /// One value of a chart in full, with its unit.
    public func full(_ value: ExactDecimal, unit: Chart.Unit) -> String {
        switch unit {
        case .ratio: percent(value)
        case .count: number(value, scale: Self.neededScale(value))
        case .money(let currency): money(Money(value, currency))
        }
    }

    /// A part of a whole in percent; nil where there is no whole.
    func share(_ part: ExactDecimal, of whole: ExactDecimal) -> String? {
        ExactDecimal.quotient(part, whole, scale: 6).map { percent($0) }
    }

    private func percent(_ ratio: ExactDecimal, scale: Int) -> String {
        // A shift by two places is exact; multiplying would cost two of the 18 decimals.
        let rounded = ratio.rounded(toScale: scale + 2)
        let shifted = ExactDecimal(unscaled: rounded.unscaled, scale: scale)
        return number(shifted, scale: scale)
            + (language == .danish ? Self.noBreakSpace + "%" : "%")
    }

    private func amount(_ digits: String, isNegative: Bool, currency: Currency) -> String {
        let sign = sign(of: currency)
        let minus = isNegative ? "-" : ""
        switch language {
        case .danish: return minus + digits + Self.noBreakSpace + sign
        case .dutch: return sign + Self.noBreakSpace + minus + digits
        case .english, .swahili:
            // A word needs a space before the digits, a sign does not.
            return minus + sign + (sign.utf8.allSatisfy { $0 < 128 } ? Self.noBreakSpace : "")
                + digits
        }
    }

    /// The digits of a number without its sign, with this locale's separators.
    private func digits(_ value: ExactDecimal) -> String {
        // From the last digit to the first; 39 of them with their separators are the most.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(56)
        let point = UInt8(ascii: hasDecimalPoint ? "." : ",")
        let separator = UInt8(ascii: hasDecimalPoint ? "," : ".")
        var written = 0
        func write(_ digit: UInt8) {
            let whole = written - value.scale
            if whole == 0, written > 0 { bytes.append(point) }
            if whole > 0, whole % 3 == 0 { bytes.append(separator) }
            bytes.append(UInt8(ascii: "0") + digit)
            written += 1
        }
        var wide = value.unscaled.magnitude
        while wide > UInt128(UInt64.max) {
            let (quotient, digit) = wide.quotientAndRemainder(dividingBy: 10)
            write(UInt8(truncatingIfNeeded: digit))
            wide = quotient
        }
        // Nearly all numbers fit into a word, which is divided much faster.
        var rest = UInt64(truncatingIfNeeded: wide)
        while rest > 0 || written <= value.scale {
            write(UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        bytes.reverse()
        return String(decoding: bytes, as: UTF8.self)
    }

    private enum CompactUnit: Int {
        case one, thousand, million, billion

        init(for magnitude: ExactDecimal) {
            switch magnitude {
            case ..<ExactDecimal(1_000): self = .one
            case ..<ExactDecimal(1_000_000): self = .thousand
            case ..<ExactDecimal(1_000_000_000): self = .million
            default: self = .billion
            }
        }

        var factor: Int128 { ExactDecimal.powerOfTen(rawValue * 3) }
        var next: CompactUnit? { CompactUnit(rawValue: rawValue + 1) }
    }

    private func suffix(_ unit: CompactUnit) -> String {
        let (english, danish, dutch) =
            switch unit {
            case .one: ("", "", "")
            case .thousand: ("K", "t.", "K")
            case .million: ("M", "mio.", "mln.")
            case .billion: ("B", "mia.", "mld.")
            }
        switch language {
        case .english, .swahili: return english
        case .danish: return danish.isEmpty ? "" : Self.noBreakSpace + danish
        case .dutch:
            return dutch.count > 1 ? Self.noBreakSpace + dutch : dutch
        }
    }

    /// The value in a compact unit, rounded to three significant digits.
    private static func scaled(_ value: ExactDecimal, by unit: CompactUnit) -> ExactDecimal {
        let factor = ExactDecimal(unscaled: unit.factor, scale: 0)
        func rounded(_ scale: Int) -> ExactDecimal {
            ExactDecimal.quotient(value, factor, scale: scale) ?? value
        }
        let whole = rounded(2).magnitude
        return rounded(whole >= ExactDecimal(100) ? 0 : whole >= ExactDecimal(10) ? 1 : 2)
    }

    private func trimmed(_ value: ExactDecimal) -> String {
        number(value, scale: Self.neededScale(value))
    }

    /// How many decimals a number has when its trailing zeros are dropped.
    private static func neededScale(_ value: ExactDecimal) -> Int {
        var (digits, scale) = (value.unscaled, value.scale)
        while scale > 0, digits % 10 == 0 {
            digits /= 10
            scale -= 1
        }
        return scale
    }
}
