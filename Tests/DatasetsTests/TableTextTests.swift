import Codecs
import Datasets
import TestSupport
import Testing

@Suite struct TableTextTests {
    private static let tables: [String] = [
        "age,city,paid,day,score\n39.0,Oslo,true,2024-02-29,1.5\n40.0,\"Bergen, by\",false,2023-12-31,\n,\"a \"\"b\"\"\",true,,2.25\n",
        "a;b;c\n1,5;x;23:59\n-2,25;y;00:00\n0,125;;12:30\n",
        "a,b,c\n1, x,5\n2, ?,6\n3, \"y\",7\n",
        "a\tb\n1\tx\n2\ty, z\n?\tx\n4\t\"two\nlines\"\n",
        "1,x\n2,x\n1,y\n",
        "only\nred\nblue\nred\n",
        "when,what\n2024-02-29T23:59:59.250+02:00,a\n2023-12-31T00:00:00.500+02:00,b\n",
    ]

    @Test(arguments: tables)
    func whatIsWrittenIsReadAsTheSame(text: String) throws {
        let first = try TableCase(text)
        let written = try first.csv()
        let second = try TableCase(written)
        #expect(second.schema == first.schema, "\(String(decoding: written, as: UTF8.self))")
        #expect(second.dataset.categories == first.dataset.categories)
        for column in first.schema.columns.indices {
            #expect(try second.cells(column).isSame(as: first.cells(column)))
        }
        #expect(try second.csv() == written)
    }

    @Test func whatWasPlainComesBackByteForByte() throws {
        for text in [
            "age,city,day\n39.0,Oslo,2024-02-29\n40.0,Bergen,\nNA,Oslo,2023-12-31\nNA,Oslo,2023-12-31\n",
            "a;b\n1,5;x\n-2,25;y\n", "n, b\n1, x\n2, y\n",
        ] {
            let table = try TableCase(text)
            let expected = text.hasPrefix("n, b") ? "n,b\n1, x\n2, y\n" : text
            #expect(String(decoding: try table.csv(), as: UTF8.self) == expected)
        }
    }

    @Test func jsonHasTypedValues() throws {
        let table = try TableCase(
            "n,w,t,b,k,d,c,x\n1,5,True,0,yes,2024-02-29,7,5.50\n2,\"a \"\"q\"\"\",False,1,no,,7,NA\n,b,,0,yes,2023-01-01,7,1e-7\n"
        )
        let text = TableText(schema: table.schema, categories: table.dataset.categories)
        var bytes: [UInt8] = []
        text.appendJSON(try table.dataset.cells(of: [0, 1, 2]), to: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"[1,"5",true,0,"yes","2024-02-29",7,5.5],[2,"a \"q\"",false,1,"no",null,7,null],"#
                + #"[null,"b",null,0,"yes","2023-01-01",7,0.0000001],"#)
    }

    @Test func anIndexThatIsNoneIsMissing() throws {
        let table = try TableCase("a,b\nx,1\ny,2\n")
        let text = TableText(schema: table.schema, categories: table.dataset.categories)
        var bytes: [UInt8] = []
        text.appendCSV([7, .infinity, -1, 3], to: &bytes)
        text.appendJSON([2, .nan], to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == ",\n,3\n[null,null],")
    }

    private static let numbers: [(value: Double, decimals: Int, isWhole: Bool, text: String)] = [
        (0, 0, true, "0"), (-0.0, 2, false, "0"), (1.005, 2, false, "1"), (39, 1, true, "39.0"),
        (39.4, 1, true, "39.0"),
        (39.4, 0, true, "39"), (-1.25, 2, false, "-1.25"), (1.50, 2, false, "1.5"), (-0.004, 2, false, "0"),
        (0.1, 17, false, "0.1"), (123456789.125, 3, false, "123456789.125"), (1e15, 0, true, "1000000000000000"),
        (9007199254740992, 0, true, "9007199254740992"), (1e20, 0, true, "100000000000000000000"),
        (1e100, 0, true, "1e+100"), (1.5e-7, 17, false, "0.00000015"), (.leastNonzeroMagnitude, 17, false, "5e-324"),
        (0.12345678901234568, 17, false, "0.12345678901234568"), (99.996, 2, false, "100"), (.nan, 2, false, ""),
        (2.5e16, 2, true, "25000000000000000.00"),
    ]

    @Test(arguments: numbers)
    func numbersHaveTheColumnsDecimals(value: Double, decimals: Int, isWhole: Bool, text: String) {
        var bytes: [UInt8] = []
        ValueForm.number(decimals: decimals, isWhole: isWhole).append(value, dialect: TableDialect(), to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
        var comma: [UInt8] = []
        ValueForm.number(decimals: decimals, isWhole: isWhole)
            .append(value, dialect: TableDialect(delimiter: .semicolon, hasDecimalComma: true), to: &comma)
        #expect(String(decoding: comma, as: UTF8.self) == String(text.map { $0 == "." ? "," : $0 }))
    }

    @Test func whatWasReadIsWrittenWithItsDigits() throws {
        var random = TestRandom(seed: 3)
        for decimals in 0...9 {
            let form = ValueForm.number(decimals: decimals, isWhole: decimals == 0)
            for _ in 0..<200 {
                let digits = Int(random.next() % 100_000_000_000)
                let scale = (0..<decimals).reduce(1) { scale, _ in scale * 10 }
                let fraction = String(String(digits % scale + scale).dropFirst())
                var text = "\(digits / scale)" + (decimals > 0 ? ".\(fraction)" : "")
                let value = try #require(Double(text))
                if decimals > 0 {
                    while text.hasSuffix("0") { text.removeLast() }
                    if text.hasSuffix(".") { text.removeLast() }
                }
                var bytes: [UInt8] = []
                form.append(value, dialect: TableDialect(), to: &bytes)
                #expect(String(decoding: bytes, as: UTF8.self) == text)
            }
        }
    }
}
