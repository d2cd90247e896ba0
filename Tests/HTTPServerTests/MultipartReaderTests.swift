import Testing

@testable import HTTPServer

@Suite struct MultipartReaderTests {
    private struct Part: Equatable {
        var name: String
        var fileName: String?
        var bytes: [UInt8] = []

        init(_ name: String, _ fileName: String? = nil, _ text: String = "") {
            self.name = name
            self.fileName = fileName
            bytes = Array(text.utf8)
        }
    }

    /// - Parameter size: bytes that come at once.
    private func read(_ bytes: [UInt8], _ type: String, by size: Int) throws -> (parts: [Part], isWhole: Bool) {
        var reader = try #require(MultipartReader(contentType: type))
        var parts: [Part] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            try reader.read(Array(bytes[start..<min(bytes.count, start + size)])) { event in
                switch event {
                case .part(let head): parts.append(Part(head.name, head.fileName))
                case .bytes(let bytes): parts[parts.count - 1].bytes += bytes
                }
            }
        }
        return (parts, reader.isWhole)
    }

    private static func disposition(_ parameters: String) -> String {
        "--b\r\nContent-Disposition: form-data; \(parameters)\r\n\r\nx\r\n--b--\r\n"
    }

    private static let bodies: [(body: String, type: String, parts: [Part])] = [
        (disposition("name=\"f\"; filename=\"z.csv\""), "multipart/form-data; boundary=b", [Part("f", "z.csv", "x")]),
        (disposition("name=f; filename=z.csv"), "multipart/form-data; boundary=\"b\"", [Part("f", "z.csv", "x")]),
        (disposition("name=f;filename=z.csv"), "multipart/form-data;boundary=b", [Part("f", "z.csv", "x")]),
        (
            disposition("filename = my table.csv ; name = f"), "multipart/form-data; boundary=b; charset=utf-8",
            [Part("f", "my table.csv", "x")]
        ),
        (
            disposition("NAME=f; FileName=\"a;b.csv\""), "Multipart/Form-Data; charset=utf-8; BOUNDARY=b",
            [Part("f", "a;b.csv", "x")]
        ),
        (
            disposition(#"name="f"; filename="a \"b\" \\ c.csv""#), "multipart/form-data; boundary=b",
            [Part("f", #"a "b" \ c.csv"#, "x")]
        ),
        (
            disposition(#"name="f"; filename="C:\data\z.csv""#), "multipart/form-data; boundary=b",
            [Part("f", #"C:\data\z.csv"#, "x")]
        ),
        (
            disposition("name=f; filename=\"na.csv\"; filename*=UTF-8''na%C3%AFf%20%E2%82%AC.csv"),
            "multipart/form-data; boundary=b",
            [Part("f", "naïf €.csv", "x")]
        ),
        (
            disposition("name=f; filename*=iso-8859-1'en'na%EFf.csv"), "multipart/form-data; boundary=b",
            [Part("f", "naïf.csv", "x")]
        ),
        (
            disposition("name=f; filename=a.csv; filename*=UTF-8''%FF"), "multipart/form-data; boundary=b",
            [Part("f", "a.csv", "x")]
        ),
        (disposition("name=f; filename=\"\""), "multipart/form-data; boundary=b", [Part("f", "", "x")]),
        (disposition("name=f"), "multipart/form-data; boundary=b", [Part("f", nil, "x")]),
        (
            "--b\ncontent-disposition: form-data;\r\n name=f;\r\n\tfilename=z.csv\r\nX\r\n\r\nx\r\n--b--",
            "multipart/form-data; boundary=b",
            [Part("f", "z.csv", "x")]
        ),
        (
            "about it\r\n--bold\r\n--b \t\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--\r\nand after it\r\n--b\r\n",
            "multipart/form-data; boundary=b",
            [Part("", nil, "x"), Part("", nil, "y")]
        ),
        (
            "--b\r\n\r\nx\r\n--bold\r\n--b-\r\n\r\n--b", "multipart/form-data; boundary=b",
            [Part("", nil, "x\r\n--bold\r\n--b-\r\n")]
        ),
        (
            "--b\r\n\r\n\r\n--b\r\n\r\n\r\r\n\n\r\n--b--", "multipart/form-data; boundary=b",
            [Part(""), Part("", nil, "\r\r\n\n")]
        ),
        (
            "--a-b_c'd\r\n\r\n--a-b_c\r\n--a-b_c'd--", "multipart/form-data; boundary=\"a-b_c'd\"",
            [Part("", nil, "--a-b_c")]
        ),
    ]

    @Test(arguments: bodies.indices, [1, 2, 3, 1 << 16])
    func readsParts(index: Int, size: Int) throws {
        let (body, type, parts) = Self.bodies[index]
        let found = try read(Array(body.utf8), type, by: size)
        // A boundary that the bytes may end within isn't given out as text.
        #expect(found.parts == parts, "\(body)")
        #expect(found.isWhole == !body.hasSuffix("\r\n\r\n--b"))
    }

    @Test func bytesOfAnyValueComeThrough() throws {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) } + Array("\r\n--b\r--b\r\n--bb".utf8)
        let body = Array("--b\r\n\r\n".utf8) + bytes + Array("\r\n--b--".utf8)
        for size in [7, 4096] {
            let found = try read(body, "multipart/form-data; boundary=b", by: size)
            #expect(found.isWhole && found.parts.map(\.bytes) == [bytes])
        }
    }

    @Test(arguments: [
        nil, "", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=" + String(repeating: "b", count: 201),
    ])
    func needsABoundary(type: String?) {
        #expect(MultipartReader(contentType: type) == nil)
    }

    @Test func theHeadOfAPartIsBounded() throws {
        var reader = try #require(MultipartReader(contentType: "multipart/form-data; boundary=b"))
        let error = #expect(throws: MultipartError.self) {
            try reader.read(Array("--b\r\n".utf8)) { _ in }
            for _ in 0..<200 { try reader.read([UInt8](repeating: 0x78, count: 100)) { _ in } }
        }
        guard case .malformed(let detail) = error else {
            Issue.record("not malformed")
            return
        }
        #expect(detail.contains("too long"))
    }
}
