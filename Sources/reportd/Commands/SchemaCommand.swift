import Analytics
import ArgumentParser

/// `reportd schema`: what editors check definition files by.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of a kind of definition file.",
        discussion: """
            Kinds: companies, models, metrics, targets, reference, reconciliations, dashboards, reports, \
            cases. Save the schema in a file, and begin definitions with ‘# yaml-language-server: \
            $schema=metrics.schema.json’.
            """)

    @Argument(help: "The kind of file: the name of its folder.")
    var kind: String

    func run() throws { Terminal.write(try DefinitionSchema(named: kind).json) }
}
