import Testing

/// What is odd about the shop's documents, one by one, with what it has to become.
///
/// The same each time: identifiers, times and amounts are fixed.
enum ChikondiOddity: String, CaseIterable, CustomTestStringConvertible {
    case saleOfTheFirstShape, saleWithItems, saleWithCustomerName
    case sentAgainUnderAnotherId, sentAgainAsSynced
    case countersOfTwoDevicesCollide, counterBeginsAnewAfterReset
    case productEditsPileUp, editOverwritesCreation, productWithoutUpdate, categoryAddedLater
    case productRenamed, productWithoutDocument
    case typedPriceBelowList, missingNumbersAreNull, floatResidue, saleOfZero
    case alertIsNull, stockBelowZero
    case deviceClockIn2020, syncedFalseIsCopied, syncedMissing
    case healthCheckLeftover, designDocument
    case currencyIsNotTold, deletedOnTheServer, documentOfAnotherKind
    case nightByShopTime

    struct Document {
        let database: String
        let id: String
        let members: String
        var isDeletedLater = false
    }

    var testDescription: String { rawValue }

    private static func sale(
        _ id: String, _ members: String, deleted: Bool = false
    ) -> Document {
        Document(
            database: "chikondi_sales", id: id, members: members, isDeletedLater: deleted)
    }

    private static func product(_ id: String, _ members: String) -> Document {
        Document(database: "chikondi_inventory", id: id, members: members)
    }

    private static let time = "1760000000000"
    private static let plain =
        #""productId":1,"productName":"Sugar 1kg","quantity":2,"amount":3700,"#
        + #""paymentMethod":"cash","timestamp":1760000000000,"synced":false,"id":1"#
    private static let plainRow = "1|Sugar 1kg|2000|370000|-|cash|MWK|1760000000000000|0"

    /// The documents, in the order in which they were written.
    var documents: [Document] {
        switch self {
        case .saleOfTheFirstShape: [Self.sale("sale_1_1760000005000", Self.plain)]
        case .saleWithItems:
            [
                Self.sale(
                    "sale_1_1760000005000",
                    Self.plain + #","items":[{"name":"Sugar 1kg","quantity":2,"price":1850,"#
                        + #""total":3700}],"total":3700,"customerId":3"#)
            ]
        case .saleWithCustomerName:
            [
                Self.sale(
                    "sale_1_1760000005000",
                    Self.plain + #","total":3700,"customerId":3,"customerName":"Grace Banda""#)
            ]
        case .sentAgainUnderAnotherId:
            [
                Self.sale("sale_1_1760000005000", Self.plain),
                Self.sale("sale_1_1760600005000", Self.plain),
            ]
        case .sentAgainAsSynced:
            [
                Self.sale("sale_1_1760000005000", Self.plain),
                Self.sale(
                    "sale_1_1760600005000",
                    Self.plain.replacing("\"synced\":false", with: "\"synced\":true")),
            ]
        case .countersOfTwoDevicesCollide:
            [
                Self.sale("sale_1_1760000005000", Self.plain),
                Self.sale(
                    "sale_1_1760000009000",
                    Self.plain.replacing("Sugar 1kg", with: "Bread").replacing(
                        Self.time, with: "1760000000444")),
            ]
        case .counterBeginsAnewAfterReset:
            [
                Self.sale("sale_1_1760000005000", Self.plain),
                Self.sale(
                    "sale_1_1761600005000", Self.plain.replacing(Self.time, with: "1761600000000")),
            ]
        case .productEditsPileUp:
            [
                Self.product(
                    "product_1_1760000005000",
                    #""name":"Rice","price":5000,"quantity":9,"lowStockAlert":3,"#
                        + #""createdAt":1760000000000,"synced":false,"id":1"#),
                Self.product(
                    "product_1_1760000015000",
                    #""name":"Rice","price":5100,"quantity":8,"lowStockAlert":3,"#
                        + #""createdAt":1760000000000,"updatedAt":1760000010000,"synced":false,"id":1"#
                ),
            ]
        case .editOverwritesCreation:
            [
                Self.product(
                    "product_1_1760000015000",
                    #""name":"Rice","price":5100,"quantity":8,"lowStockAlert":3,"#
                        + #""createdAt":1760000010000,"updatedAt":1760000010000,"synced":false,"id":1"#
                )
            ]
        case .productWithoutUpdate:
            [
                Self.product(
                    "product_1_1760000005000",
                    #""name":"Rice","price":5000,"quantity":9,"lowStockAlert":3,"#
                        + #""createdAt":1760000000000,"synced":false,"id":1"#)
            ]
        case .categoryAddedLater:
            [
                Self.product(
                    "product_1_1760000005000",
                    #""name":"Rice","price":5000,"quantity":9,"lowStockAlert":3,"#
                        + #""category":"general","createdAt":1760000000000,"synced":false,"id":1"#)
            ]
        case .productRenamed:
            [
                Self.sale("sale_1_1760000005000", Self.plain),
                Self.sale(
                    "sale_2_1760000007000",
                    Self.plain.replacing("Sugar 1kg", with: "Sugar (1kg)").replacing(
                        "\"id\":1", with: "\"id\":2")),
            ]
        case .productWithoutDocument:
            [
                Self.sale(
                    "sale_1_1760000005000",
                    Self.plain.replacing("\"productId\":1", with: "\"productId\":9").replacing(
                        "Sugar 1kg", with: "Matches"))
            ]
        case .typedPriceBelowList:
            [
                Self.sale(
                    "sale_1_1760000005000",
                    Self.plain.replacing("3700", with: "3500")
                        + #","items":[{"name":"Sugar 1kg","quantity":2,"price":1850,"#
                        + #""total":3500}],"total":3500"#)
            ]
        case .missingNumbersAreNull:
            [
                Self.sale(
                    "sale_1_1760000005000",
                    Self.plain.replacing(
                        "\"quantity\":2,\"amount\":3700", with: "\"quantity\":null,\"amount\":null")
                )
            ]
        case .floatResidue:
            [
                Self.sale(
                    "sale_1_1760000005000", Self.plain.replacing("3700", with: "1050.3000000000002")
                )
            ]
        case .saleOfZero:
            [Self.sale("sale_1_1760000005000", Self.plain.replacing("3700", with: "0"))]
        case .alertIsNull:
            [
                Self.product(
                    "product_1_1760000005000",
                    #""name":"Rice","price":5000,"quantity":9,"lowStockAlert":null,"#
                        + #""createdAt":1760000000000,"synced":false,"id":1"#)
            ]
        case .stockBelowZero:
            [
                Self.product(
                    "product_1_1760000005000",
                    #""name":"Rice","price":5000,"quantity":-1,"lowStockAlert":3,"#
                        + #""createdAt":1760000000000,"synced":false,"id":1"#)
            ]
        case .deviceClockIn2020:
            [
                Self.sale(
                    "sale_1_1760000005000", Self.plain.replacing(Self.time, with: "1577837000000"))
            ]
        case .syncedFalseIsCopied: [Self.sale("sale_1_1760000005000", Self.plain)]
        case .syncedMissing:
            [
                Self.sale(
                    "sale_1_1760000005000", Self.plain.replacing("\"synced\":false,", with: ""))
            ]
        case .healthCheckLeftover:
            [
                Self.sale(
                    "sale_9001_1760000005000",
                    #""test":true,"timestamp":1760000000000,"createdAt":1760000000000,"#
                        + #""synced":false,"id":9001"#)
            ]
        case .designDocument:
            [
                Self.product(
                    "_design/stock",
                    #""language":"javascript","views":{"by_name":{"map":"function (doc) {}"}}"#)
            ]
        case .currencyIsNotTold:
            [
                Document(
                    database: "chikondi_expenses", id: "expense_1_1760000005000",
                    members: #""description":"Rent October","amount":60000,"category":"rent","#
                        + #""timestamp":1760000000000,"synced":false,"id":1"#)
            ]
        case .deletedOnTheServer:
            [Self.sale("sale_1_1760000005000", Self.plain, deleted: true)]
        case .documentOfAnotherKind: [Self.sale("refund_1_1760000005000", Self.plain)]
        case .nightByShopTime:
            // 00:30 in Malawi is 22:30 UTC of the day before.
            [
                Self.sale(
                    "sale_1_1760567405000", Self.plain.replacing(Self.time, with: "1760567400000"))
            ]
        }
    }

    /// The rows: number, product, quantity, amount, total, method, currency, time, synced; or for
    /// products number, name, category, price, stock, alert, currency, time; or for expenses number,
    /// description, category, amount, currency, time, synced.
    var rows: [String] {
        switch self {
        case .saleOfTheFirstShape, .sentAgainUnderAnotherId, .syncedFalseIsCopied:
            return [Self.plainRow]
        case .saleWithItems, .saleWithCustomerName:
            return ["1|Sugar 1kg|2000|370000|370000|cash|MWK|1760000000000000|0"]
        case .sentAgainAsSynced:
            return ["1|Sugar 1kg|2000|370000|-|cash|MWK|1760000000000000|1"]
        case .countersOfTwoDevicesCollide:
            return ["1|Bread|2000|370000|-|cash|MWK|1760000000444000|0", Self.plainRow]
        case .counterBeginsAnewAfterReset:
            return [Self.plainRow, "1|Sugar 1kg|2000|370000|-|cash|MWK|1761600000000000|0"]
        case .productEditsPileUp:
            return [
                "1|Rice|-|500000|9000|3000|MWK|1760000000000000",
                "1|Rice|-|510000|8000|3000|MWK|1760000010000000",
            ]
        case .editOverwritesCreation: return ["1|Rice|-|510000|8000|3000|MWK|1760000010000000"]
        case .productWithoutUpdate: return ["1|Rice|-|500000|9000|3000|MWK|1760000000000000"]
        case .categoryAddedLater: return ["1|Rice|general|500000|9000|3000|MWK|1760000000000000"]
        case .productRenamed:
            return [Self.plainRow, "2|Sugar (1kg)|2000|370000|-|cash|MWK|1760000000000000|0"]
        case .productWithoutDocument:
            return ["1|Matches|2000|370000|-|cash|MWK|1760000000000000|0"]
        case .typedPriceBelowList:
            return ["1|Sugar 1kg|2000|350000|350000|cash|MWK|1760000000000000|0"]
        case .missingNumbersAreNull:
            return ["1|Sugar 1kg|-|-|-|cash|MWK|1760000000000000|0"]
        case .floatResidue: return ["1|Sugar 1kg|2000|105030|-|cash|MWK|1760000000000000|0"]
        case .saleOfZero: return ["1|Sugar 1kg|2000|0|-|cash|MWK|1760000000000000|0"]
        case .alertIsNull: return ["1|Rice|-|500000|9000|-|MWK|1760000000000000"]
        case .stockBelowZero: return ["1|Rice|-|500000|-1000|3000|MWK|1760000000000000"]
        case .deviceClockIn2020:
            return ["1|Sugar 1kg|2000|370000|-|cash|MWK|1577837000000000|0"]
        case .syncedMissing: return ["1|Sugar 1kg|2000|370000|-|cash|MWK|1760000000000000|-"]
        case .currencyIsNotTold: return ["1|Rent October|rent|6000000|MWK|1760000000000000|0"]
        case .nightByShopTime: return ["1|Sugar 1kg|2000|370000|-|cash|MWK|1760567400000000|0"]
        case .healthCheckLeftover, .designDocument, .deletedOnTheServer, .documentOfAnotherKind:
            return []
        }
    }
}
