import Codecs
import HTTPServer
import Logging
import Service
import Store
import TestSupport
import Testing

@Suite struct AccessTests {
    private static let now = Timestamp(seconds: 1_772_600_000)

    /// A file with a token of each scope, and one that has expired; gives their secrets by name.
    private func tokens(in folder: TemporaryFolder) throws -> (file: TokenFile, secrets: [String: String]) {
        let file = TokenFile(path: folder.file("tokens.json"))
        var tokens: [AccessToken] = []
        var secrets: [String: String] = [:]
        for scope in Scope.allCases {
            let made = AccessToken.make(name: scope.rawValue, scope: scope, lifetime: 3600, now: WallClock.system.now())
            tokens.append(made.token)
            secrets[scope.rawValue] = made.secret
        }
        let expired = AccessToken.make(name: "expired", scope: .admin, lifetime: 3600, now: Self.now)
        secrets["expired"] = expired.secret
        try file.write(tokens + [expired.token])
        return (file, secrets)
    }

    /// What each operation needs, said once more: nil where anyone may.
    private func scope(_ method: String, _ template: String) -> Scope? {
        switch (method, template) {
        case (_, "/livez"), (_, "/openapi.json"), ("OPTIONS", _): nil
        case ("GET", _), ("HEAD", _), ("POST", "/v1/models/{id}/samples"): .read
        case ("POST", _), ("PATCH", _), ("DELETE", "/v1/reports/{id}"), ("DELETE", "/v1/uploads/{id}"): .submit
        default: .admin
        }
    }

    @Test func everyOperationIsClosedToWhoMayNot() throws {
        let folder = try TemporaryFolder()
        let (file, secrets) = try tokens(in: folder)
        let fixture = try ServiceFixture(workers: 0, tokens: file)
        var configuration = ServerConfiguration(port: 0, threads: 1)
        configuration.admission = fixture.service.admission
        let server = HTTPServer(
            configuration: configuration, router: fixture.router,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try server.start()
        defer { server.stop(graceful: .zero) }
        let client = PlainClient(port: server.port)
        let holders: [(name: String, authorization: String?, scope: Scope?)] = [
            ("none", nil, nil), ("another scheme", "Basic \(secrets["admin"] ?? "")", nil),
            ("wrong", "Bearer gand_0000", nil), ("empty", "Bearer ", nil),
            ("expired", "Bearer \(secrets["expired"] ?? "")", nil),
            ("read", "Bearer \(secrets["read"] ?? "")", .read),
            ("submit", "bearer  \(secrets["submit"] ?? "")", .submit),
            ("admin", "BEARER \(secrets["admin"] ?? "")", .admin),
        ]
        for route in fixture.router.routes {
            let method = route.method.rawValue
            let needed = scope(method, route.template)
            let target = route.template.replacing("{id}", with: "x_00000000000000000000000000").replacing(
                "{step}", with: "1"
            ).replacing("{file}", with: "manifest.json")
            for holder in holders {
                var headers = [("Content-Type", "application/json")]
                if let authorization = holder.authorization { headers.append(("Authorization", authorization)) }
                let reply = try client.send(method, target, headers: headers)
                let place: Comment = "\(method) \(route.template) by \(holder.name)"
                guard let needed else {
                    #expect((200..<300).contains(reply.status), place)
                    continue
                }
                guard let scope = holder.scope else {
                    #expect(reply.status == 401, place)
                    #expect(reply.headers["www-authenticate"]?.hasPrefix("Bearer realm=") == true, place)
                    continue
                }
                #expect((reply.status == 403) == (scope < needed), place)
                #expect(reply.status != 401 && reply.status < 500, place)
            }
        }
        // What leads nowhere tells strangers nothing.
        #expect(try client.send("GET", "/v1/secrets").status == 401)
        #expect(try client.send("PUT", "/v1/jobs").status == 401)
        let authorised = [("Authorization", "Bearer \(secrets["read"] ?? "")")]
        #expect(try client.send("GET", "/v1/secrets", headers: authorised).status == 404)
        #expect(try client.send("PUT", "/v1/jobs", headers: authorised).status == 405)
    }

    @Test func theDescriptionSaysThatATokenIsNeeded() throws {
        let folder = try TemporaryFolder()
        let closed = try ServiceFixture(workers: 0, tokens: try tokens(in: folder).file).get("/openapi.json").json
        #expect(closed["components"]?["securitySchemes"]?["token"]?["scheme"] == "bearer")
        let list = closed["paths"]?["/v1/jobs"]?["get"]
        #expect(list?["security"] == [["token": []]])
        #expect(list?["responses"]?["401"] != nil)
        #expect(closed["paths"]?["/livez"]?["get"]?["security"] == nil)
        let open = try ServiceFixture(workers: 0).get("/openapi.json").json
        #expect(open["components"]?["securitySchemes"] == nil)
    }

    @Test func tokensAreReadAgainAndAreRequiredFromTheFirstOn() throws {
        let folder = try TemporaryFolder()
        let file = TokenFile(path: folder.file("tokens.json"))
        let access = try AccessControl(file: file)
        #expect(!access.isRequired)
        #expect(access.refusal(of: [:], needing: .admin) == nil)

        let (token, secret) = AccessToken.make(name: "a", scope: .read, lifetime: nil, now: WallClock.system.now())
        try file.write([token])
        #expect(try access.reload() == 1)
        let headers: HTTPHeaders = ["Authorization": "Bearer \(secret)"]
        #expect(access.refusal(of: [:], needing: .read)?.status == 401)
        #expect(access.refusal(of: headers, needing: .read) == nil)
        #expect(access.refusal(of: headers, needing: .submit)?.status == 403)
        #expect(access.refusal(of: [:], needing: nil) == nil)

        // A file that can't be read leaves things as they are.
        try DurableFile.write(Array("{".utf8), to: file.path)
        #expect(throws: TokenFile.Failure.self) { try access.reload() }
        #expect(access.refusal(of: headers, needing: .read) == nil)

        // Nor does the last token's end open the server.
        try file.write([])
        #expect(try access.reload() == 0)
        #expect(access.refusal(of: headers, needing: .read)?.status == 401)
    }

    @Test func theFileHoldsNoSecrets() throws {
        let folder = try TemporaryFolder()
        let (file, secrets) = try tokens(in: folder)
        let text = String(decoding: try ReadableFile.contents(of: file.path, limit: 1 << 20), as: UTF8.self)
        for secret in secrets.values {
            #expect(secret.hasPrefix("gand_") && secret.utf8.count == 69)
            #expect(!text.contains(secret) && !text.contains(secret.dropFirst(5)))
        }
        let read = try file.tokens()
        #expect(read.map(\.name) == ["read", "submit", "admin", "expired"])
        try file.write(read)
        #expect(try file.tokens() == read)
        #expect(Set(read.map(\.id)).count == 4)
    }

    @Test(arguments: [
        "[]", "{}", #"{"tokens":[{}]}"#,
        #"{"tokens":[{"id":"a","name":"b","scope":"all","sha256":"00","created_at_microseconds":0}]}"#,
        #"{"tokens":[{"id":"a","name":"b","scope":"read","sha256":"00","created_at_microseconds":0}]}"#, "tokens",
    ])
    func aDamagedFileIsSaidToBe(text: String) throws {
        let folder = try TemporaryFolder()
        let file = TokenFile(path: try folder.write(Array(text.utf8), as: "tokens.json"))
        #expect(throws: TokenFile.Failure.self) { try file.tokens() }
        #expect(throws: TokenFile.Failure.self) { try AccessControl(file: file) }
    }
}
