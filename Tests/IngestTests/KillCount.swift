import Foundation

/// How often a process is killed.
enum KillCount {
    /// What `REPORTD_KILLS` says, or as often as in `make test`.
    static func of(usual: Int) -> Int {
        ProcessInfo.processInfo.environment["REPORTD_KILLS"].flatMap { Int($0) } ?? usual
    }
}

/// A reproducible generator (SplitMix64; Steele, Lea, Flood 2014), begun with a seed of chance that
/// is named where a test fails; `REPORTD_SEED` begins it with another.
struct KillDice: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init() {
        let wanted = ProcessInfo.processInfo.environment["REPORTD_SEED"].flatMap { UInt64($0) }
        seed = wanted ?? UInt64.random(in: 0...UInt64.max)
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
