import Codecs
import TestSupport
import Testing

@Suite struct DigestTests {
    /// FIPS 180-4's examples (NIST, "Cryptographic Standards and Guidelines: Examples with Intermediate Values").
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func digests(text: String, digest: String) throws {
        #expect(SHA256.hex(of: Array(text.utf8)) == digest)
        var inPieces = SHA256()
        for byte in text.utf8 { inPieces.update([byte]) }
        #expect(inPieces.hexadecimal() == digest)
        let folder = try TemporaryFolder()
        #expect(try SHA256.hex(ofFile: folder.write(Array(text.utf8), as: "text")) == digest)
    }

    @Test func digestsFilesLargerThanItsBuffer() throws {
        let bytes = (0..<700_001).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let folder = try TemporaryFolder()
        #expect(try SHA256.hex(ofFile: folder.write(bytes, as: "large")) == SHA256.hex(of: bytes))
    }

    @Test func reportsAbsentFiles() {
        #expect(throws: FileError.self) { try SHA256.hex(ofFile: "/nowhere/at all") }
    }
}
