/// A file that pages refer to.
struct PageAsset: Sendable {
    /// Its path; the hash of the content is part of it: `/assets/app.1f2e….css`.
    let path: String
    /// The value of `Content-Type`.
    let contentType: String
    /// The value of `Cache-Control`: the path changes with the content, so it keeps for ever.
    let cacheControl = "public, max-age=31536000, immutable"
    /// The content.
    let bytes: [UInt8]

    fileprivate init(_ name: String, _ fileExtension: String, _ type: String, _ bytes: [UInt8]) {
        path = "/assets/\(name).\(ContentMark.hex(bytes)).\(fileExtension)"
        contentType = type
        self.bytes = bytes
    }
}

/// The files that pages refer to; they are part of the program.
struct PageAssets: Sendable {
    /// The style sheet of all pages.
    let style: PageAsset
    /// The script of all pages; they work without it.
    let script: PageAsset
    /// The sign in the browser's tab.
    let icon: PageAsset

    init() {
        style = PageAsset("app", "css", "text/css; charset=utf-8", PackageResources.app_css)
        script = PageAsset("app", "js", "text/javascript; charset=utf-8", PackageResources.app_js)
        icon = PageAsset("icon", "svg", "image/svg+xml", PackageResources.icon_svg)
    }

    /// All files.
    var all: [PageAsset] { [style, script, icon] }

    /// The file at a path; nil when there is none, or none of that hash any more.
    func asset(at path: String) -> PageAsset? { all.first { $0.path == path } }
}

/// Headers that every page is sent with.
enum PageHeaders {
    /// Names and values, in the order they are sent.
    static let all: [(name: String, value: String)] = [
        ("Content-Security-Policy", contentSecurityPolicy),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ]

    /// Everything comes from this server, and nothing stands inline.
    static let contentSecurityPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    /// The request header by which the script asks for `main` alone.
    static let fragmentName = "X-Fragment"
    /// The value of that header.
    static let fragmentValue = "main"
    /// Page and fragment share a URL, so that caches must be told to keep them apart.
    static let vary = "Accept, Accept-Language, Cookie, X-Fragment"
}
