import Vocabulary

/// A run whose deliveries are not planned yet, because it waits for data or is held back.
///
///     due ──▶ waiting ──▶ open (its deliveries are planned)
///                │          ▲
///                └─▶ held ──┘ by `reportd schedules release`
struct WaitingRun: Sendable, Hashable {
    /// How far a run has come.
    enum State: String, Sendable, Hashable, CaseIterable {
        /// It is looked at again at `nextLook`.
        case waiting
        /// Its deadline has passed; a person decides.
        case held
        /// Its deliveries are planned.
        case open
    }

    /// The schedule's name.
    let schedule: String
    let run: Occurrence
    let state: State
    /// When it is looked at again, if it is `waiting`.
    let nextLook: Instant
    /// What it waits for, in words; empty before the first look.
    let reason: String
}
