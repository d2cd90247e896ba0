/// A piece of how a date or a time of day is written.
enum TimePart: Sendable, Equatable {
    /// `YYYY`
    case year
    /// `YY`, of 1969 to 2068 as in POSIX.
    case shortYear
    /// `MM`, `M`
    case month(Padding)
    /// `DD`, `D`, `_D`
    case day(Padding)
    /// `Dth`: 1st, 2nd, 3rd.
    case ordinalDay
    /// `HH`, `H`, of 24.
    case hour(Padding)
    /// `hh`, `h`, of 12.
    case halfHour(Padding)
    /// `MM` behind an hour.
    case minute
    /// `SS`
    case second
    /// `.FFF`, or with a comma: what is left out when it is 0 is read as well.
    case fraction(mark: UInt8, digits: Int)
    /// `Mon`, `Month`
    case monthName(NameStyle)
    /// `Wkd`, `Weekday`; when it is read it isn't compared with the date.
    case weekday(NameStyle)
    /// `AM`, `am`, `A.M.`, `a.m.`
    case half(HalfStyle)
    /// `±hh:mm`, `±hhmm`, `±hh`: another for each time of the year.
    case offset(OffsetStyle)
    /// `Zone`: the same by its name.
    case zoneName
    /// Such as `Z`, `+02:00`, `CET`: the same everywhere.
    case zone(ZoneText, minutes: Int)
    /// `EPOCH`, `EPOCHMS`: so many parts of a second after 1970-01-01T00:00:00Z.
    case epoch(partsOfSecond: Int)
    case literal(UInt8)

    /// At most eight bytes, so that a part holds nothing whose copies would be counted.
    struct ZoneText: Sendable, Equatable {
        private let packed: UInt64

        /// - Returns: nil where the text is longer.
        init?(_ text: some Collection<UInt8>) {
            guard text.count <= 8 else { return nil }
            packed = text.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }

        var bytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: packed >> ($0 * 8)) }.filter { $0 != 0 } }

        /// The bytes that a text has of it from a place on; nil where another stands there.
        @inline(__always)
        func end(in field: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
            var (rest, place) = (packed, start)
            while rest != 0 {
                guard place < field.count, field[place] == UInt8(truncatingIfNeeded: rest) else { return nil }
                rest >>= 8
                place += 1
            }
            return place
        }
    }

    enum Padding: Sendable {
        case zero
        case none
        case blank
    }

    struct NameStyle: Sendable, Equatable {
        var isLong: Bool
        var letters: Letters

        enum Letters: Sendable {
            case title
            case upper
            case lower
        }
    }

    struct HalfStyle: Sendable, Equatable {
        var isUpper: Bool
        var hasPoints: Bool
    }

    enum OffsetStyle: String, Sendable, CaseIterable {
        case colon = "±hh:mm"
        case digits = "±hhmm"
        case hours = "±hh"
    }

    /// How it stands in a format; nil for what has no word of its own.
    static let words: [(word: String, part: TimePart)] = [
        ("EPOCHMS", .epoch(partsOfSecond: 1000)), ("EPOCH", .epoch(partsOfSecond: 1)),
        ("YYYY", .year), ("YY", .shortYear),
        ("Month", .monthName(NameStyle(isLong: true, letters: .title))),
        ("MONTH", .monthName(NameStyle(isLong: true, letters: .upper))),
        ("month", .monthName(NameStyle(isLong: true, letters: .lower))),
        ("Mon", .monthName(NameStyle(isLong: false, letters: .title))),
        ("MON", .monthName(NameStyle(isLong: false, letters: .upper))),
        ("mon", .monthName(NameStyle(isLong: false, letters: .lower))),
        ("Weekday", .weekday(NameStyle(isLong: true, letters: .title))),
        ("WEEKDAY", .weekday(NameStyle(isLong: true, letters: .upper))),
        ("weekday", .weekday(NameStyle(isLong: true, letters: .lower))),
        ("Wkd", .weekday(NameStyle(isLong: false, letters: .title))),
        ("WKD", .weekday(NameStyle(isLong: false, letters: .upper))),
        ("wkd", .weekday(NameStyle(isLong: false, letters: .lower))),
        ("MM", .month(.zero)), ("M", .month(.none)),
        ("Dth", .ordinalDay), ("DD", .day(.zero)), ("D", .day(.none)), ("_D", .day(.blank)),
        ("HH", .hour(.zero)), ("H", .hour(.none)), ("hh", .halfHour(.zero)), ("h", .halfHour(.none)),
        // An underscore stands for itself before hours.
        ("~H", .hour(.blank)), ("~h", .halfHour(.blank)), ("~M", .month(.blank)),
        ("SS", .second),
        ("AM", .half(HalfStyle(isUpper: true, hasPoints: false))),
        ("am", .half(HalfStyle(isUpper: false, hasPoints: false))),
        ("A.M.", .half(HalfStyle(isUpper: true, hasPoints: true))),
        ("a.m.", .half(HalfStyle(isUpper: false, hasPoints: true))),
        ("±hh:mm", .offset(.colon)), ("±hhmm", .offset(.digits)), ("±hh", .offset(.hours)), ("Zone", .zoneName),
    ]

    /// Whether it is written in digits alone, so that those of its neighbours have to be told apart.
    var isNumber: Bool {
        switch self {
        case .year, .shortYear, .month, .day, .hour, .halfHour, .minute, .second, .epoch: true
        default: false
        }
    }
}

/// English names in times.
enum TimeNames {
    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    /// The week begins with what 1970-01-04 was.
    static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    /// Minutes that clocks of a zone are ahead of UTC; a name that several have is Europe's or North America's.
    static let zones: [String: Int] = [
        "UTC": 0, "GMT": 0, "UT": 0, "Z": 0, "WET": 0, "WEST": 60, "BST": 60, "IST": 330, "CET": 60, "CEST": 120,
        "MET": 60, "MEST": 120, "MEZ": 60, "MESZ": 120, "EET": 120, "EEST": 180, "MSK": 180, "TRT": 180, "SAST": 120,
        "EAT": 180, "CAT": 120, "WAT": 60, "GST": 240, "PKT": 300, "ICT": 420, "WIB": 420, "HKT": 480, "SGT": 480,
        "PHT": 480, "AWST": 480, "JST": 540, "KST": 540, "ACST": 570, "ACDT": 630, "AEST": 600, "AEDT": 660,
        "NZST": 720, "NZDT": 780, "NST": -210, "NDT": -150, "AST": -240, "ADT": -180, "EST": -300, "EDT": -240,
        "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "AKST": -540, "AKDT": -480,
        "HST": -600, "BRT": -180, "ART": -180, "CLT": -240, "COT": -300, "PET": -300,
    ]

    private static let monthBytes = months.map { Array($0.lowercased().utf8) }
    private static let weekdayBytes = weekdays.map { Array($0.lowercased().utf8) }
    private static let zoneBytes: [[UInt8]: Int] = Dictionary(
        uniqueKeysWithValues: zones.map { (Array($0.key.utf8), $0.value) })

    /// The month (1 to 12) that a run of letters names, and whether it is its long name.
    static func month(_ letters: Slice<UnsafeBufferPointer<UInt8>>) -> (number: Int, isLong: Bool)? {
        // Sept has four letters where others have three.
        if letters.count == 4, equals(letters, Array("sept".utf8)[...]) { return (9, false) }
        return find(letters, monthBytes).map { ($0.0 + 1, $0.1) }
    }

    /// The weekday (0 for Sunday) that a run of letters names, and whether it is its long name.
    static func weekday(_ letters: Slice<UnsafeBufferPointer<UInt8>>) -> (number: Int, isLong: Bool)? {
        find(letters, weekdayBytes)
    }

    /// What a zone's clocks are ahead of UTC, in minutes.
    static func zone(_ letters: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        (1...4).contains(letters.count) ? zoneBytes[Array(letters)] : nil
    }

    private static func find(
        _ letters: Slice<UnsafeBufferPointer<UInt8>>, _ names: [[UInt8]]
    ) -> (Int, Bool)? {
        guard (3...9).contains(letters.count) else { return nil }
        for (index, name) in names.enumerated() where letters[letters.startIndex] | 0x20 == name[0] {
            if letters.count == name.count, equals(letters, name[...]) { return (index, true) }
            if letters.count == 3, equals(letters, name[..<3]) { return (index, false) }
        }
        return nil
    }

    /// Whether letters of any case are these.
    private static func equals(_ letters: Slice<UnsafeBufferPointer<UInt8>>, _ name: ArraySlice<UInt8>) -> Bool {
        letters.count == name.count && zip(letters, name).allSatisfy { $0 | 0x20 == $1 }
    }

    static func append(_ name: String, _ style: TimePart.NameStyle, to bytes: inout [UInt8]) {
        let letters = style.isLong ? name.utf8.prefix(9) : name.utf8.prefix(3)
        for (place, letter) in letters.enumerated() {
            switch style.letters {
            case .upper: bytes.append(letter & 0xDF)
            case .lower: bytes.append(letter | 0x20)
            case .title: bytes.append(place == 0 ? letter & 0xDF : letter | 0x20)
            }
        }
    }
}
