import ArgumentParser
import Hummingbird
import JWTKit
import GRDB
import Mustache
import ServiceLifecycle
import Logging
import CCurl

@main
struct Reportd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "reportd")
    func run() async throws {}
}
