import CPangoCairo

/// The fonts that texts may be set in: the two families that every file promises, and no other.
///
/// What else a machine has would change how a character looks that neither family knows, and so the
/// bytes of a file; what its settings say about hinting or stand-ins would change widths.
@safe
final class FontChoice: Sendable {
    /// Made once, as the folders of fonts are looked through for it.
    static let shared = FontChoice()

    nonisolated(unsafe) let config: OpaquePointer?

    private init() {
        unsafe config = FcConfigCreate()
        let families = TextStyle.families.map { family in
            "<pattern><patelt name=\"family\"><string>\(family)</string></patelt></pattern>"
        }
        let text =
            "<fontconfig><dir>/usr/share/fonts</dir><dir>/usr/local/share/fonts</dir>"
            + "<dir prefix=\"xdg\">fonts</dir><cachedir>/var/cache/fontconfig</cachedir>"
            + "<cachedir prefix=\"xdg\">fontconfig</cachedir><selectfont>"
            + "<acceptfont>\(families.joined())</acceptfont>"
            + "<rejectfont><pattern/></rejectfont></selectfont></fontconfig>"
        // Where it cannot be read there are no fonts, which the typesetter says.
        _ = unsafe FcConfigParseAndLoadFromMemory(config, text, 1)
        _ = unsafe FcConfigBuildFonts(config)
    }
}
