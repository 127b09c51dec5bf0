import Vocabulary

/// The looks of a document: the logo and the colour of the company's brand, or the house's own.
struct PDFLook {
    let logo: Picture?
    let accent: Ink

    /// Prepares the looks of a report.
    ///
    /// - Throws: `Advice` when the logo is damaged.
    init(_ brand: CompanyBrand?) throws {
        logo = try brand?.logo.map(Picture.init)
        accent = brand?.accent.map(Ink.init) ?? .accent
    }
}
