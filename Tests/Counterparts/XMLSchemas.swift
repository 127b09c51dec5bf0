import Foundation

/// XML schemas that others publish, and the program that holds files to them.
///
/// The schemas are not ours to keep: `.ci/run` names the folder that has them, and does not begin
/// without. Where no folder is named, files are only read, not validated.
public enum XMLSchemas {
    /// The folder with the schemas; nil where none is named.
    public static let folder = ProcessInfo.processInfo.environment["REPORTD_TEST_SCHEMAS"]

    /// Holds a file to a schema by its name, if schemas are at hand.
    ///
    /// - Throws: `Readers.Failure` with what the validator says of a file that does not meet it.
    public static func validate(_ file: String, against name: String) throws {
        guard let folder else { return }
        try Readers.run(
            "xmllint", ["--noout", "--nonet", "--schema", "\(folder)/\(name).xsd", file])
    }
}
