import ArgumentParser
import CCurl
import GRDB
import Hummingbird
import JWTKit
import Logging
import Mustache
import ServiceLifecycle

@main
struct Reportd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "reportd")
    func run() async throws {}
}
