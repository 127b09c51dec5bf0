import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// A server of the library that ours is made with, which does nothing but return the same bytes: what
/// the benchmark holds answers over HTTP against.
///
/// Usage: bare-server FILE ETAG. Writes its port on a line of its own.
@main
enum BareServer {
    static func main() async throws {
        let words = CommandLine.arguments.dropFirst().map(\.self)
        guard words.count == 2 else { preconditionFailure("it is started by the benchmark") }
        let bytes = ByteBuffer(bytes: try Data(contentsOf: URL(fileURLWithPath: words[0])))
        let tag = words[1]
        let router = Router()
        router.get("/page.json") { request, _ in
            if request.headers[.ifNoneMatch] == tag {
                return Response(status: .notModified, headers: [.eTag: tag])
            }
            return Response(
                status: .ok, headers: [.contentType: "application/json", .eTag: tag],
                body: ResponseBody(byteBuffer: bytes))
        }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: {
                print($0.localAddress?.port ?? 0); fflush(nil)
            },
            logger: Logger(label: "bare") { _ in SwiftLogNoOpLogHandler() })
        try await application.runService()
    }
}
