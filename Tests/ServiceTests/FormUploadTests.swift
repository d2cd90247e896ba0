import Codecs
import HTTPServer
import Jobs
import Logging
import Store
import TestSupport
import Testing

/// Files out of forms, as curl's `-F` and browsers send them.
@Suite struct FormUploadTests {
    private static let table = SampleDatasets.pointsTable()

    /// A form of fields, each with its header lines.
    private static func form(_ fields: [(header: String, body: [UInt8])], boundary: String = "b-o_u") -> [UInt8] {
        var bytes: [UInt8] = []
        for (header, body) in fields {
            bytes += Array("--\(boundary)\r\nContent-Disposition: form-data; \(header)\r\n\r\n".utf8) + body + [13, 10]
        }
        return bytes + Array("--\(boundary)--\r\n".utf8)
    }

    private static let file = (header: #"name="file"; filename="ring.csv""# + "\r\nContent-Type: text/csv", body: table)

    private static func field(_ name: String, _ value: String) -> (header: String, body: [UInt8]) {
        (#"name="\#(name)""#, Array(value.utf8))
    }

    private struct Outcome {
        let reply: PlainClient.Reply
        let json: JSON
        /// What is left of uploads that became nothing.
        let temporaries: [String]
    }

    /// - Parameter block: bytes that are handed on at once, so that forms come in pieces.
    private func post(
        _ body: [UInt8], query: String = "", type: String = "multipart/form-data; boundary=b-o_u", block: Int = 1 << 18,
        headers: [(String, String)] = []
    ) throws -> Outcome {
        let fixture = try ServiceFixture(workers: 0)
        var configuration = ServerConfiguration(port: 0, threads: 1)
        configuration.uploadBlock = block
        let server = HTTPServer(
            configuration: configuration, router: fixture.router,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try server.start()
        let reply = try PlainClient(port: server.port).send(
            "POST", "/v1/datasets" + query, headers: [("Content-Type", type)] + headers, body: body)
        server.stop(graceful: .seconds(5))
        return Outcome(
            reply: reply, json: try JSON(parsing: reply.body),
            temporaries: try FileTree.names(in: fixture.store.folder.temporary))
    }

    @Test(arguments: [1, 7, 1000, 1 << 18])
    func aFormsFileBecomesADatasetHoweverItIsCut(block: Int) throws {
        let body = Self.form([Self.field("name", "rings"), Self.file, Self.field("kind", "points")])
        let outcome = try post(body, block: block)
        #expect(outcome.reply.status == 201, "\(outcome.reply.text)")
        #expect(outcome.json["name"] == "rings" && outcome.json["sha256"]?.string == SHA256.hex(of: Self.table))
        #expect(outcome.json["bytes"]?.integer == Int64(Self.table.count))
        #expect(outcome.temporaries.isEmpty)
    }

    @Test(
        arguments: [
            (#"filename="ring.csv""#, "", "ring.csv"), (#"filename="/etc/../ring.csv""#, "", "ring.csv"),
            (#"filename="C:\\data\\ring.csv""#, "", "ring.csv"), (#"filename="ring.csv""#, "?name=mine", "mine"),
            (#"filename="/""#, "", "dataset"), ("filename=ring.csv", "", "ring.csv"),
            ("filename=my ring.csv", "", "my ring.csv"),
            ("filename=a.csv; filename*=UTF-8''m%C3%A5l.csv", "", "mål.csv"),
        ])
    func theNameIsThatOfTheFileUnlessGiven(file: String, query: String, name: String) throws {
        let outcome = try post(Self.form([(#"name="file"; "# + file, Self.table)]), query: query)
        #expect(outcome.reply.status == 201, "\(outcome.reply.text)")
        #expect(outcome.json["name"]?.string == name)
    }

    @Test(arguments: ["b", "\"b\"", "'", "\"b o/u=(1)\"", String(repeating: "b", count: 70)])
    func boundariesAreAsLongAndPlainAsTheyLike(boundary: String) throws {
        let plain = boundary.filter { $0 != "\"" }
        let body =
            Array("for old programs\r\n".utf8) + Self.form([Self.file], boundary: plain) + Array("\r\nthe end".utf8)
        let outcome = try post(body, type: "Multipart/Form-Data; charset=utf-8; Boundary=\(boundary)", block: 5)
        #expect(outcome.reply.status == 201, "\(outcome.reply.text)")
        #expect(outcome.json["sha256"]?.string == SHA256.hex(of: Self.table))
    }

    @Test(arguments: [("kind=auto", "kind", "cats"), ("name=good", "name", "a\u{1}b")])
    func whatTheQueryOverridesMustBeGoodToo(query: String, field: String, value: String) throws {
        let outcome = try post(Self.form([Self.field(field, value), Self.file]), query: "?" + query)
        #expect(outcome.reply.status == 400 && outcome.reply.text.contains(field), "\(outcome.reply.text)")
    }

    @Test(arguments: [("", "crop"), ("?fit=pad", "pad")])
    func fieldsSayHowAFileIsToBeRead(query: String, fit: String) throws {
        let archive = (
            header: #"name="file"; filename="a.zip""#, body: try SampleDatasets.imageArchive(count: 4, side: 20)
        )
        let fields = [Self.field("size", "9x8"), archive, Self.field("fit", "crop")]
        let outcome = try post(Self.form(fields), query: query)
        #expect(outcome.reply.status == 201, "\(outcome.reply.text)")
        #expect(outcome.json["parameters"] == ["fit": .string(fit), "size": "9x8"])
    }

    private static let faults: [(name: String, body: [UInt8], type: String?, status: Int, words: String)] = [
        ("no file", form([field("name", "x")]), nil, 400, "no file"),
        ("two files", form([file, file]), nil, 400, "two files"),
        ("cut off", Array(form([file]).dropLast(table.count / 2)), nil, 400, "last boundary"),
        ("no boundary", form([file]), "multipart/form-data", 400, "boundary"),
        ("another boundary", form([file]), "multipart/form-data; boundary=zzz", 400, "form"),
        ("no form at all", Array("hello".utf8), nil, 400, "form"), ("nothing", [], nil, 400, "form"),
        ("a long field", form([field("name", String(repeating: "n", count: 100_000)), file]), nil, 400, "too long"),
        ("a file without a name", form([(#"name="file""#, table)]), nil, 400, "-F file=@FILE"),
        ("many fields", form((0..<40).map { field("f\($0)", "1") } + [file]), nil, 400, "too many fields"),
        (
            "a field that is no text",
            form([(#"name="name""# + "\r\nContent-Type: application/json", Array("{}".utf8)), file]), nil, 400,
            "fields are text"
        ),
        ("an unknown field", form([field("colour", "red"), file]), nil, 400, "colour"),
        ("a bad name", form([field("name", ""), file]), nil, 400, "name"),
        ("a bad size", form([field("size", "9999x8"), file]), nil, 422, "8 to 256"),
        ("a size of a table", form([field("size", "9x8"), field("kind", "table"), file]), nil, 422, "size"),
        ("two sizes", form([field("size", "9x8"), field("size", "9x8"), file]), nil, 400, "size"),
        ("a bad kind", form([field("kind", "cats"), file]), nil, 400, "kind"),
        ("an empty file", form([(#"name="file"; filename="a.csv""#, [])]), nil, 422, "empty"),
        (
            "base 64",
            form([(#"name="file"; filename="a"\#r\#nContent-Transfer-Encoding: base64"#, [65, 65, 65, 65])]), nil,
            400, "transfer encoding"
        ),
    ]

    @Test(arguments: faults.indices)
    func aFormThatCantBeReadIsRefusedAndNothingIsLeftOfIt(index: Int) throws {
        let fault = Self.faults[index]
        for block in [3, 1 << 18] {
            let outcome = try post(
                fault.body, type: fault.type ?? "multipart/form-data; boundary=b-o_u", block: block)
            #expect(outcome.reply.status == fault.status, "\(fault.name): \(outcome.reply.text)")
            #expect(outcome.reply.text.contains(fault.words), "\(fault.name): \(outcome.reply.text)")
            #expect(outcome.temporaries.isEmpty, "\(fault.name)")
        }
    }
}
