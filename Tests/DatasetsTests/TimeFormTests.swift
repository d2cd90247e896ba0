import Datasets
import TestSupport
import Testing

@Suite struct TimeFormTests {
    private static let texts: [(format: String, text: String, seconds: Double)] = [
        ("YYYY-MM-DD", "1970-01-01", 0), ("YYYY-MM-DD", "2024-02-29", 1_709_164_800),
        ("YYYY-MM-DD", "1900-03-01", -2_203_891_200), ("YYYY-MM-DD", "0001-01-01", -62_135_596_800),
        ("YYYY-MM-DD", "9999-12-31", 253_402_214_400),
        ("YYYY/MM/DD", "2000-02-29".split(separator: "-").joined(separator: "/"), 951_782_400),
        ("DD.MM.YYYY", "29.02.2024", 1_709_164_800), ("D.M.YYYY", "1.2.2024", 1_706_745_600),
        ("MM/DD/YYYY", "02/29/2024", 1_709_164_800), ("M/D/YYYY", "2/1/2024", 1_706_745_600),
        ("DD/MM/YYYY", "29/02/2024", 1_709_164_800), ("D/M/YYYY", "1/2/2024", 1_706_745_600),
        ("YYYY-MM-DDTHH:MM:SSZ", "2024-02-29T23:59:59Z", 1_709_251_199),
        ("YYYY-MM-DD HH:MM", "1969-12-31 23:59", -60), ("YYYY-MM-DDTHH:MM:SS+02:00", "1970-01-01T02:00:00+02:00", 0),
        ("YYYY-MM-DDTHH:MM:SS-05:30", "1969-12-31T18:30:00-05:30", 0),
        ("YYYY-MM-DD HH:MM:SS.FFF", "1969-12-31 23:59:59.250", -0.75), ("DD.MM.YYYY HH:MM", "01.01.1970 00:01", 60),
        ("HH:MM", "23:59", 86_340), ("HH:MM:SS", "00:00:01", 1), ("HH:MM:SS.F", "00:00:01.5", 1.5),
    ]

    @Test(arguments: texts)
    func readsAndWrites(format: String, text: String, seconds: Double) throws {
        let form = try #require(TimeForm(format: format))
        #expect(form.format == format)
        #expect(Array(text.utf8).withUnsafeBufferPointer { form.seconds($0) } == seconds)
        var bytes: [UInt8] = []
        form.append(seconds, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    private static let none: [(format: String, text: String)] = [
        ("YYYY-MM-DD", "2023-02-29"), ("YYYY-MM-DD", "1900-02-29"), ("YYYY-MM-DD", "2024-13-01"),
        ("YYYY-MM-DD", "2024-1-01"), ("YYYY-MM-DD", "2024/01/01"), ("YYYY-MM-DD", "2024-01-01T00:00"),
        ("MM/DD/YYYY", "29/02/2024"), ("HH:MM", "24:00"), ("HH:MM", "12:60"), ("HH:MM", "12:30:00"),
        ("HH:MM:SS", "12:30:60"), ("YYYY-MM-DDTHH:MM:SSZ", "2024-01-01T00:00:00"),
        ("YYYY-MM-DDTHH:MM:SS+02:00", "2024-01-01T00:00:00+01:00"), ("YYYY-MM-DD", ""), ("YYYY-MM-DD", "2024-01-0"),
    ]

    @Test(arguments: none)
    func readsNothingElse(format: String, text: String) throws {
        let form = try #require(TimeForm(format: format))
        #expect(Array(text.utf8).withUnsafeBufferPointer { form.seconds($0) } == nil)
    }

    @Test(arguments: [
        "", "MMDD", "HH", "hh:MM", "EPOCH-MM", "YYYY-MM-DD HH:MM±hh:mm", "YYYY-MM-DDHH:MM", "HH:MMZ", "HH:MM:SS.",
        "YYYY-MM-DD HH:MM+25:00", "MM-DD",
    ])
    func formatsThatAreNone(format: String) {
        #expect(TimeForm(format: format) == nil)
    }

    @Test func everyDayComesBack() throws {
        let form = try #require(TimeForm(format: "YYYY-MM-DD"))
        var random = TestRandom(seed: 5)
        for _ in 0..<2_000 {
            let day = Double(Int(random.next() % 3_652_059) - 719_162)
            var bytes: [UInt8] = []
            form.append(day * 86_400, to: &bytes)
            #expect(bytes.withUnsafeBufferPointer { form.seconds($0) } == day * 86_400)
        }
    }

    @Test(arguments: [
        ("YYYY-MM-DD", 43_200.0, "1970-01-02"), ("YYYY-MM-DD", 43_199, "1970-01-01"), ("HH:MM", 86_399, "23:59"),
        ("HH:MM", -5, "00:00"), ("HH:MM:SS", 1e9, "23:59:59"), ("HH:MM:SS", 86_399.9, "23:59:59"),
        ("YYYY-MM-DD HH:MM:SS", 59.6, "1970-01-01 00:01:00"), ("YYYY-MM-DD", 1e300, "9999-12-31"),
        ("YYYY-MM-DD", -1e300, "0001-01-01"), ("YYYY-MM-DD", .nan, ""),
        ("YYYY-MM-DD HH:MM:SS.FFFFFFFFF", 1e300, "9999-12-31 23:59:59.000000000"),
        ("EPOCH", 59.6, "60"), ("EPOCH", -59.6, "-60"), ("EPOCH", 1e300, "253402300799"), ("EPOCH.FF", 59.999, "60.00"),
        ("EPOCH.FFFFFFFFF", 1e300, "253402300799.000000000"), ("EPOCHMS", 1e300, "253402300799000"),
        ("MM/DD/YY", 1e300, "12/31/68"), ("MM/DD/YY", -1e300, "01/01/69"), ("h:MM AM", 86_399, "11:59 PM"),
        ("h AM", 1, "12 AM"), ("Dth Month YYYY", 0, "1st January 1970"), ("_D mon YYYY", 0, " 1 jan 1970"),
    ])
    func writingRoundsAndKeepsToTheCalendar(format: String, seconds: Double, text: String) throws {
        var bytes: [UInt8] = []
        try #require(TimeForm(format: format)).append(seconds, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }
}
