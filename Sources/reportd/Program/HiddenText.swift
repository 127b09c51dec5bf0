/// A secret, which no description shows.
struct HiddenText: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The secret itself, for the one who uses it.
    let secret: String

    /// Words that stand for it.
    var description: String { "(hidden)" }
    /// The same words.
    var debugDescription: String { description }
    /// Nothing, so that `dump` shows nothing either.
    var customMirror: Mirror { Mirror(self, children: [:]) }
}
