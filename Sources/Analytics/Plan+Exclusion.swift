import Store
import Vocabulary

/// Questions about the rows of all members but those that are named.
extension MetricPlan {
    /// Whether conditions can tell members apart: those of one dimension, not companies, nor whether
    /// a member is new.
    var canExclude: Bool {
        dimensions.count == 1
            && dimensions[0].groups.values.allSatisfy {
                switch $0 {
                case .group(.company), .group(.novelty): false
                case .group, .age, .calendar: true
                }
            }
    }

    /// Leaves out the rows of some members of a dimension.
    mutating func exclude(_ members: [Cell], of dimension: PlannedDimension) {
        for index in scans.indices {
            guard let group = dimension.groups[scans[index].now.model] else { continue }
            let date = scans[index].date
            func leaveOut(_ request: inout ScanRequest, _ period: Period) {
                let asked = AskedDays(period, today: spans.today)
                if let filter = group.exclusion(of: members, asked, date: date) {
                    request.filters.append(filter)
                }
            }
            leaveOut(&scans[index].now, spans.now)
            if let before = spans.before, var request = scans[index].before {
                leaveOut(&request, before)
                scans[index].before = request
            }
        }
    }
}
