import Codecs
import Testing

/// Points whose numbers are large beside how far they lie from one another.
@Suite struct PointScaleTests {
    /// Seconds since 1970 of half a day, where a Float has steps of 128.
    private static let csv = Array(
        ("when,x\n" + (0..<300).map { "\(1_700_000_000 + $0 * 7_919 % 43_201),0.\($0)\n" }.joined()).utf8)

    @Test func areNotRoundedToTheStepsOfAFloat() throws {
        let fixture = try ServiceFixture()
        let dataset = try fixture.dataset(Self.csv, "name=test&kind=points")
        let job = try fixture.trained(ServiceFixture.tinySpec(dataset, steps: 4))
        let samples = "/v1/models/\(try #require(job["model_id"]?.string))/samples?n=400&seed=1&format="
        let json = try fixture.get(samples + "json").json["samples"]?.array ?? []
        let times = json.compactMap { $0.array?[0].number }
        #expect(times.count == 400 && times.allSatisfy { (1_699_000_000...1_701_000_000).contains($0) })
        // Of steps of 128 seconds there are fewer, and each is a whole number of them.
        #expect(Set(times).count > 390 && times.count { $0.truncatingRemainder(dividingBy: 128) != 0 } > 380)
        let lines = try fixture.get(samples + "csv").text.split(separator: "\n")
        #expect(lines.dropFirst().map { Double($0.split(separator: ",")[0]) } == times.map(Optional.some))
        let array = try fixture.get(samples + "npy").bytes
        let head = NPYHeader(element: .float64, shape: [400, 2]).bytes
        #expect(array.starts(with: head) && array.count == head.count + 400 * 2 * 8)
        let first = array.dropFirst(head.count).prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        #expect(Double(bitPattern: first) == times.first)
        #expect(try PNG.decode(fixture.get(samples + "png").bytes, maximumPixels: 1 << 20).width == 640)
        let preview = try fixture.get("/v1/datasets/\(dataset)/preview?n=50&format=json").json["items"]?.array ?? []
        let shown = preview.compactMap { $0.array?[0].integer.map(Int.init) ?? $0.array?[0].number.map { Int($0) } }
        #expect(Set(shown).isSubset(of: (0..<300).map { 1_700_000_000 + $0 * 7_919 % 43_201 }) && shown.count == 50)
    }
}
