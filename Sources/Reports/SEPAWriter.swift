import Vocabulary

/// Writes credit transfers in euro as ISO 20022 has banks take them: pain.001.001.09 or .03.
///
/// One `PmtInf` for each account that pays and day of payment, with number and sum of its payments; the
/// whole has them too. `MsgId` follows from what is ordered, and all times from the report's provenance.
/// No address is written: since 15 November 2026 unstructured ones are refused, and none is asked for.
struct SEPAWriter {
    /// The version of the message.
    enum Version: String {
        case v03 = "pain.001.001.03"
        case v09 = "pain.001.001.09"
    }

    let version: Version

    func write(_ document: ReportDocument, to sink: ByteSink) throws {
        let list = try PaymentList(document)
        let identification = list.identification
        let provenance = document.provenance
        let local = provenance.zone.local(provenance.generatedAt)
        var xml = try XMLWriter(sink)
        let namespace = "urn:iso:std:iso:20022:tech:xsd:\(version.rawValue)"
        try xml.element("Document", attributes: "xmlns=\"\(namespace)\"") { xml in
            try xml.element("CstmrCdtTrfInitn") { xml in
                try xml.element("GrpHdr") { xml in
                    try xml.element("MsgId", identification)
                    try xml.element("CreDtTm", "\(local.day)T\(local.clock)")
                    try xml.element("NbOfTxs", String(list.count))
                    try xml.element("CtrlSum", list.total.description)
                    try xml.element(["InitgPty", "Nm"], list.batches[0].holder)
                }
                for (number, batch) in list.batches.enumerated() {
                    try write(batch, "\(identification)-\(number + 1)", to: &xml)
                }
            }
        }
        try xml.finish()
    }

    private func write(
        _ batch: PaymentList.Batch, _ identification: String, to xml: inout XMLWriter
    ) throws {
        try xml.element("PmtInf") { xml in
            try xml.element("PmtInfId", identification)
            try xml.element("PmtMtd", "TRF")
            try xml.element("NbOfTxs", String(batch.payments.count))
            try xml.element("CtrlSum", batch.total.description)
            try xml.element(["PmtTpInf", "SvcLvl", "Cd"], "SEPA")
            let day = batch.execution.description
            switch version {
            case .v03: try xml.element("ReqdExctnDt", day)
            case .v09: try xml.element(["ReqdExctnDt", "Dt"], day)
            }
            try xml.element(["Dbtr", "Nm"], batch.holder)
            try xml.element(["DbtrAcct", "Id", "IBAN"], batch.debtor.iban.text)
            if let bic = batch.debtor.bic {
                try xml.element(["DbtrAgt", "FinInstnId", bicName], bic.text)
            } else {
                try xml.element(["DbtrAgt", "FinInstnId", "Othr", "Id"], "NOTPROVIDED")
            }
            try xml.element("ChrgBr", "SLEV")
            for payment in batch.payments { try write(payment, to: &xml) }
        }
    }

    private func write(_ payment: PaymentList.Payment, to xml: inout XMLWriter) throws {
        try xml.element("CdtTrfTxInf") { xml in
            try xml.element(["PmtId", "EndToEndId"], payment.identification)
            try xml.element("Amt") { xml in
                try xml.element(
                    "InstdAmt", attributes: "Ccy=\"EUR\"", payment.amount.amount.description)
            }
            if let bic = payment.bic {
                try xml.element(["CdtrAgt", "FinInstnId", bicName], bic.text)
            }
            try xml.element(["Cdtr", "Nm"], payment.creditor)
            try xml.element(["CdtrAcct", "Id", "IBAN"], payment.account.text)
            switch payment.reference {
            case .none: break
            case .text(let text): try xml.element(["RmtInf", "Ustrd"], text)
            case .structured(let text, let issuer):
                try xml.element("RmtInf") { xml in
                    try xml.element("Strd") { xml in
                        try xml.element("CdtrRefInf") { xml in
                            try xml.element("Tp") { xml in
                                try xml.element(["CdOrPrtry", "Cd"], "SCOR")
                                try xml.element("Issr", issuer.rawValue)
                            }
                            try xml.element("Ref", text)
                        }
                    }
                }
            }
        }
    }

    private var bicName: String { version == .v03 ? "BIC" : "BICFI" }
}
