import Analytics
import Reports
import Vocabulary

extension ExploreRoutes {
    /// Questions that readers put together, as files.
    static let chapter = APIChapter(
        "Explore",
        [
            APIOperation(
                .get, "/api/v1/explore.{format}",
                at: formats.map { "/api/v1/explore.\($0.rawValue)" },
                "A question of the page ‘explore’ as a file.",
                takes: [.part("format", "The format.", .word(formats.map(\.rawValue)))]
                    + parameters + FileDownload.parameters + .choices,
                gives: .file(formats, json: .named("Report")))
        ])

    /// Parameters beside the choices of a dashboard.
    static let parameters = [
        APIParameter(
            name: "metric", words: "The metrics; several parted by commas too.", isRepeated: true,
            isRequired: true),
        APIParameter(name: "by", words: "The dimensions to part by.", isRepeated: true),
        APIParameter(name: "grain", words: "The step of time.", schema: .word(of: Grain.self)),
        APIParameter(
            name: "top", words: "Members that are shown, the largest.",
            schema: .integer(in: mostMembers)),
        APIParameter(
            name: "as", words: "What it is shown as.",
            schema: .word(Exploration.forms.map(\.rawValue))),
    ]
}
