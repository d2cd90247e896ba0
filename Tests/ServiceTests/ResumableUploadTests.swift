import Codecs
import Glibc
import HTTPServer
import Jobs
import Logging
import Store
import TestSupport
import Testing

/// tus 1.0.0 over a socket.
@Suite struct ResumableUploadTests {
    private let fixture: ServiceFixture
    private let server: HTTPServer
    private let client: PlainClient
    private static let file = SampleDatasets.pointsTable()

    init() throws {
        fixture = try ServiceFixture(workers: 0)
        var configuration = ServerConfiguration(port: 0, threads: 1)
        configuration.uploadBlock = 64
        configuration.reaperInterval = .milliseconds(10)
        server = HTTPServer(
            configuration: configuration, router: fixture.router,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try server.start()
        client = PlainClient(port: server.port)
    }

    private func begin(_ headers: [(String, String)] = [], length: Int = file.count) throws -> PlainClient.Reply {
        try client.send(
            "POST", "/v1/uploads",
            headers: [
                ("Tus-Resumable", "1.0.0"), ("Upload-Length", String(length)),
                ("Upload-Metadata", "name cmluZw==,kind cG9pbnRz,filetype dGV4dC9jc3Y="),
            ] + headers)
    }

    @Test func theMetadataSaysHowAFileIsToBeRead() throws {
        func begin(_ size: String, kind: String) throws -> PlainClient.Reply {
            let pairs = [("name", "squares"), ("size", size), ("fit", "pad"), ("kind", kind)].map {
                name, value -> String in
                var text: [UInt8] = []
                Base64.append(Array(value.utf8), to: &text)
                return "\(name) \(String(decoding: text, as: UTF8.self))"
            }
            return try client.send(
                "POST", "/v1/uploads",
                headers: [("Upload-Length", "100"), ("Upload-Metadata", pairs.joined(separator: ","))])
        }
        let reply = try begin("16x16", kind: "images")
        #expect(reply.status == 201, "\(reply.text)")
        let id = try #require(reply.headers["location"]?.split(separator: "/").last.map(String.init))
        #expect(try fixture.store.upload(id).parameters == ["size": "16x16", "fit": "pad"])
        for (size, kind) in [("7x7", "images"), ("16x16", "table")] {
            let refused = try begin(size, kind: kind)
            #expect(
                refused.status == 422 && refused.text.contains(kind == "table" ? "not of kind" : "8 to 256"),
                "\(refused.text)")
        }
    }

    private func place() throws -> String {
        let reply = try begin()
        #expect(reply.status == 201, "\(reply.text)")
        return try #require(reply.headers["location"])
    }

    private func part(_ offset: Int, _ more: [(String, String)] = []) -> [(String, String)] {
        [
            ("Tus-Resumable", "1.0.0"), ("Upload-Offset", String(offset)),
            ("Content-Type", "application/offset+octet-stream"),
        ] + more
    }

    private func send(
        _ place: String, _ range: Range<Int>, _ more: [(String, String)] = []
    ) throws -> PlainClient.Reply {
        try client.send("PATCH", place, headers: part(range.lowerBound, more), body: Array(Self.file[range]))
    }

    private func offset(of place: String) throws -> Int {
        let reply = try client.send("HEAD", place, headers: [("Tus-Resumable", "1.0.0")])
        #expect(reply.status == 200)
        return try #require(reply.headers["upload-offset"].flatMap { Int($0) })
    }

    @Test func aFileComesInPartsAndBecomesADataset() throws {
        defer { server.stop(graceful: .zero) }
        let place = try place()
        let begun = try client.send("HEAD", place)
        #expect(begun.headers["upload-offset"] == "0")
        #expect(begun.headers["upload-length"] == String(Self.file.count))
        #expect(begun.headers["upload-metadata"] == "name cmluZw==,kind cG9pbnRz,filetype dGV4dC9jc3Y=")
        #expect(begun.headers["cache-control"] == "no-store")
        #expect(begun.headers["tus-resumable"] == "1.0.0")
        #expect(begun.headers["upload-expires"]?.hasSuffix(" GMT") == true)
        #expect(begun.headers["content-location"] == nil)

        let middle = Self.file.count / 3
        let first = try send(place, 0..<middle)
        #expect(first.status == 204, "\(first.text)")
        #expect(first.headers["upload-offset"] == String(middle))
        #expect(first.headers["content-location"] == nil)
        let last = try send(place, middle..<Self.file.count)
        #expect(last.status == 204, "\(last.text)")
        let dataset = try #require(last.headers["content-location"])
        #expect(try client.send("HEAD", place).headers["content-location"] == dataset)
        // The last part once more, by a client that didn't get the reply.
        #expect(try client.send("PATCH", place, headers: part(Self.file.count)).headers["content-location"] == dataset)
        let id = String(dataset.split(separator: "/").last ?? "")
        #expect(fixture.jobs.waitForImport(of: id, timeout: 60))
        let shown = try fixture.get(dataset).json
        #expect(shown["sha256"]?.string == SHA256.hex(of: Self.file))
        #expect(shown["state"] == "ready" && shown["name"] == "ring" && shown["kind"] == "points")
    }

    @Test func aFileThatIsCutOffTwentyTimesArrivesWhole() throws {
        defer { server.stop(graceful: .zero) }
        var random = SystemRandomNumberGenerator()
        let place = try place()
        var cuts = 0
        var position = 0
        while cuts < 20 {
            try waitUntilFree(place)
            position = try offset(of: place)
            let rest = Self.file.count - position
            // Small bites, so that there is something left to cut.
            let size = Int.random(in: 1...max(1, min(rest - 1, Self.file.count / 20)), using: &random)
            try client.breakOff(
                "PATCH", place, headers: part(position), body: Array(Self.file[position..<position + size]), of: rest)
            cuts += 1
            // What was cut off is written after the reply that nobody reads.
            let end = position + size
            try #require(try eventually { try offset(of: place) == end })
        }
        try waitUntilFree(place)
        position = try offset(of: place)
        let reply = try send(place, position..<Self.file.count)
        #expect(reply.status == 204, "\(reply.text)")
        let dataset = try #require(reply.headers["content-location"])
        #expect(try fixture.get(dataset).json["sha256"]?.string == SHA256.hex(of: Self.file))
        #expect(cuts == 20)
    }

    /// Waits until no request is sending a part: an empty one is then taken.
    private func waitUntilFree(_ place: String) throws {
        let isFree = try eventually {
            let reply = try client.send("PATCH", place, headers: part(try offset(of: place)))
            try #require([204, 409, 423].contains(reply.status), "\(reply.text)")
            return reply.status == 204
        }
        try #require(isFree)
    }

    /// Asks again and again, each time over the network, until something is so.
    private func eventually(_ isSo: () throws -> Bool) rethrows -> Bool {
        for _ in 0..<20_000 {
            if try isSo() { return true }
            sched_yield()
        }
        return false
    }

    @Test func aPartWithAChecksumIsTakenWholeOrNotAtAll() throws {
        defer { server.stop(graceful: .zero) }
        let place = try place()

        let wrong = [("Upload-Checksum", "sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=")]
        #expect(try send(place, 0..<100, wrong).status == 460)
        #expect(try offset(of: place) == 0)
        for checksum in ["md5 AAAA", "sha1", "sha256 *"] {
            #expect(try send(place, 0..<100, [("Upload-Checksum", checksum)]).status == 400, "\(checksum)")
        }
        try client.breakOff(
            "PATCH", place, headers: part(0, wrong), body: Array(Self.file[..<500]), of: Self.file.count)
        try waitUntilFree(place)
        let digest = Base64Text.of(hexadecimal: SHA256.hex(of: Array(Self.file[..<100])))
        let reply = try send(place, 0..<100, [("Upload-Checksum", "sha256 \(digest)")])
        #expect(reply.status == 204, "\(reply.text)")
        #expect(try offset(of: place) == 100)
        // The last two bytes are in no digest's way: "hi" has a known one.
        let short = try begin(length: 2)
        let target = try #require(short.headers["location"])
        let known = try client.send(
            "PATCH", target, headers: part(0, [("Upload-Checksum", "sha1 witfkXg0JglCjW9RssWvTAveakI=")]),
            body: Array("hi".utf8))
        #expect(known.status == 204, "\(known.text)")
    }

    @Test func whatDoesntFitIsRefusedAndNothingIsLost() throws {
        defer { server.stop(graceful: .zero) }
        let place = try place()
        #expect(try send(place, 0..<50).status == 204)
        let json = [("Content-Type", "application/json"), ("Upload-Offset", "50")]
        for (name, headers, target, status) in [
            ("another offset", part(40), place, 409), ("no offset", Array(part(0).dropFirst(2)), place, 400),
            ("a word for an offset", part(0).map { ($0.0, $0.0 == "Upload-Offset" ? "ten" : $0.1) }, place, 400),
            ("another version", part(50).map { ($0.0, $0.0 == "Tus-Resumable" ? "0.2.2" : $0.1) }, place, 412),
            ("another type", json, place, 415), ("no such upload", part(0), "/v1/uploads/upl_none", 404),
        ] {
            let reply = try client.send("PATCH", target, headers: headers, body: [1, 2, 3])
            #expect(reply.status == status, "\(name): \(reply.text)")
        }
        let tooLong = try client.send(
            "PATCH", place, headers: part(50), body: [UInt8](repeating: 0, count: Self.file.count))
        #expect(tooLong.status == 413, "\(tooLong.text)")
        // As much of it as was in place stays out of the way of what follows.
        let position = try offset(of: place)
        #expect(position >= 50)
        #expect(try client.send("DELETE", place).status == 204)
        #expect(try client.send("HEAD", place).status == 404)
        #expect(try client.send("DELETE", place).status == 404)
    }

    @Test(
        arguments: [
            ([("Upload-Length", "")], 400), ([("Upload-Length", "-1")], 400), ([("Upload-Length", "0")], 422),
            ([("Upload-Length", "9223372036854775807")], 413),
            ([("Upload-Length", "9223372036854775807"), ("Upload-Metadata", "filename cmluZw==")], 413),
            ([("Upload-Length", "99999999999999999999")], 400),
            ([("Upload-Length", "5"), ("Upload-Metadata", "name *")], 400),
            ([("Upload-Length", "5"), ("Upload-Metadata", "kind cG9pbnRz")], 201),
            ([("Upload-Length", "5")], 201), ([("Upload-Length", "5"), ("Upload-Metadata", "")], 201),
            ([("Upload-Length", "5"), ("Upload-Metadata", "name ,filename ,relativePath bnVsbA==")], 201),
            ([("Upload-Length", "5"), ("Upload-Metadata", "name AAAA")], 422),
            ([("Upload-Length", "5"), ("Upload-Metadata", "name cmluZw==,kind cmluZw==")], 422),
            ([("Upload-Length", "5"), ("Upload-Metadata", "name cmluZw=="), ("Upload-Defer-Length", "1")], 400),
            ([("Upload-Length", "5"), ("Upload-Metadata", "name cmluZw=="), ("Tus-Resumable", "2.0")], 412),
            ([("Upload-Length", "5"), ("Upload-Metadata", "filename cmluZw==")], 201),
        ] as [([(String, String)], Int)])
    func aBeginningThatCantBeIsRefused(headers: [(String, String)], status: Int) throws {
        defer { server.stop(graceful: .zero) }
        let reply = try client.send("POST", "/v1/uploads", headers: headers)
        #expect(reply.status == status, "\(reply.text)")
        #expect(try FileTree.names(in: fixture.store.folder.path + "/uploads").count == (status == 201 ? 1 : 0))
    }

    @Test func withoutMetadataTheIdentifierNamesTheDataset() throws {
        defer { server.stop(graceful: .zero) }
        let begun = try client.send("POST", "/v1/uploads", headers: [("Upload-Length", String(Self.file.count))])
        let place = try #require(begun.headers["location"])
        #expect(try client.send("HEAD", place).headers["upload-metadata"] == nil)
        let dataset = try #require(try send(place, 0..<Self.file.count).headers["content-location"])
        #expect(try fixture.get(dataset).json["name"]?.string == place.split(separator: "/").last.map(String.init))
    }

    @Test func theServerSaysWhatItTakes() throws {
        defer { server.stop(graceful: .zero) }
        let reply = try client.send("OPTIONS", "/v1/uploads")
        #expect(reply.status == 204)
        #expect(reply.headers["tus-version"] == "1.0.0")
        #expect(reply.headers["tus-extension"] == "creation,checksum,expiration,termination")
        #expect(reply.headers["tus-checksum-algorithm"] == "sha256,sha1")
        #expect(reply.headers["tus-max-size"] == String(8 << 30))
    }

    @Test func anUploadBegunTwiceIsBegunOnce() throws {
        defer { server.stop(graceful: .zero) }
        let key = [("Idempotency-Key", "k")]
        let place = try begin(key).headers["location"]
        #expect(try begin(key).headers["location"] == place)
        #expect(try begin(key, length: 7).status == 422)
    }
}

private enum Base64Text {
    /// Bytes in hexadecimal as base 64.
    static func of(hexadecimal text: String) -> String {
        let digits = text.compactMap { $0.hexDigitValue }
        let bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
        let symbols = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var result = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = (0..<3).reduce(0) { $0 << 8 | (start + $1 < bytes.count ? Int(bytes[start + $1]) : 0) }
            for place in 0..<4 {
                result.append(start + place <= bytes.count ? symbols[group >> (18 - 6 * place) & 63] : "=")
            }
        }
        return result
    }
}
