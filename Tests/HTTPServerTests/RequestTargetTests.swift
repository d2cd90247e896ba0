import HTTPServer
import Testing

@Suite struct RequestTargetTests {
    @Test(arguments: [
        ("/", []),
        ("/v1/jobs", ["v1", "jobs"]),
        ("/v1/jobs/", ["v1", "jobs", ""]),
        ("//a", ["", "a"]),
        ("/a%20b/%C3%A9", ["a b", "é"]),
        ("/a+b", ["a+b"]),
        ("/a;b=c", ["a;b=c"]),
        ("/%252f", ["%2f"]),
        ("http://example.org/a/b", ["a", "b"]),
        ("HTTP://example.org", []),
        ("http://example.org?x=1", []),
    ])
    func pathIsSplitBeforeItIsDecoded(target: String, path: [String]) throws {
        #expect(try HTTPRequest(target: target).path == path)
    }

    @Test(arguments: [
        ("/?a=1&b=2", ["a=1", "b=2"]),
        ("/?a=1&a=2", ["a=1", "a=2"]),
        ("/?a", ["a="]),
        ("/?a=b=c", ["a=b=c"]),
        ("/?&&a=1&", ["a=1"]),
        ("/?name=a+b%2Bc", ["name=a b+c"]),
        ("/?label=team%3Aa%2Fb%5C", ["label=team:a/b\\"]),
        ("/?name=größe", ["name=größe"]),
        ("/?", []),
    ])
    func queryIsDecoded(target: String, query: [String]) throws {
        #expect(try HTTPRequest(target: target).query.map { "\($0.name)=\($0.value)" } == query)
    }

    @Test(arguments: [
        "", "*", "a", "example.org:443", "ftp://a/b", "/%", "/%4", "/%zz", "/%00", "/%2f", "/%2F", "/%5c", "/%0a",
        "/%7f",
        "/%ff", "/%c3", "/a/../b", "/a/./b", "/..", "/%2e%2e/b", "/%2E", "/a\\b", "/a#b", "/?a=%00", "/?a=%0d",
        "/?a=%ff",
        "/?%", "/?a=\\b",
    ])
    func malformedTargetIsRefused(target: String) {
        let problem = #expect(throws: HTTPProblem.self) { try HTTPRequest(target: target) }
        #expect(problem?.status == 400)
        #expect(problem?.code == "malformed_target")
    }
}
