import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes

/// Connections of HTTP/1.1 on which answers are given again as soon as a request has been read.
///
/// The library hands each request to a task, on another thread than the one that reads and writes: to
/// and fro that costs more than all else about an answer that is there already.
struct RepeatingChannel: ServerChildChannel {
    let base: HTTP1Channel
    let repeater: Repeater

    func setup(
        channel: any NIOCore.Channel, logger: Logger
    ) -> EventLoopFuture<HTTP1Channel.Value> {
        base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            // After the handler that closes connections at rest, which has to see every request.
            let pipeline = channel.pipeline.syncOperations
            let keeper = try pipeline.handler(type: HTTPConnectionStateHandler.self)
            try pipeline.addHandler(
                RepeatHandler(repeater, logger), position: .after(keeper))
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}

/// Answers a request on the thread that has read it, if it can be answered again; all others go on as
/// if it were not there.
///
/// Nothing waits here, but for the line of the log where each request has one.
///
/// Invariants: responses leave in the order of their requests, for nothing is answered here while an
/// earlier request waits for its response, and nothing is answered while the connection takes no more.
private final class RepeatHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let repeater: Repeater
    private let logger: Logger
    private var address: String?
    /// Requests that went on and whose responses have not all been written.
    private var underWay = 0
    /// The response to the request whose end is to come.
    private var response: (head: HTTPResponse, body: ByteBuffer?)?

    init(_ repeater: Repeater, _ logger: Logger) {
        self.repeater = repeater
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        address = context.channel.remoteAddress?.ipAddress
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let request):
            if underWay == 0, context.channel.isWritable, Self.endsWithHead(request),
                let question = repeater.question(request, from: address, mayWait: false)
            {
                response = repeater.answer(question, to: request, logger)
            }
            guard response == nil else { return }
            underWay += 1
        case .end:
            guard let (head, body) = response else { break }
            response = nil
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            if let body { context.write(wrapOutboundOut(.body(body)), promise: nil) }
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            return
        case .body: break
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { underWay -= 1 }
        context.write(data, promise: promise)
    }

    /// Whether nothing comes after the head of a request, and the connection stays as it is.
    private static func endsWithHead(_ request: HTTPRequest) -> Bool {
        let fields = request.headerFields
        return !fields.contains(.transferEncoding) && !fields.contains(.expect)
            && (fields[.contentLength] ?? "0") == "0"
            && (fields[.connection] ?? "keep-alive").lowercased() == "keep-alive"
    }
}
