extension StateFile {
    /// All steps, in the order in which a new file takes them.
    static let migrations: [StateMigration] =
        DeliveryLedger.migrations + UserBook.migrations + CloseBook.migrations
        + AuditLog.migrations + ExportLedger.migrations + APIKeyBook.migrations
        + GuestBook.migrations + TokenBook.migrations + [SessionBook.visitors]
}
