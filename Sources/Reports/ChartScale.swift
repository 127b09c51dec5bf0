import Foundation
import Vocabulary

/// The value axis of a chart: round tick values and the way from a value to a place.
///
/// Steps are 1, 2, 2.5 or 5 times a power of ten, computed in exact decimals so that labels are
/// exact; only places on the drawing are floating-point numbers.
struct ChartScale {
    let ticks: [ExactDecimal]
    let low: Double
    let high: Double

    /// Covers the given values.
    ///
    /// - Parameters:
    ///   - values: What will be drawn.
    ///   - includesZero: Bars grow from zero; lines may leave it out when that shows more.
    ///   - unit: Counts have no ticks between whole numbers.
    ///   - steps: About how many steps are wanted.
    init(values: [ExactDecimal], includesZero: Bool, unit: Chart.Unit, steps: Int) {
        var low = values.min() ?? .zero
        var high = values.max() ?? .zero
        // A line that moves within its upper half is read better without the empty lower half.
        let nearZero = low.approximate <= high.approximate * 0.5 || low < .zero
        if includesZero || nearZero || low == high {
            low = min(low, .zero)
            high = max(high, .zero)
        }
        let span = (high - low).approximate
        let step = Self.step(span: span > 0 ? span : 1, steps: steps, unit: unit)
        var ticks: [ExactDecimal] = []
        var tick = Self.floor(low, to: step)
        ticks.append(tick)
        while tick < high || ticks.count < 2 {
            tick = tick + step
            ticks.append(tick)
        }
        self.ticks = ticks
        self.low = ticks.first?.approximate ?? 0
        self.high = ticks.last?.approximate ?? 1
    }

    /// Where a value lies between the ends: 0 at the lowest tick, 1 at the highest.
    func position(_ value: ExactDecimal) -> Double { (value.approximate - low) / (high - low) }

    private static func step(span: Double, steps: Int, unit: Chart.Unit) -> ExactDecimal {
        let raw = span / Double(steps)
        let exponent = Int(Foundation.floor(Foundation.log10(raw)))
        let fraction = raw / Foundation.pow(10, Double(exponent))
        let (digits, shift): (Int128, Int) =
            fraction <= 1
            ? (1, 0)
            : fraction <= 2
                ? (2, 0)
                : fraction <= 2.5
                    ? (25, 1)
                    : fraction <= 5 ? (5, 0) : (10, 0)
        let power = exponent - shift
        let step =
            power >= 0
            ? ExactDecimal(unscaled: digits * ExactDecimal.powerOfTen(min(power, 30)), scale: 0)
            : ExactDecimal(unscaled: digits, scale: min(-power, 16))
        guard case .count = unit else { return step }
        // The only step above one that is not whole is 2.5.
        return max(ExactDecimal(1), step == ExactDecimal("2.5") ? ExactDecimal(5) : step)
    }

    private static func floor(_ value: ExactDecimal, to step: ExactDecimal) -> ExactDecimal {
        let scale = max(value.scale, step.scale)
        let number = value.rounded(toScale: scale).unscaled
        let unit = step.rounded(toScale: scale).unscaled
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: unit)
        let floored = remainder < 0 ? quotient - 1 : quotient
        return ExactDecimal(unscaled: floored * unit, scale: scale)
    }
}
