import Codecs
import TestSupport
import Testing

@testable import Datasets

/// Dates and times as people write them: recognised, read, and written back as they stood.
@Suite struct TimeRecognitionTests {
    struct Form: Sendable, CustomTestStringConvertible {
        let format: String
        let texts: [String]
        /// As ISO 8601 has them, or seconds.
        let times: [String]
        var name = "tested"
        var testDescription: String { format }

        init(_ format: String, _ texts: [String], _ times: [String], name: String = "tested") {
            self.format = format
            self.texts = texts
            self.times = times
            self.name = name
        }
    }

    private static let dates: [Form] = [
        Form("YYYY-MM-DD", ["2021-01-03", "2020-02-29"], ["2021-01-03", "2020-02-29"]),
        Form("YYYY-M-D", ["2021-1-3", "2020-12-29"], ["2021-01-03", "2020-12-29"]),
        Form("YYYY/MM/DD", ["2021/01/03", "2020/02/29"], ["2021-01-03", "2020-02-29"]),
        Form("YYYY.MM.DD", ["2021.01.03", "2020.02.29"], ["2021-01-03", "2020-02-29"]),
        Form("YYYY年M月D日", ["2021年1月3日", "2020年12月29日"], ["2021-01-03", "2020-12-29"]),
        Form("YYYYMMDD", ["20210103", "20200229"], ["2021-01-03", "2020-02-29"]),
        Form("M/D/YY", ["1/9/20", "12/31/99"], ["2020-01-09", "1999-12-31"]),
        Form("D/M/YY", ["31/1/20", "9/12/68"], ["2020-01-31", "2068-12-09"]),
        Form("M/D/YYYY", ["1/9/2020", "12/31/1999"], ["2020-01-09", "1999-12-31"]),
        Form("DD-MM-YYYY", ["31-01-2020", "09-12-1999"], ["2020-01-31", "1999-12-09"]),
        Form("MM-DD-YYYY", ["01-31-2020", "12-09-1999"], ["2020-01-31", "1999-12-09"]),
        Form("DD.MM.YY", ["31.01.20", "09.12.69"], ["2020-01-31", "1969-12-09"]),
        Form("DD-Mon-YYYY", ["03-Jan-2021", "31-Dec-1999"], ["2021-01-03", "1999-12-31"]),
        Form("D-Mon-YY", ["3-Jan-21", "31-Dec-99"], ["2021-01-03", "1999-12-31"]),
        Form("DD-MON-YYYY", ["03-JAN-2021", "31-DEC-1999"], ["2021-01-03", "1999-12-31"]),
        Form("DDMONYYYY", ["03JAN2021", "31DEC1999"], ["2021-01-03", "1999-12-31"]),
        Form("DD mon YYYY", ["03 jan 2021", "31 dec 1999"], ["2021-01-03", "1999-12-31"]),
        Form("D Month YYYY", ["3 January 2021", "31 May 1999"], ["2021-01-03", "1999-05-31"]),
        Form("D. Month YYYY", ["3. January 2021", "31. May 1999"], ["2021-01-03", "1999-05-31"]),
        Form("Mon DD YYYY", ["Jan 03 2021", "Dec 31 1999"], ["2021-01-03", "1999-12-31"]),
        Form("Mon D, YYYY", ["Jan 3, 2021", "Dec 31, 1999"], ["2021-01-03", "1999-12-31"]),
        Form("Month D, YYYY", ["January 3, 2021", "May 31, 1999"], ["2021-01-03", "1999-05-31"]),
        Form(
            "Month Dth, YYYY", ["January 3rd, 2021", "May 31st, 1999", "June 11th, 2000"],
            ["2021-01-03", "1999-05-31", "2000-06-11"]),
        Form(
            "Weekday, Month D, YYYY", ["Sunday, January 3, 2021", "Friday, December 31, 1999"],
            ["2021-01-03", "1999-12-31"]),
        Form("YYYY-MM", ["2021-01", "1999-12"], ["2021-01-01", "1999-12-01"]),
        Form("YYYY-MM", ["1749-01", "1799-12", "1983-12"], ["1749-01-01", "1799-12-01", "1983-12-01"]),
        Form("YYYY-MM-DD", ["1066-10-14", "1749-01-03"], ["1066-10-14", "1749-01-03"]),
        Form("Month YYYY", ["January 1749", "December 1799"], ["1749-01-01", "1799-12-01"]),
        Form("Mon-YY", ["Jan-21", "Dec-99"], ["2021-01-01", "1999-12-01"]),
        Form("Month YYYY", ["January 2021", "December 1999"], ["2021-01-01", "1999-12-01"]),
    ]

    private static let datetimes: [Form] = [
        Form(
            "MM/DD/YYYY hh:MM:SS AM", ["01/05/2020 03:07:00 PM", "12/31/1999 12:59:59 AM"],
            ["2020-01-05T15:07", "1999-12-31T00:59:59"]),
        Form("M/D/YYYY H:MM", ["1/5/2020 3:07", "12/31/1999 14:08"], ["2020-01-05T03:07", "1999-12-31T14:08"]),
        Form("M/D/YY H:MM", ["1/5/20 3:07", "12/31/99 14:08"], ["2020-01-05T03:07", "1999-12-31T14:08"]),
        Form(
            "M/D/YYYY h:MM am", ["1/5/2020 3:07 pm", "12/31/1999 12:08 am"], ["2020-01-05T15:07", "1999-12-31T00:08"]),
        Form("M/D/YYYY h:MMam", ["1/5/2020 3:07pm", "12/31/1999 12:08pm"], ["2020-01-05T15:07", "1999-12-31T12:08"]),
        Form("DD/MM/YYYY HH:MM", ["31/01/2020 03:07", "01/12/1999 14:08"], ["2020-01-31T03:07", "1999-12-01T14:08"]),
        Form(
            "YYYY-MM-DD HH:MM:SS", ["2021-01-03 10:15:00", "2020-02-29 23:59:59"],
            ["2021-01-03T10:15", "2020-02-29T23:59:59"]),
        Form(
            "YYYY-MM-DD HH:MM:SS,FFF", ["2021-01-03 10:15:00,250", "2020-02-29 23:59:59,125"],
            ["2021-01-03T10:15:00.25", "2020-02-29T23:59:59.125"]),
        Form(
            "YYYY-MM-DDTHH:MM:SS.FFFFFFZ", ["2021-01-03T10:15:00.000250Z", "2020-02-29T23:59:59.000125Z"],
            ["2021-01-03T10:15:00.00025", "2020-02-29T23:59:59.000125"]),
        Form(
            "YYYYMMDDTHHMMSSZ", ["20210103T101500Z", "20200229T235959Z"], ["2021-01-03T10:15", "2020-02-29T23:59:59"]),
        Form(
            "YYYYMMDDTHHMMSS+0100", ["20210103T101500+0100", "20200229T235959+0100"],
            ["2021-01-03T09:15", "2020-02-29T22:59:59"]),
        Form(
            "YYYYMMDD HH:MM:SS", ["20210103 10:15:00", "20200229 23:59:59"],
            ["2021-01-03T10:15", "2020-02-29T23:59:59"]),
        Form("YYYYMMDDHHMMSS", ["20210103101500", "20200229235959"], ["2021-01-03T10:15", "2020-02-29T23:59:59"]),
        Form(
            "Wkd Mon _D HH:MM:SS YYYY", ["Sun Jan  3 10:15:00 2021", "Fri Dec 31 23:59:59 1999"],
            ["2021-01-03T10:15", "1999-12-31T23:59:59"]),
        Form(
            "Wkd Mon _D HH:MM:SS UTC YYYY", ["Sun Jan  3 10:15:00 UTC 2021", "Fri Dec 31 23:59:59 UTC 1999"],
            ["2021-01-03T10:15", "1999-12-31T23:59:59"]),
        Form(
            "Wkd, DD Mon YYYY HH:MM:SS +0100", ["Sun, 03 Jan 2021 10:15:00 +0100", "Fri, 31 Dec 1999 23:59:59 +0100"],
            ["2021-01-03T09:15", "1999-12-31T22:59:59"]),
        Form(
            "Wkd, DD Mon YYYY HH:MM:SS GMT", ["Sun, 03 Jan 2021 10:15:00 GMT", "Fri, 31 Dec 1999 23:59:59 GMT"],
            ["2021-01-03T10:15", "1999-12-31T23:59:59"]),
        Form(
            "DD/Mon/YYYY:HH:MM:SS -0700", ["10/Oct/2000:13:55:36 -0700", "01/Jan/2001:00:00:00 -0700"],
            ["2000-10-10T20:55:36", "2001-01-01T07:00"]),
        Form(
            "Month D, YYYY at h:MM AM", ["January 3, 2021 at 3:07 PM", "May 31, 1999 at 12:08 AM"],
            ["2021-01-03T15:07", "1999-05-31T00:08"]),
        Form(
            "Mon D, YYYY, h:MM a.m.", ["Jan 3, 2021, 3:07 p.m.", "Dec 31, 1999, 11:08 a.m."],
            ["2021-01-03T15:07", "1999-12-31T11:08"]),
        Form(
            "YYYY-MM-DD HH:MM:SS CET", ["2021-01-03 10:15:00 CET", "2020-02-29 23:59:59 CET"],
            ["2021-01-03T09:15", "2020-02-29T22:59:59"]),
        Form(
            "YYYY-MM-DD HH:MM:SS±hh:mm",
            ["2021-01-03 10:15:00+01:00", "2021-07-03 10:15:00+02:00", "2021-08-03 00:15:00+02:00"],
            ["2021-01-03T09:15", "2021-07-03T08:15", "2021-08-02T22:15"]),
        Form(
            "YYYY-MM-DDTHH:MM:SS±hhmm", ["2021-01-03T10:15:00-0500", "2021-07-03T10:15:00-0400"],
            ["2021-01-03T15:15", "2021-07-03T14:15"]),
        Form(
            "YYYY-MM-DD HH:MM Zone", ["2021-01-03 10:15 EST", "2021-07-03 10:15 EDT"],
            ["2021-01-03T15:15", "2021-07-03T14:15"]),
        Form(
            "YYYY-MM-DD ~H:MM", ["2021-01-03 10:15", "2021-01-04  9:05"], ["2021-01-03T10:15", "2021-01-04T09:05"]),
        Form(
            "Mon _D YYYY ~h:MMAM", ["Jan  3 2021  9:05PM", "Dec 31 1999 12:59AM"],
            ["2021-01-03T21:05", "1999-12-31T00:59"]),
        Form("HH:MM DD.MM.YYYY", ["10:15 03.01.2021", "23:59 31.12.1999"], ["2021-01-03T10:15", "1999-12-31T23:59"]),
        Form("EPOCH", ["1609669700", "1609756101"], ["1609669700", "1609756101"], name: "created_at"),
        Form("EPOCH.FF", ["1609669700.25", "1609756101.75"], ["1609669700.25", "1609756101.75"], name: "ts"),
        Form(
            "EPOCH.FFFFFF", ["1609459200.000000", "1609545600.000000"], ["1609459200", "1609545600"],
            name: "ts"),
        Form("EPOCHMS", ["1609669700250", "1609756101500"], ["1609669700.25", "1609756101.5"], name: "timestamp"),
        Form("YYYYMMDD.0", ["20210103.0", "20200229.0"], ["2021-01-03", "2020-02-29"]),
    ]

    private static let clocks: [Form] = [
        Form("HH:MM", ["03:07", "14:08"], ["11220", "50880"]), Form("H:MM", ["3:07", "14:08"], ["11220", "50880"]),
        Form("h:MM AM", ["3:07 AM", "2:08 PM"], ["11220", "50880"]),
        Form("hh:MM:SS PM", ["03:07:01 AM", "12:00:00 PM"], ["11221", "43200"]),
        Form("h AM", ["3 AM", "12 PM"], ["10800", "43200"]),
    ]

    private static func seconds(_ time: String) -> Double? {
        if let number = Double(time), time.count > 4 { return number }
        let text = time + (time.contains("T") ? time.count == 16 ? ":00" : "" : "T00:00:00")
        let form = TimeForm(format: "YYYY-MM-DDTHH:MM:SS.FFFFFFFFF")
        return Array(text.utf8).withUnsafeBufferPointer { form?.seconds($0) }
    }

    @Test(arguments: dates + datetimes + clocks)
    func isReadAndWrittenBack(form: Form) throws {
        let quoted = form.texts.map { $0.contains(",") ? "\"\($0)\"" : $0 }
        let table = try TableCase(column: quoted, name: form.name)
        guard case .time(let found) = table.column.form else {
            Issue.record("\(table.column.type) \(table.column.form)")
            return
        }
        #expect(found.format == form.format.replacing("PM", with: "AM"))
        #expect(try table.cells().map(Optional.some) == form.times.map(Self.seconds))
        let lines = try String(decoding: table.csv(), as: UTF8.self).split(separator: "\n").dropFirst()
        let expected = quoted.enumerated().map { "\($0.element),\($0.offset % 2 == 0 ? "up" : "down")" }
        #expect(lines.map(String.init) == expected)
        #expect(try TableSchema(json: JSON(parsing: table.schema.json.bytes)) == table.schema)
        #expect(table.imported.manifest.problemCount == 0 && table.column.note == nil)
    }

    /// Values of one column of times, not all of them written alike.
    private static let mixtures: [(values: [String], delimiter: String, name: String)] = [
        (["8:00", "9:30", "10:15", "09:45"], ",", "tested"),
        (["3.1.2021 8:00", "4.1.2021 10:15", "5.1.2021 09:45"], ",", "tested"),
        (["1609459200,25", "1609545600,5", "1609632000"], ";", "ts"),
        (["1609459200.0", "1609545600", "1609632000.0"], ",", "ts"), (["1609459200", "1.6e+09"], ",", "ts"),
    ]

    @Test(arguments: mixtures)
    func noneIsLostWhereTheyAreWrittenDifferently(values: [String], delimiter: String, name: String) throws {
        let table = try TableCase(column: values, name: name, delimiter: delimiter)
        #expect(table.column.missing == 0 && table.imported.manifest.problemCount == 0)
        #expect(try table.cells().allSatisfy(\.isFinite))
    }

    /// Every date, every time of day, all that may stand between them and behind them, and what is written as a whole.
    private static let formats: [String] =
        TimeForms.dates + TimeForms.clocks + TimeForms.whole
        + TimeForms.dates.flatMap { date in
            TimeForms.separators.flatMap { separator in TimeForms.clocks.map { date + separator + $0 } }
        }
        + ["YYYY-MM-DD", "DD/Mon/YYYY", "Wkd, DD Mon YYYY", "MM/DD/YY"].flatMap { date in
            TimeForms.clocks.flatMap { clock in TimeForms.zones.map { "\(date) \(clock)\($0)" } }
        }.filter { !$0.contains("AMZ") }

    @Test func everyFormOfTheTableIsFoundAndWrittenBack() throws {
        var random = TestRandom(seed: 7)
        var rows = 0, right = 0, same = 0, forms = 0
        let zones = ["UTC", "CET"].map { TimeForm.Zone(text: $0, minutes: TimeZoneText.minutes(Array($0.utf8)) ?? 0) }
        let offsets = ["+01:00", "+02:00"].map {
            TimeForm.Zone(text: $0, minutes: TimeZoneText.minutes(Array($0.utf8)) ?? 0)
        }
        for format in Self.formats {
            let varying = format.contains("Zone") ? zones : format.contains("±") ? offsets : []
            let digits = format.replacing("±hhmm", with: "±hh:mm")
            let form = try #require(
                TimeForm(format: digits, zones: (0..<12).compactMap { varying.isEmpty ? nil : varying[$0 / 6] }),
                "\(format)")
            var texts: [[UInt8]] = []
            for day in 0..<40 {
                // A day of 1970 to 2067, the last ones of their months among them.
                let time = Double(random.next() % 36_000 * 86_400 + random.next() % 86_400) + (day % 2 == 0 ? 0 : 1)
                var text: [UInt8] = []
                form.append(time, to: &text)
                texts.append(text)
            }
            var evidence = TimeEvidence()
            for text in texts { _ = text.withUnsafeBufferPointer { evidence.add($0, count: 1) } }
            forms += 1
            guard let found = evidence.form, found.rows == texts.count else {
                Issue.record(
                    "\(format): \(evidence.form?.form.format ?? "none"), of \(String(decoding: texts[0], as: UTF8.self))"
                )
                continue
            }
            for text in texts {
                rows += 1
                guard let time = text.withUnsafeBufferPointer({ found.form.seconds($0) }) else { continue }
                if time == text.withUnsafeBufferPointer({ form.seconds($0) }) { right += 1 }
                var again: [UInt8] = []
                found.form.append(time, to: &again)
                if again == text { same += 1 }
            }
        }
        print("times: \(forms) forms, \(rows) rows, \(right) right, \(same) written back the same")
        #expect(right == rows && same == rows)
    }

    private static let words: [(what: String, texts: [String], type: ColumnType)] = [
        ("versions", ["1.2.3", "1.10.11", "2.0.12", "3.4.9"], .categorical),
        ("addresses", ["10.0.0.1", "192.168.1.20"], .categorical), ("ranges", ["10-12", "01-03"], .categorical),
        ("telephones", ["555-0123", "555-0199"], .categorical), ("sizes", ["10-20-30", "15-25-35"], .categorical),
        ("seasons", ["2009-10", "2010-11", "2018-19"], .categorical),
        ("orders and their parts", ["1001-01", "1001-02", "1799-12"], .categorical),
        ("the same with a slash", ["1001/01", "1850/02"], .categorical), ("one old year", ["1749", "1750"], .integer),
        ("before the year 1000", ["0999-12", "1983-12"], .categorical),
        ("months of birth", ["May", "June"], .categorical),
        ("codes", ["DEC-100", "JAN-205"], .categorical), ("SSNs", ["123-45-6789", "987-65-4321"], .categorical),
        ("eight digits", ["20210103", "20211399"], .integer), ("ten digits", ["1609669700", "1609756101"], .integer),
        ("no such day", ["31/02/2021", "30/02/2021"], .categorical), ("ratios", ["16:9", "4:3"], .categorical),
        ("years", ["2019", "2020"], .integer), ("postcodes", ["12345-6789", "54321-9876"], .categorical),
    ]

    @Test(arguments: words)
    func whatIsNoTimeIsTakenForNone(what: String, texts: [String], type: ColumnType) throws {
        let column = try TableCase(column: texts).column
        #expect(column.type == type, "\(what): \(column.type) \(column.form)")
    }

    @Test func codesLikeOldMonthsStayCodes() throws {
        let codes = (0..<120).map { "\(1_001 + $0 / 3)-0\(1 + $0 % 3)" }
        let column = try TableCase(column: codes).column
        #expect(column.type == .identifier)
        let few = try TableCase(column: (0..<60).map { "1001-0\($0 % 6 + 1)" }).column
        #expect(few.type == .categorical && few.note == nil)
        #expect(try TableCase(column: codes + ["1983-12"]).column.type == .date)
    }

    @Test func numbersAreEpochsByNameOrByTheirRange() throws {
        func type(_ name: String, _ values: [Int]) throws -> ColumnType {
            try TableCase(column: values.map(String.init), name: name).column.type
        }
        var random = TestRandom(seed: 3)
        let times = (0..<80).map { _ in 1_577_836_800 + Int(random.next() % 31_000_000) }
        #expect(try type("tested", times) == .datetime && type("updated_at", Array(times.prefix(5))) == .datetime)
        #expect(try type("tested", times.map { $0 * 1000 + 7 }) == .datetime)
        // Too few, an identifier or an amount by name, a run of numbers, amounts, and what is beyond all times.
        #expect(try type("tested", Array(times.prefix(5))) == .integer && type("customer_id", times) == .identifier)
        #expect(try type("revenue", times) == .integer && type("phone", times) == .identifier)
        #expect(try type("tested", (0..<80).map { 1_577_836_800 + $0 }) == .identifier)
        #expect(try type("tested", times.map { $0 / 1000 * 1000 }) == .integer)
        #expect(try type("timestamp", times.map { $0 / 4 }) == .integer)
        #expect(DigitTimes.words(of: "createdAt_ts") == ["created", "at", "ts"])
    }

    @Test func aFormThatIsNotKnownIsSaid() throws {
        let odd = (0..<60).map { "Jan \($0 % 28 + 1) 10:1\($0 % 10):0\($0 % 7)" }
        let column = try TableCase(column: odd).column
        #expect(column.type == .text && column.note?.contains("of no form that is read") == true)
        #expect(column.note?.contains("taken as text") == true)
        let mixed = (0..<60).map { $0 % 2 == 0 ? "2021-01-\($0 % 18 + 10)" : "\($0 % 18 + 10).01.2021" }
        let both = try TableCase(column: mixed).column
        #expect(both.type == .categorical && both.note?.contains("YYYY-MM-DD or DD.MM.YYYY") == true)
    }

    @Test func aFewOfAnotherFormAreMissing() throws {
        let texts = (10..<70).map { "03-Jan-20\($0)" } + ["03.01.2021"]
        let table = try TableCase(column: texts)
        #expect(table.column.type == .date && table.column.missing == 1)
        #expect(table.imported.manifest.problems[0].detail.contains("not of the form DD-Mon-YYYY"))
    }

    @Test func theOffsetIsThatOfTheMonth() throws {
        let texts = ["2021-01-03 10:15:00+01:00", "2021-07-03 10:15:00+02:00"]
        guard case .time(let form) = try TableCase(column: texts).column.form else { throw DatasetError.stopped }
        #expect(form.zones.count == 12 && form.zones[0].text == "+01:00" && form.zones[6].text == "+02:00")
        var bytes: [UInt8] = []
        form.append(1_625_212_800, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "2021-07-02 10:00:00+02:00")
        // Ordinary forms are stored as they were.
        #expect(
            ValueForm.time(try #require(TimeForm(format: "YYYY-MM-DD"))).json == [
                "kind": "time", "format": "YYYY-MM-DD",
            ])
        #expect(throws: DatasetError.self) {
            try ValueForm(json: ["kind": "time", "format": "YYYY-MM-DD HH:MM±hh:mm"])
        }
    }
}
