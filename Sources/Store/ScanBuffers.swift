/// The memory that one thread's scans write to, one scan after another.
///
/// Unchecked because buffers are used by whoever took them from the memory of scans, alone.
final class ScanBuffers: @unchecked Sendable {
    private static var rowCount: Int { StoreLimits.kernelRows }

    /// Which rows of the batch are in question, and their list.
    let mask = KernelBuffer<UInt8>(rowCount)
    let rows = KernelBuffer<UInt32>(rowCount)
    /// The group of each selected row, and the codes it is made of.
    let groups = KernelBuffer<UInt32>(rowCount)
    let codes = KernelBuffer<UInt32>(rowCount)
    let steps = KernelBuffer<UInt32>(rowCount)
    let members = KernelBuffer<UInt32>(rowCount)
    /// Numbers made for the selected rows.
    let numbers = KernelBuffer<Int64>(rowCount)
    let starts = KernelBuffer<Int64>(rowCount)
    let made = KernelBuffer<Int64>(rowCount)
    /// What an operand is compared with.
    let compared = KernelBuffer<Int64>(rowCount)
    /// Runs of equal steps: where they end, and their groups.
    let runEnds = KernelBuffer<UInt32>(rowCount)
    let runGroups = KernelBuffer<UInt32>(rowCount)
    private var operands: [KernelBuffer<Int64>] = []

    /// Room for the numbers of an operand.
    func operand(_ index: Int) -> KernelBuffer<Int64> {
        while operands.count <= index { operands.append(KernelBuffer(Self.rowCount)) }
        return operands[index]
    }
}
