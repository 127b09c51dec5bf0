import Foundation
public import Vocabulary

extension ChartScene {
    /// How much of its colour the surface below a line keeps.
    static let areaOpacity = 0.09

    /// Draws the scene on a canvas, its origin at the canvas's.
    func paint(on canvas: Canvas) {
        for mark in marks {
            switch mark {
            case .rectangle(let shape, let role):
                canvas.fill(
                    x: shape.x, y: shape.y, width: shape.width, height: shape.height, role.ink)
            case .polyline(let points, let role, let width, let isDashed):
                canvas.stroke(points, role.ink, width: width, dash: isDashed ? 3.5 : 0)
            case .area(let points, let role):
                canvas.fill(points, role.ink, opacity: Self.areaOpacity)
            case .disc(let center, let radius, let role):
                canvas.disc(center, radius: radius, role.ink)
            case .label(let label):
                canvas.text(
                    label.text, x: label.at.x, y: label.at.y,
                    TextStyle(label.size, bold: label.isBold), label.role.ink, anchor: label.anchor)
            case .hint: break
            }
        }
    }

    /// The scene as a PNG picture on white.
    ///
    /// - Parameters:
    ///   - scale: Pixels to the point; 2 is sharp on any screen.
    ///   - margin: White space around the scene, in points.
    /// - Returns: The file's bytes.
    /// - Throws: `Advice` when the fonts are not installed.
    public func png(scale: Double = 2, margin: Double = 0) throws -> [UInt8] {
        try Typesetter.lending { typesetter in
            let canvas = Canvas(
                pictureOf: width + margin * 2, height + margin * 2, scale: scale,
                typesetter: typesetter)
            // Up to the end of the last pixel, which a height that is no whole number leaves black.
            canvas.fill(
                x: 0, y: 0, width: width + margin * 2 + 1, height: height + margin * 2 + 1, .white)
            canvas.shifted(byX: margin, y: margin) { paint(on: canvas) }
            return try canvas.png()
        }
    }

    /// The scene as a PDF of one page that is as large as it.
    ///
    /// - Parameter createdAt: The time the file says it was made at.
    /// - Returns: The file's bytes.
    /// - Throws: `Advice` when the fonts are not installed or nothing can be written.
    public func pdf(createdAt: Instant) throws -> [UInt8] {
        try Typesetter.lending { typesetter in
            let canvas = Canvas(pdfOf: width, height, typesetter: typesetter)
            canvas.describe(title: title, author: "", subject: summary, createdAt: createdAt)
            paint(on: canvas)
            canvas.nextPage()
            try canvas.finish()
            return canvas.file
        }
    }
}
