import Foundation
import Testing
import Vocabulary

@Suite struct BrandTests {
    private func directory(_ brand: String, folder: String? = nil) throws -> CompanyDirectory {
        try CompanyDirectory(
            DefinitionNode(
                parsing: """
                    groups:
                      all: {label: All, brand: {accent: "#7a1f4b"}}
                    companies:
                      - {code: a, name: A, zone: UTC, currency: DKK, country: DK, groups: [all], brand: \(brand)}
                      - {code: b, name: B, zone: UTC, currency: DKK, country: DK, groups: [all]}
                      - {code: c, name: C, zone: UTC, currency: DKK, country: DK}
                    """, file: "companies.yaml"), folder: folder)
    }

    @Test func papersOfOneCompanyHaveItsBrandAndOthersTheirGroups() throws {
        let directory = try directory("{accent: \"#1f5fa8\"}")
        let companies = directory.companies
        #expect(directory.brand(of: [companies[0]])?.accent == 0x1f5fa8)
        #expect(directory.brand(of: [companies[0], companies[1]])?.accent == 0x7a1f4b)
        #expect(directory.brand(of: [companies[1]]) == nil)
        #expect(directory.brand(of: companies) == nil)
        #expect(directory.brand(of: [companies[2]]) == nil)
    }

    /// The extremes, and the grey that WCAG's own examples give 4.54.
    @Test func contrastIsThatOfTheStandard() {
        #expect(abs(CompanyBrand.contrast(toWhite: 0x000000) - 21) < 0.001)
        #expect(abs(CompanyBrand.contrast(toWhite: 0xffffff) - 1) < 0.001)
        #expect(abs(CompanyBrand.contrast(toWhite: 0x767676) - 4.54) < 0.005)
    }

    @Test(arguments: [
        ("{accent: \"#f4c95d\"}", "#f4c95d has a contrast of 1.5 to white paper"),
        ("{accent: \"1f5fa8\"}", "‘1f5fa8’ is no colour"),
        ("{accent: \"#+f5fa8\"}", "‘#+f5fa8’ is no colour"),
        ("{logo: logo.gif}", "is neither PNG nor SVG"), ("{logo: none.svg}", "cannot be read"),
        ("{logo: text.png}", "is no PNG picture"), ("{logo: large.svg}", "524288 are allowed"),
    ])
    func mistakesAreNamed(brand: String, problem: String) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/brand-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data("text".utf8).write(to: URL(fileURLWithPath: folder + "/text.png"))
        try Data(("<svg>" + String(repeating: " ", count: 524_288)).utf8)
            .write(to: URL(fileURLWithPath: folder + "/large.svg"))
        let error = #expect(throws: Advice.self) { try directory(brand, folder: folder) }
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
        #expect(error?.description.hasPrefix("companies.yaml:4:") == true)
    }

    @Test func logosAreReadFromTheFolderOfDefinitions() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/brand-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder + "/brands", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let text = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"/>"
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/brands/a.svg"))
        let logo = try directory("{logo: brands/a.svg}", folder: folder).companies[0].brand?.logo
        #expect(logo == CompanyBrand.Logo(format: .svg, bytes: Array(text.utf8)))
    }
}
