import CXlsxwriter
import Vocabulary

/// How a cell looks.
struct CellFormat: Hashable {
    var number = ""
    var isBold = false
    var isTotal = false
    var isHeader = false
    var isRight = false
    var isLeft = false
    var isMuted = false
    var isWrapped = false
    var size = 10.0

    static let plain = CellFormat()
    static func number(_ pattern: String) -> CellFormat { CellFormat(number: pattern) }
    static func date(_ pattern: String) -> CellFormat { CellFormat(number: pattern, isLeft: true) }
    func asTotal() -> CellFormat {
        var copy = self
        copy.isTotal = true
        copy.isBold = true
        return copy
    }
}

/// A workbook being written by libxlsxwriter in constant memory: each row goes to disk when the
/// next one begins, so rows of a sheet must be written in order.
///
/// Owns the handle. The file gets the creation time it is given, so that the same input makes the
/// same bytes.
@safe
package final class Workbook {
    private let handle: UnsafeMutablePointer<lxw_workbook>
    private var formats: [CellFormat: FormatID] = [:]
    private var handles: [FormatHandle] = []
    private var names = SpreadsheetNames()
    private var isClosed = false

    /// Rows of one sheet, including its header.
    package static let maximumRows = 1_048_576
    /// UTF-16 units of one cell.
    static let maximumText = 32_767
    /// Digits that a spreadsheet keeps of a number.
    static let maximumDigits = 15

    /// Begins a workbook.
    ///
    /// - Throws: `Advice` when libxlsxwriter has no memory for it.
    init(path: String) throws {
        var options = unsafe lxw_workbook_options()
        unsafe options.constant_memory = 1
        // Parts beyond 4 GiB need the larger zip format; smaller ones stay in the common one.
        unsafe options.use_zip64 = 0
        guard let made = unsafe workbook_new_opt(path, &options) else {
            throw Advice(.storage, "the workbook cannot be begun", remedy: "free some memory")
        }
        unsafe handle = made
    }

    deinit {
        if !isClosed { unsafe lxw_workbook_free(handle) }
    }

    /// Sets title, company and the time at which the file says it was made.
    func describe(title: String, company: String, comments: String, createdAt: Instant) {
        // Zero would mean “now”.
        let created = createdAt.seconds == 0 ? 1 : Int(createdAt.seconds)
        unsafe title.withWritableCString { title in
            unsafe company.withWritableCString { company in
                unsafe comments.withWritableCString { comments in
                    var properties = unsafe lxw_doc_properties()
                    unsafe properties.title = title
                    unsafe properties.company = company
                    unsafe properties.comments = comments
                    unsafe properties.created = created
                    _ = unsafe workbook_set_properties(handle, &properties)
                }
            }
        }
    }

    /// Adds a sheet under the nearest legal name that is still free.
    func addSheet(_ wanted: String) throws -> Worksheet {
        let name = names.name(for: wanted)
        guard let sheet = unsafe workbook_add_worksheet(handle, name) else {
            throw Advice(
                .storage, "the sheet ‘\(name)’ cannot be added", remedy: "free some memory")
        }
        return unsafe Worksheet(handle: sheet, name: name, workbook: self)
    }

    /// Adds a native chart; it must then be put on a sheet.
    func addChart(_ kind: Chart.Kind) throws -> WorkbookChart {
        let type =
            switch kind {
            case .line: LXW_CHART_LINE
            case .column: LXW_CHART_COLUMN
            case .bar, .funnel: LXW_CHART_BAR
            case .stacked: LXW_CHART_COLUMN_STACKED
            case .heatmap: preconditionFailure("a field is coloured cells")
            }
        guard let chart = unsafe workbook_add_chart(handle, UInt8(type.rawValue)) else {
            throw Advice(.storage, "a chart cannot be added", remedy: "free some memory")
        }
        return unsafe WorkbookChart(handle: chart)
    }

    /// Writes the file.
    ///
    /// - Throws: `Advice` with libxlsxwriter's words.
    func close() throws {
        // The library frees the handle whether or not it succeeds.
        isClosed = true
        try Self.check(unsafe workbook_close(handle))
    }

    static func check(_ code: lxw_error) throws {
        guard code != LXW_NO_ERROR else { return }
        let words = unsafe String(cString: lxw_strerror(code))
        throw Advice(
            .storage, "the workbook cannot be written",
            remedy: "see that the disk and the temporary folder have room",
            cause: "libxlsxwriter: \(words)")
    }

    /// A format that the workbook knows, found without comparing its properties.
    struct FormatID {
        fileprivate let index: Int
    }

    @safe
    private struct FormatHandle {
        let pointer: UnsafeMutablePointer<lxw_format>
    }

    @unsafe
    fileprivate func handle(for id: FormatID) -> UnsafeMutablePointer<lxw_format> {
        unsafe handles[id.index].pointer
    }

    /// Finds or makes a format.
    func format(_ format: CellFormat) -> FormatID {
        if let known = formats[format] { return known }
        guard let made = unsafe workbook_add_format(handle) else {
            preconditionFailure("libxlsxwriter has no memory for a format")
        }
        unsafe format_set_font_name(made, "Arial")
        unsafe format_set_font_size(made, format.size)
        if !format.number.isEmpty { unsafe format_set_num_format(made, format.number) }
        if format.isBold || format.isHeader { unsafe format_set_bold(made) }
        if format.isMuted { unsafe format_set_font_color(made, Ink.muted.code) }
        if format.isRight { unsafe format_set_align(made, UInt8(LXW_ALIGN_RIGHT.rawValue)) }
        if format.isLeft { unsafe format_set_align(made, UInt8(LXW_ALIGN_LEFT.rawValue)) }
        if format.isWrapped {
            unsafe format_set_text_wrap(made)
            unsafe format_set_align(made, UInt8(LXW_ALIGN_VERTICAL_TOP.rawValue))
        }
        if format.isHeader {
            unsafe format_set_bg_color(made, 0xE9EEF4)
            unsafe format_set_bottom(made, UInt8(LXW_BORDER_THIN.rawValue))
            unsafe format_set_bottom_color(made, Ink.rule.code)
            unsafe format_set_align(made, UInt8(LXW_ALIGN_VERTICAL_CENTER.rawValue))
        }
        if format.isTotal { unsafe format_set_top(made, UInt8(LXW_BORDER_THIN.rawValue)) }
        let id = FormatID(index: handles.count)
        unsafe handles.append(FormatHandle(pointer: made))
        formats[format] = id
        return id
    }
}

/// One sheet of a workbook; rows are written from top to bottom.
@safe
final class Worksheet {
    private let handle: UnsafeMutablePointer<lxw_worksheet>
    private let workbook: Workbook
    /// The sheet's name as it was accepted.
    let name: String
    private var widths: [Int: Int] = [:]
    /// Cells whose text was too long for a spreadsheet.
    private(set) var cutCells = 0

    @unsafe
    fileprivate init(
        handle: UnsafeMutablePointer<lxw_worksheet>, name: String, workbook: Workbook
    ) {
        unsafe self.handle = unsafe handle
        self.name = name
        self.workbook = workbook
    }

    /// Writes text; it is cut, and counted, where a cell cannot hold it.
    func write(_ text: String, row: Int, column: Int, _ format: CellFormat = .plain) throws {
        try write(text, row: row, column: column, workbook.format(format))
    }

    /// Writes text in a known format.
    func write(_ text: String, row: Int, column: Int, _ format: Workbook.FormatID) throws {
        let clean = Self.legal(text)
        if clean.isCut { cutCells += 1 }
        try Workbook.check(
            unsafe worksheet_write_string(
                handle, UInt32(row), UInt16(column), clean.text, workbook.handle(for: format)))
    }

    /// Writes a word of a list; a cut one is counted.
    func write(
        _ words: WorkbookWords, _ place: Int, row: Int, column: Int, _ format: Workbook.FormatID
    ) throws {
        if words.cut.contains(place) { cutCells += 1 }
        try Workbook.check(
            unsafe words.withCString(place) { text in
                unsafe worksheet_write_string(
                    handle, UInt32(row), UInt16(column), text, workbook.handle(for: format))
            })
    }

    /// Writes a number.
    func write(_ number: Double, row: Int, column: Int, _ format: Workbook.FormatID) throws {
        try Workbook.check(
            unsafe worksheet_write_number(
                handle, UInt32(row), UInt16(column), number, workbook.handle(for: format)))
    }

    /// Writes yes or no.
    func write(_ truth: Bool, row: Int, column: Int, _ format: Workbook.FormatID) throws {
        try Workbook.check(
            unsafe worksheet_write_boolean(
                handle, UInt32(row), UInt16(column), truth ? 1 : 0, workbook.handle(for: format)))
    }

    /// Writes a formula together with the value it has, for readers that do not calculate.
    func write(
        formula: String, value: Double, row: Int, column: Int, _ format: Workbook.FormatID
    ) throws {
        try Workbook.check(
            unsafe worksheet_write_formula_num(
                handle, UInt32(row), UInt16(column), formula, workbook.handle(for: format), value))
    }

    /// Gives an empty cell a look.
    func blank(row: Int, column: Int, _ format: CellFormat) throws {
        try Workbook.check(
            unsafe worksheet_write_blank(
                handle, UInt32(row), UInt16(column),
                workbook.handle(for: workbook.format(format))))
    }

    /// Notes how many characters a column should show.
    func widen(column: Int, to characters: Int) {
        widths[column] = max(widths[column] ?? 0, characters)
    }

    /// Sets the widths noted so far, no column narrower than 6 or wider than `limit` characters.
    func setWidths(limit: Int = 60) throws {
        for (column, width) in widths.sorted(by: { $0.key < $1.key }) {
            let shown = Double(min(max(width, 6), limit)) + 2
            try Workbook.check(
                unsafe worksheet_set_column(
                    handle, UInt16(column), UInt16(column), shown,
                    workbook.handle(for: workbook.format(.plain))))
        }
    }

    /// Keeps the first row in sight, lets its columns be filtered, and repeats it in print.
    func setHeader(lastRow: Int, lastColumn: Int) throws {
        unsafe worksheet_freeze_panes(handle, 1, 0)
        try Workbook.check(
            unsafe worksheet_autofilter(handle, 0, 0, UInt32(lastRow), UInt16(lastColumn)))
        try Workbook.check(unsafe worksheet_repeat_rows(handle, 0, 0))
    }

    /// Prints on A4, one page wide, with the page's number below.
    func setPrint(landscape: Bool, locale: ReportLocale) throws {
        unsafe worksheet_set_paper(handle, 9)
        if landscape { unsafe worksheet_set_landscape(handle) }
        unsafe worksheet_fit_to_pages(handle, 1, 0)
        try Workbook.check(unsafe worksheet_set_footer(handle, "&L&A&R&P / &N"))
    }

    /// Colours the cells of a rectangle by their numbers, the darker the higher.
    func colour(rows: Range<Int>, columns: Range<Int>) throws {
        var scale = unsafe lxw_conditional_format()
        unsafe scale.type = UInt8(LXW_CONDITIONAL_2_COLOR_SCALE.rawValue)
        unsafe scale.min_color = ChartScene.Role.heat(0).ink.code
        // Numbers are black in a sheet; the darkest colours would hide them.
        unsafe scale.max_color = ChartScene.Role.heat(3).ink.code
        try Workbook.check(
            unsafe worksheet_conditional_format_range(
                handle, UInt32(rows.lowerBound), UInt16(columns.lowerBound),
                UInt32(rows.upperBound - 1), UInt16(columns.upperBound - 1), &scale))
    }

    /// Puts a chart's upper left corner at a cell.
    func insert(_ chart: WorkbookChart, row: Int, column: Int) throws {
        var options = unsafe lxw_chart_options()
        unsafe options.x_scale = 1.5
        unsafe options.y_scale = 1.3
        try Workbook.check(
            unsafe worksheet_insert_chart_opt(
                handle, UInt32(row), UInt16(column), chart.handle, &options))
    }

    /// The text as a cell may hold it.
    ///
    /// Line breaks are LF, as in spreadsheets; there is no NUL or other character that XML forbids;
    /// there are at most 32,767 UTF-16 units, and a cut text ends in “…”.
    fileprivate static func legal(_ written: String) -> (text: String, isCut: Bool) {
        var text = written
        if text.utf8.contains(13) {
            text = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
        }
        let isLong = text.utf16.count > Workbook.maximumText
        let isClean = text.utf8.allSatisfy { $0 >= 32 && $0 != 0xEF }
        if !isLong, isClean { return (text, false) }
        var clean = ""
        var length = 0
        let limit = isLong ? Workbook.maximumText - 1 : Workbook.maximumText
        for scalar in text.unicodeScalars {
            length += scalar.value > 0xFFFF ? 2 : 1
            if length > limit { break }
            let isForbidden =
                (scalar.value < 32 && ![9, 10].contains(scalar.value))
                || scalar.value == 0xFFFE || scalar.value == 0xFFFF
            clean.unicodeScalars.append(isForbidden ? "\u{FFFD}" : scalar)
        }
        return (isLong ? clean + "…" : clean, isLong)
    }
}

/// Words as cells hold them, each ending in a NUL.
final class WorkbookWords {
    private let bytes: [UInt8]
    private let starts: [Int]
    /// The places of words that were too long for a cell.
    let cut: Set<Int>

    init(_ words: ResultWords) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(words.bytes.count + words.count)
        var starts: [Int] = []
        starts.reserveCapacity(words.count)
        var cut: Set<Int> = []
        for place in 0..<words.count {
            starts.append(bytes.count)
            let word = words.bytes[words.range(of: place)]
            if word.count <= Workbook.maximumText, word.allSatisfy({ $0 >= 32 && $0 != 0xEF }) {
                bytes += word
            } else {
                let legal = Worksheet.legal(words[place])
                if legal.isCut { cut.insert(place) }
                bytes += legal.text.utf8
            }
            bytes.append(0)
        }
        self.bytes = bytes
        self.starts = starts
        self.cut = cut
    }

    /// Lends a word.
    func withCString<Result>(_ place: Int, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
        let start = starts[place]
        return unsafe bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { preconditionFailure("a word ends in NUL") }
            return unsafe body((base + start).assumingMemoryBound(to: CChar.self))
        }
    }
}

/// A native chart of a workbook.
@safe
final class WorkbookChart {
    fileprivate let handle: UnsafeMutablePointer<lxw_chart>

    @unsafe
    fileprivate init(handle: UnsafeMutablePointer<lxw_chart>) {
        unsafe self.handle = unsafe handle
    }

    /// Adds a series whose name, categories and values stand in cells.
    func addSeries(
        name: String, categories: String, values: String, role: ChartScene.Role, kind: Chart.Kind
    ) {
        guard let series = unsafe chart_add_series(handle, "=" + categories, "=" + values) else {
            return
        }
        unsafe chart_series_set_name(series, name)
        if kind == .line {
            var line = lxw_chart_line()
            line.color = role.ink.code
            line.width = role == .comparison ? 1.5 : 2.25
            if role == .comparison {
                line.dash_type = UInt8(LXW_CHART_LINE_DASH_DASH.rawValue)
            }
            unsafe chart_series_set_line(series, &line)
        } else {
            var fill = lxw_chart_fill()
            fill.color = role.ink.code
            unsafe chart_series_set_fill(series, &fill)
        }
    }

    /// Sets title, number format of the value axis, and where names stand.
    func describe(title: String, numberFormat: String, kind: Chart.Kind, seriesCount: Int) {
        unsafe chart_title_set_name(handle, title)
        if seriesCount > 1 {
            unsafe chart_legend_set_position(handle, UInt8(LXW_CHART_LEGEND_BOTTOM.rawValue))
        } else {
            unsafe chart_legend_set_position(handle, UInt8(LXW_CHART_LEGEND_NONE.rawValue))
        }
        var font = unsafe lxw_chart_font()
        unsafe font.size = 12
        unsafe font.bold = 1
        unsafe chart_title_set_name_font(handle, &font)
        // Bars lie: their names stand on the vertical axis.
        let (across, upright) = (LXW_CHART_AXIS_TYPE_X, LXW_CHART_AXIS_TYPE_Y)
        let lies = kind == .bar || kind == .funnel
        guard let values = unsafe chart_axis_get(handle, lies ? across : upright),
            let names = unsafe chart_axis_get(handle, lies ? upright : across)
        else { return }
        unsafe chart_axis_set_num_format(values, numberFormat)
        var line = lxw_chart_line()
        line.color = Ink.hairline.code
        line.width = 0.75
        unsafe chart_axis_major_gridlines_set_line(values, &line)
        // Names stay at the edge, not at zero, where they would cross negative bars.
        unsafe chart_axis_set_label_position(
            names, UInt8(LXW_CHART_AXIS_LABEL_POSITION_LOW.rawValue))
        if lies { unsafe chart_axis_set_reverse(names) }
        unsafe chart_show_blanks_as(handle, UInt8(LXW_CHART_BLANKS_AS_GAP.rawValue))
    }
}

extension String {
    /// Lends the text as a C string that a library declares, but does not treat, as writable.
    fileprivate func withWritableCString(_ body: (UnsafeMutablePointer<CChar>) -> Void) {
        var bytes = utf8CString
        unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe body(base)
        }
    }
}
