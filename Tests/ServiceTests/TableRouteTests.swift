import Codecs
import HTTPServer
import Jobs
import TestSupport
import Testing

@Suite struct TableRouteTests {
    private static let csv = Array(
        "name,born,score,member,levels\nann,2001-02-03,1.5,true,1\n\"b, o\"\"b\",,2,false,0\ncy,1999-12-31,,true,0\n"
            .utf8)

    @Test func aTableHasASchemaOfItsColumns() throws {
        let fixture = try ServiceFixture(workers: 0)
        let id = try fixture.dataset(Self.csv)
        let dataset = try fixture.get("/v1/datasets/\(id)").json
        #expect(dataset["state"] == "ready" && dataset["kind"] == "table" && dataset["items"] == 3)
        let columns = dataset["schema"]?["columns"]?.array ?? []
        #expect(columns.compactMap { $0["type"]?.string } == ["categorical", "date", "real", "boolean", "boolean"])
        #expect(columns.compactMap { $0["missing"]?.integer } == [0, 1, 1, 0, 0])
        #expect(columns.last?["commonest"]?.array?.first == ["value": "0", "count": 2])
        #expect(
            dataset["schema"]?["dialect"]
                == ["delimiter": "comma", "decimal_comma": false, "header": true, "blanks": false])
    }

    @Test func itsPreviewIsTypedRowsOrCharts() throws {
        let fixture = try ServiceFixture(workers: 0)
        let id = try fixture.dataset(Self.csv)
        let preview = try fixture.get("/v1/datasets/\(id)/preview?n=10&format=json").json
        #expect(preview["kind"] == "table")
        #expect(preview["columns"]?.array?.first == ["name": "name", "type": "categorical"])
        let rows = preview["items"]?.array ?? []
        #expect(rows.count == 3)
        #expect(rows.contains(["ann", "2001-02-03", .number(1.5), true, 1]))
        #expect(rows.contains(["b, o\"b", nil, 2, false, 0]))
        #expect(rows.contains(["cy", "1999-12-31", nil, true, 0]))
        let picture = try PNG.decode(try fixture.get("/v1/datasets/\(id)/preview").bytes, maximumPixels: 1 << 22)
        #expect(picture.width == 5 * 240 && picture.height == 160)
        // Bars are there in every chart.
        for chart in 0..<5 {
            let hasBlue = (0..<160).contains { y in
                (chart * 240..<(chart + 1) * 240).contains { x in
                    let place = (y * picture.width + x) * 3
                    return picture.pixels[place] < 20 && picture.pixels[place + 2] > 150
                }
            }
            #expect(hasBlue, "chart \(chart)")
        }
    }

    @Test func whatIsNoTableIsInvalidAndSaysWhere() throws {
        let fixture = try ServiceFixture(workers: 0)
        let id = try fixture.dataset(Array("a,b\n1,x\n2\n".utf8), "kind=table")
        let dataset = try fixture.get("/v1/datasets/\(id)").json
        #expect(dataset["state"] == "invalid" && dataset["kind"] == "table")
        #expect(dataset["problems"]?.array?.first?["item"] == "line 3")
    }
}
