import Vocabulary

extension Store {
    /// The folder of the store's file, which others may use for temporary files of their own.
    public var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Applies any number of batches as one commit, in memory that does not grow with them.
    ///
    /// All of it becomes visible at once and is durable on return; the operations apply in their
    /// order. While it goes on, rows are sealed into segments that nobody else sees, readers go on
    /// as before, and other commits wait: for a few large transactions, not for daily ones.
    ///
    /// - Parameter next: Gives the next batch, of some thousands of operations; nil at the end. It
    ///   must not use this store.
    /// - Returns: The commit.
    /// - Throws: `Advice` when it could not be stored, or what `next` throws; then nothing of it was.
    @discardableResult
    public func commit(parts next: () throws -> ChangeBatch?) throws -> Commit {
        var damage: [Int64: Set<ChunkColumn>] = [:]
        do {
            return try write { try apply(parts: next, in: $0, damage: &damage) }
        } catch let advice as Advice where advice.kind == .damaged {
            // The batches are gone; whoever has them finds what is damaged when it tries again.
            if try noteDamage(besides: damage) { while try rebuildDerived() {} }
            throw advice
        }
    }

    private func apply(
        parts next: () throws -> ChangeBatch?, in session: WriteSession,
        damage: inout [Int64: Set<ChunkColumn>]
    ) throws {
        let writer = session.writer
        let (usual, usualLimit) = (writer.chunks, writer.referenceLimit)
        // What this transaction sealed can only be read on its own connection, and what was read
        // of it means nothing if the transaction fails.
        let within = ChunkReader(
            queue: writer.queue, limit: StoreLimits.largeCommitBytes,
            isWithinTransaction: true)
        writer.chunks = within
        writer.referenceLimit = StoreLimits.largeCommitBytes
        defer { (writer.chunks, writer.referenceLimit) = (usual, usualLimit) }
        do {
            _ = try session.beginCommit()
            // What is sealed within the transaction need not stand in the file's delta before.
            session.isDeferring = true
            while let batch = try next() {
                try session.apply(batch)
                try session.endCommit()
                session.putBack()
                try session.sealWhatIsFull()
            }
            try session.writeDeferred()
        } catch {
            writer.readers = [:]
            damage = within.damage
            throw error
        }
    }
}

extension WriteSession {
    /// Seals the models whose delta is full, within the present transaction.
    fileprivate func sealWhatIsFull() throws {
        for (name, model) in state.models where model.waiting >= StoreLimits.segmentRows {
            try seal(model: name)
        }
    }
}
