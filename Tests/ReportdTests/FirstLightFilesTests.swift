import Analytics
import Counterparts
import Foundation
import Reports
import Store
import Testing
import Vocabulary

@testable import reportd

/// One number everywhere: JSON, CSV, XLSX, PDF and mail of one report agree with SQL to the øre.
@Suite struct FirstLightFilesTests {
    private struct Totals: Equatable {
        let net: String
        let tax: String
        let gross: String
        let rows: Int
    }

    private static let period = "2026-10"

    private func oracle(_ world: FirstLightWorld) async throws -> Totals {
        let oracle = SalesOracle(
            world: world, company: "rendetalje",
            period: try PeriodName(Self.period).period(today: LocalDay(number: 20_000)))
        let row = try oracle.rows(
            """
            SELECT sum(final_amount), sum(tax_amount), sum(total_with_tax), count(*) FROM sales s
            WHERE \(SalesOracle.booked) AND \(oracle.scope("s", "sale_date"))
            """)[0]
        return Totals(net: row[0], tax: row[1], gross: row[2], rows: try #require(Int(row[3])))
    }

    private func file(_ format: ReportFormat, locale: String) async throws -> String {
        let world = try await FirstLightWorld.shared
        let document = try world.desk.report(
            "sales-register", ViewChoices(companies: ["rendetalje"], period: Self.period),
            scope: world.workplace.everything)
        let path = world.settings.folder + "/register-\(UUID().uuidString).\(format.fileExtension)"
        try ReportOutput(
            format, locale: ReportLocale(locale), table: format == .csv ? "register" : nil
        ).write(document, to: path)
        return path
    }

    @Test func everyFormatHasTheTotalsOfTheSource() async throws {
        let world = try await FirstLightWorld.shared
        let expected = try await oracle(world)
        #expect(expected.rows > 5)

        let json = try await file(.json, locale: "en")
        let fromJSON: [String] = try Readers.python(
            """
            report = json.load(open(sys.argv[1]))
            table = [b for b in report["blocks"] if b["type"] == "table"][0]
            names = [c["name"] for c in table["columns"]]
            cells = table["totals"][0]["cells"]
            emit([cells[names.index(n)]["amount"] for n in ("net", "tax", "gross")]
                 + [str(len(table["rows"]))])
            """, [json])
        #expect(fromJSON == [expected.net, expected.tax, expected.gross, "\(expected.rows)"])

        let csv = try await file(.csv, locale: "en")
        let fromCSV: [String] = try Readers.python(
            """
            import csv
            rows = list(csv.DictReader(open(sys.argv[1], newline="")))
            emit([str(sum(Decimal(r[n]) for r in rows)) for n in ("net", "tax", "gross")]
                 + [str(len(rows))])
            """, [csv])
        #expect(fromCSV == fromJSON)

        let xlsx = try await file(.xlsx, locale: "da")
        let fromXLSX: [String] = try Readers.python(
            Self.workbookReader, [xlsx, "\(expected.rows)"])
        #expect(fromXLSX == fromJSON)

        // LibreOffice computes the totals anew from the formulas.
        let folder = world.settings.folder
        try Readers.run(
            "soffice",
            [
                "-env:UserInstallation=file://\(folder)/office", "--headless", "--convert-to",
                "xlsx:Calc MS Excel 2007 XML", "--outdir", folder + "/office-out", xlsx,
            ])
        let name = URL(fileURLWithPath: xlsx).lastPathComponent
        let fromOffice: [String] = try Readers.python(
            Self.workbookReader, [folder + "/office-out/" + name, "\(expected.rows)"])
        #expect(fromOffice == fromJSON)

        let pdf = try await file(.pdf, locale: "da")
        let text = try Readers.text("pdftotext", ["-layout", pdf, "-"])
        for amount in [expected.net, expected.tax, expected.gross] {
            #expect(text.contains(Self.danish(amount)), "\(amount)")
        }
        #expect(text.contains("I alt DKK"))
        let fonts = try Readers.text("pdffonts", [pdf])
        #expect(!fonts.contains(" no "), "a font is not embedded: \(fonts)")
    }

    @Test func aManifestTellsOfItsFile() async throws {
        let world = try await FirstLightWorld.shared
        let document = try world.desk.report(
            "sales-register", ViewChoices(companies: ["rendetalje"], period: Self.period),
            scope: world.workplace.everything)
        let output = ReportOutput(.csv, locale: .english, table: "register")
        let path = world.settings.folder + "/manifest-\(UUID().uuidString).csv"
        try output.write(document, to: path)
        let manifest = try FileManifest(document, output).write(beside: path)
        struct Answer: Decodable {
            let told: [String]
            let found: [String]
            let commit: UInt64
            let period: [String: String]
        }
        let answer: Answer = try Readers.python(
            """
            import csv, hashlib
            told = json.load(open(sys.argv[2]))
            raw = open(sys.argv[1], "rb").read()
            rows = list(csv.DictReader(open(sys.argv[1], newline="")))
            total = told["totals"][0]
            names = sorted(total["sums"])
            sums = [sum(Decimal(r[n] or 0) for r in rows
                        if r["net_currency"] == total["currency"]) for n in names]
            emit({"told": [told["file"], told["sha256"], str(told["bytes"]), str(told["rows"])]
                          + [total["sums"][n] for n in names],
                  "found": [sys.argv[1].split("/")[-1], hashlib.sha256(raw).hexdigest(),
                            str(len(raw)), str(len(rows))] + [str(s) for s in sums],
                  "commit": told["commit"], "period": told["period"]})
            """, [path, manifest])
        #expect(answer.told == answer.found)
        #expect(answer.told.count >= 7)
        #expect(answer.commit == document.provenance.commit)
        #expect(answer.period == ["from": "2026-10-01", "to": "2026-10-31"])
        let advice = #expect(throws: Advice.self) {
            try FileManifest(document, ReportOutput(.pdf, locale: .english))
        }
        #expect(advice?.remedy.contains("csv") == true)
    }

    @Test(arguments: ["sales", "vat", "payables"])
    func aDashboardIsOneWorkbookAndOnePDF(name: String) async throws {
        let world = try await FirstLightWorld.shared
        let choices = ViewChoices(companies: ["rendetalje"], period: Self.period)
        let document = try world.desk.dashboard(
            name, choices, scope: world.workplace.everything
        ).document
        let path = world.settings.folder + "/\(name)-\(UUID().uuidString)"
        for format in [ReportFormat.json, .xlsx, .pdf] {
            try ReportOutput(format, locale: .english).write(
                document, to: "\(path).\(format.fileExtension)")
        }
        struct Answer: Decodable {
            let told: [String]
            let found: [String]
            let charts: [Int]
        }
        let answer: Answer = try Readers.python(
            """
            import openpyxl
            report = json.load(open(sys.argv[1]))
            book = openpyxl.load_workbook(sys.argv[2], data_only=True)
            number = lambda v: Decimal(str(v["amount"] if isinstance(v, dict) else v))
            told, found = [], []
            for block in report["blocks"]:
                if block["type"] != "figures": continue
                for figure in block["figures"]:
                    told += [f'{figure["label"]} {float(number(v)):.6g}'
                             for v in figure["values"] if v is not None]
            for sheet in book.worksheets:
                rows = list(sheet.iter_rows(values_only=True))
                if rows and rows[0][:2] == ("Figure", "Value"):
                    found += [f"{r[0]} {float(r[1]):.6g}" for r in rows[1:] if r[1] is not None]
            emit({"told": told, "found": found,
                  "charts": [sum(b["type"] == "chart" and any(c["values"] for c in b["chart"]["series"])
                                 for b in report["blocks"]),
                             sum(len(s._charts) for s in book.worksheets)]})
            """, [path + ".json", path + ".xlsx"])
        #expect(answer.told == answer.found)
        #expect(!answer.told.isEmpty)
        #expect(answer.charts[0] == answer.charts[1])
        #expect(try Readers.text("pdftotext", [path + ".pdf", "-"]).contains(document.title))
    }

    private static let workbookReader = """
        import openpyxl
        book = openpyxl.load_workbook(sys.argv[1], data_only=True)
        count = int(sys.argv[2])
        for sheet in book.worksheets:
            rows = list(sheet.iter_rows(values_only=True))
            heads = [i for i, r in enumerate(rows) if r and r[0] == "Sale"]
            if not heads: continue
            head = rows[heads[0]]
            body = rows[heads[0] + 1:heads[0] + 1 + count]
            total = rows[heads[0] + 1 + count]
            columns = [head.index(n) for n in ("Net", "VAT", "Gross")]
            cents = lambda v: str(Decimal(str(v)).quantize(Decimal("0.01")))
            sums = [cents(sum(Decimal(str(r[c])) for r in body)) for c in columns]
            printed = [cents(round(total[c], 2)) for c in columns]
            assert sums == printed, (sums, printed)
            emit(printed + [str(len(body))])
            break
        """

    /// `12345.60` as Danish paper has it: `12.345,60`.
    private static func danish(_ amount: String) -> String {
        let parts = amount.split(separator: ".")
        var whole = ""
        for (index, digit) in parts[0].reversed().enumerated() {
            if index > 0, index % 3 == 0 { whole = "." + whole }
            whole = String(digit) + whole
        }
        return whole + "," + parts[1]
    }

    /// The whole road of a scheduled mail: the binary, a real SMTP server, an independent reader.
    @Test func theMailCarriesTheSameTotalsAndGoesOnce() async throws {
        let world = try await FirstLightWorld.shared
        let server = try DeliverySMTPServer(.plain)
        let folder = world.settings.folder + "/mail"
        let definitions = folder + "/queries"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: FirstLightWorld.root + "/queries", toPath: definitions)
        try """
        schedule: october
        report: sales-register
        companies: [rendetalje, foodtruck]
        period: last-month
        cron: 30 7 1 * *
        zone: Europe/Copenhagen
        format: pdf
        recipients:
          - {address: office@example.com, name: Søren Ågård, locale: da, companies: [rendetalje]}
          - {address: other@example.com, name: Other, locale: en, companies: [foodtruck]}
        """.write(
            toFile: definitions + "/schedules/october.yaml", atomically: true, encoding: .utf8)
        try """
        definitions: queries
        store: \(world.settings.store)
        mail: {host: localhost, port: \(server.port), security: plain, from: reports@example.org}
        """.write(toFile: folder + "/reportd.yaml", atomically: true, encoding: .utf8)
        let words = ["send", "october", "--now", "2026-11-20T13:30:00Z"]
        let first = try LiveProgram(words + ["--config", folder + "/reportd.yaml"])
        let (status, text) = first.finish()
        #expect(status == 0, "\(text)")
        #expect(text.contains("#1 october 2026-11-01T07:30:00 office@example.com: sent"))
        #expect(text.contains("other@example.com: sent"))
        // Each message is computed under the grants of its own recipient.
        for (mine, foreign) in [("office", "Foodtruck"), ("other", "Rendetalje")] {
            let kept = try #require(server.kept(for: "\(mine)@example.com").first)
            let path = "\(folder)/\(mine).eml"
            try Data(kept.message).write(to: URL(fileURLWithPath: path))
            let decoded: [String] = try Readers.python(
                """
                import email, email.policy
                m = email.message_from_bytes(
                    open(sys.argv[1], "rb").read(), policy=email.policy.default)
                emit([p.get_content() for p in m.walk() if p.get_content_maintype() == "text"])
                """, [path])
            #expect(decoded.count == 2)
            #expect(decoded.allSatisfy { !$0.contains(foreign) })
        }
        let again = try LiveProgram(words + ["--config", folder + "/reportd.yaml"])
        _ = again.finish()
        let mails = try server.kept(for: "office@example.com")
        #expect(mails.count == 1)

        let path = folder + "/mail.eml"
        try Data(try #require(mails.first).message).write(to: URL(fileURLWithPath: path))
        let expected = try await oracle(world)
        let parts: [String: String] = try Readers.python(
            """
            import email, email.policy, pathlib
            m = email.message_from_bytes(open(sys.argv[1], "rb").read(), policy=email.policy.default)
            folder = pathlib.Path(sys.argv[1]).parent
            found = {"to": str(m["To"]), "subject": str(m["Subject"]), "id": str(m["Message-ID"])}
            for part in m.walk():
                kind = part.get_content_type()
                if kind == "application/pdf":
                    (folder / "mail.pdf").write_bytes(part.get_content())
                    found["file"] = part.get_filename()
                elif kind == "image/png":
                    found["png"] = part.get_content()[:8].hex()
                    found["cid"] = part["Content-ID"].strip("<>")
                elif kind in ("text/plain", "text/html"):
                    found[kind] = part.get_content()
            emit(found)
            """, [path])
        #expect(parts["to"]?.contains("Søren Ågård") == true)
        #expect(parts["png"] == "89504e470d0a1a0a")
        #expect(parts["text/html"]?.contains("cid:" + (parts["cid"] ?? "?")) == true)
        #expect(parts["file"]?.hasSuffix(".pdf") == true)
        let pdf = try Readers.text("pdftotext", ["-layout", folder + "/mail.pdf", "-"])
        let net = Self.danish(expected.net)
        for form in [parts["text/plain"], parts["text/html"], pdf] {
            #expect(form?.contains(net) == true)
        }
        #expect(pdf.contains(Self.danish(expected.gross)))
    }
}
