import Vocabulary

/// The groups that one company's rows can fall into.
///
/// Each dimension gives a row a code, 0 for a missing value. Where the codes of all dimensions are
/// known to be few, a group is their mixed-radix number and every possible group has its record
/// (*dense*). Otherwise groups are numbered as they appear.
struct GroupSpace {
    /// How numbers become codes.
    enum Mapping {
        /// All rows have code 0.
        case constant
        /// Number − low + 1.
        case affine(low: Int64)
        /// `codes[number − low + 1]`; `codes[0]` is that of missing.
        case table(low: Int64, codes: [UInt32])
        /// One more than the number of bounds that are not greater.
        case band([Int64])
        /// See `rk_group_novelty`: tables of member and step, and the first step of each member.
        case novelty(low: Int64, steps: [UInt32], firsts: [UInt32])
        /// Numbered as they appear.
        case numbered
    }

    struct Dimension {
        /// The operand whose lane is read.
        let operand: Int
        let mapping: Mapping
        /// How many codes there are; 0 when that is not known.
        let count: Int
        /// The number that each code of a table stands for.
        var numbers: [Int64] = []
    }

    let dimensions: [Dimension]
    /// What each dimension's code is multiplied with; empty when groups are numbered.
    let factors: [Int]
    /// How many groups there are; 0 when they are numbered.
    let count: Int

    var isDense: Bool { factors.count == dimensions.count }

    init(_ dimensions: [Dimension], candidates: Int) {
        var factors: [Int] = []
        var product = 1
        for dimension in dimensions {
            guard dimension.count > 0 else {
                product = .max
                break
            }
            factors.append(product)
            let (next, overflow) = product.multipliedReportingOverflow(by: dimension.count)
            product = overflow ? .max : next
            if product > StoreLimits.denseGroups { break }
        }
        // A record for every possible group pays when rows are not far fewer.
        if product <= max(1 << 16, min(StoreLimits.denseGroups, candidates * 8)) {
            self.dimensions = dimensions
            self.factors = factors
            count = product
        } else {
            self.factors = []
            count = 0
            // A single code is the group, so there must not be more of them than groups.
            if let only = dimensions.first, dimensions.count == 1, only.count > StoreLimits.groups,
                case .affine = only.mapping
            {
                self.dimensions = [
                    Dimension(operand: only.operand, mapping: .numbered, count: 0)
                ]
            } else {
                self.dimensions = dimensions
            }
        }
    }

    /// The number that a code of a dimension stands for.
    func number(_ code: Int, _ index: Int) -> Int64 {
        let dimension = dimensions[index]
        switch dimension.mapping {
        case .constant: return 0
        case .affine(let low): return code == 0 ? NumberVector.missing : low + Int64(code) - 1
        case .table, .numbered: return dimension.numbers[code]
        case .band: return code == 0 ? NumberVector.missing : Int64(code) - 1
        case .novelty: return code == 0 ? NumberVector.missing : Int64(code) - 1
        }
    }
}
