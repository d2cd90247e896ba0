import Codecs
import HTTPServer
import Store
import TestSupport
import Testing

@Suite struct DigestFieldTests {
    // printf 'x,y\n1,2\n' | openssl dgst -sha256 -binary | base64
    private static let digest = "gb+fqDxvfxUb1JGpjNfZM945ZSiePr13xsQl9+qhY5I="
    private static let bytes = Array("x,y\n1,2\n".utf8)

    private func upload(_ fixture: ServiceFixture, _ headers: HTTPHeaders) throws -> Reply {
        let path = fixture.store.temporaryPath("test")
        try DurableFile.write(Self.bytes, to: path)
        return try fixture.send(
            .post, "/v1/datasets?name=a", headers: headers, body: .file(path: path, size: Self.bytes.count))
    }

    @Test(arguments: [
        "sha-256=:\(digest):", "SHA-256=:\(digest):", "md5=:AAAA:, sha-256=:\(digest):", "sha-512=:whatever:",
        "unixsum=30637",
    ])
    func aDigestThatFitsLetsTheBodyPass(field: String) throws {
        let fixture = try ServiceFixture(workers: 0)
        for name in ["Content-Digest", "Repr-Digest"] {
            #expect(try upload(fixture, [name: field]).status == 201, "\(name)")
        }
    }

    @Test(arguments: [
        ("sha-256=:AAAAqDxvfxUb1JGpjNfZM945ZSiePr13xsQl9+qhY5I=:", "digest_mismatch"), ("sha-256=:AAAA:", "bad_digest"),
        ("sha-256=\(digest)", "bad_digest"), ("sha-256", "bad_digest"), ("md5=:AAAA:, sha-256=::", "bad_digest"),
    ])
    func anotherDigestIsRefusedAndNothingIsKept(field: String, code: String) throws {
        let fixture = try ServiceFixture(workers: 0)
        for name in ["Content-Digest", "Repr-Digest"] {
            expectProblem(try upload(fixture, [name: field]), 400, code)
        }
        #expect(try fixture.get("/v1/datasets").json["items"] == [])
    }
}
