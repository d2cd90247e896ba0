import TestSupport
import Testing
import gand

@Suite struct SettingsTests {
    private static let precedence: [(flag: String?, variable: String?, file: String?, workers: Int, source: String)] = [
        ("1", "2", "workers: 3", 1, "flag"),
        (nil, "2", "workers: 3", 2, "environment"),
        (nil, nil, "workers: 3", 3, "file"),
        (nil, "", "workers: 3", 3, "file"),
        (nil, nil, "listen: 127.0.0.1:1", 1, "default"),
        (nil, nil, nil, 1, "default"),
    ]

    @Test(arguments: precedence)
    func aFlagGoesBeforeTheEnvironmentBeforeTheFileBeforeTheDefault(
        flag: String?, variable: String?, file: String?, workers: Int, source: String
    ) throws {
        let folder = try TemporaryFolder()
        let path = try file.map { try folder.write(Array($0.utf8), as: "gand.yaml") }
        var environment = ["GAND_CONFIG": path ?? ""]
        environment["GAND_WORKERS"] = variable
        let loader = SettingsLoader(
            flags: flag.map { [.workers: [$0]] } ?? [:], environment: environment, filePath: nil, cores: 8)
        let loaded = try loader.load()
        #expect(loaded.settings.workers == workers)
        #expect(loaded.settings.threadsPerJob == 8 / workers)
        let origin = loaded.origins.first { $0.name == .workers }
        #expect(origin?.source.description == (source == "file" ? path : source))
    }

    @Test func everySettingCanStandInTheFile() throws {
        let text = """
            # all of them
            listen: 127.0.0.2:0
            admin_listen: none
            data_dir: /srv/gand
            workers: 2
            threads_per_job: 3
            device: cpu
            http_threads: 2
            connection_limit: 99
            max_upload_bytes: 1000
            dataset_quota_bytes: 2000
            drain_seconds: 0
            sampling_batch: 7
            sampling_delay_ms: 8
            sampling_queue: 9
            client_requests_per_second: 10
            client_requests_at_once: 11
            allowed_host: [One.example, two.example]
            cors_origin: [https://a.example, "http://b.example:3000"]
            insecure_no_auth: yes
            token_file: /etc/gand/tokens.json
            tls_certificate: /etc/gand/cert.pem
            tls_key: /etc/gand/key.pem
            log_level: debug
            log_format: json
            """
        let loaded = try load(text)
        #expect(
            loaded.origins.map(\.text) == [
                "127.0.0.2:0", "none", "/srv/gand", "2", "3", "cpu", "2", "99", "1000", "2000", "0", "7", "8", "9",
                "10", "11",
                "[one.example, two.example]",
                "[https://a.example, http://b.example:3000]",
                "true", "/etc/gand/tokens.json", "/etc/gand/cert.pem", "/etc/gand/key.pem", "debug", "json",
            ])
        #expect(loaded.settings.adminListen == nil)
        #expect(loaded.settings.allowedHosts == ["one.example", "two.example"])
    }

    @Test func theEnvironmentSeparatesLists() throws {
        let loader = SettingsLoader(
            flags: [:], environment: ["GAND_ALLOWED_HOST": "a,b"], filePath: nil, cores: 1)
        #expect(try loader.load().settings.allowedHosts == ["a", "b"])
    }

    private static let faults: [(text: String, problem: String)] = [
        ("workers: none", "workers in "), ("workers: 0", "1 to 64"), ("listen: here", "HOST:PORT"),
        ("listen: 0.0.0.0:80", "there is no token"), ("listen: none", "cannot be switched off"),
        ("tls_key: k.pem", "belong together"),
        ("wrokers: 1", "wrokers, which is not a setting"), ("log_level: loud", "one of trace"),
        ("insecure_no_auth: perhaps", "true or false"), ("data_dir: {a: b}", "data_dir"), ("- a", "not YAML"),
        ("a: [", "not YAML"),
        // The parser's errors name the line and the column.
        ("workers: 1\nlisten: [", "3:1"), ("workers: 1\nworkers: 2", "workers"), ("plain text", "not YAML"),
        ("\"wrokers\": 1", "wrokers, which is not a setting"), ("some words: 1", "some words, which is not a setting"),
        ("? [a]\n: b", "not YAML"), ("{workers: 1, other: 2}", "other, which is not a setting"),
        ("other:\n  workers: 1", "other, which is not a setting"),
        ("data_dir: [a, b]", "data_dir in "), ("data_dir: {}", "not a plain value"),
        ("allowed_host: [[a]]", "allowed_host in "), ("allowed_host: {a: b}", "not a plain value"),
        ("workers:", "workers in "), ("workers: \"\"", "workers in "),
    ]

    @Test(arguments: faults)
    func aFaultIsNamedWithItsPlace(text: String, problem: String) {
        let error = #expect(throws: SettingsError.self) { try load(text) }
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
    }

    private static let files: [(text: String, workers: Int, hosts: [String])] = [
        ("", 1, []), ("# workers: 3\n\n", 1, []), ("---\n", 1, []), ("---\nworkers: 3", 3, []), ("{}", 1, []),
        ("{workers: 3}", 3, []), ("\"workers\": '3'", 3, []), ("workers: &count 3\nhttp_threads: *count", 3, []),
        ("allowed_host: one", 1, ["one"]), ("allowed_host:\n- one\n- 2", 1, ["one", "2"]), ("allowed_host: []", 1, []),
        ("\u{feff}workers: 3", 3, []), ("data_dir: |\n  workers: 5\n", 1, []),
    ]

    @Test(arguments: files)
    func theFileIsYAMLHoweverItIsWritten(text: String, workers: Int, hosts: [String]) throws {
        let loaded = try load(text)
        #expect(loaded.settings.workers == workers && loaded.settings.allowedHosts == hosts)
    }

    /// `gand token` needs to know where the tokens are even where a server couldn't start.
    @Test func theTokensAreFoundWhateverTheOtherSettingsAre() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Array("wrokers: 1\nworkers: [a]\ndata_dir: /srv".utf8), as: "gand.yaml")
        let loader = SettingsLoader(flags: [:], environment: [:], filePath: path, cores: 1)
        #expect(try loader.tokenFile() == "/srv/tokens.json")
    }

    @Test func allFaultsComeAtOnce() {
        let error = #expect(throws: SettingsError.self) { try load("workers: x\nhttp_threads: y\nlog_format: z") }
        #expect(error?.problems.count == 3)
    }

    @Test func aMissingFileIsSaid() {
        let loader = SettingsLoader(flags: [:], environment: [:], filePath: "/nowhere/gand.yaml", cores: 1)
        let error = #expect(throws: SettingsError.self) { try loader.load() }
        #expect(error?.description.contains("/nowhere/gand.yaml") == true)
    }

    private static let addresses: [(text: String, host: String?, port: Int, isLoopback: Bool)] = [
        ("127.0.0.1:8080", "127.0.0.1", 8080, true), ("[::1]:0", "::1", 0, true), ("localhost:1", "localhost", 1, true),
        ("0.0.0.0:80", "0.0.0.0", 80, false), ("[::]:80", "::", 80, false), ("::1:80", nil, 0, false),
        ("8080", nil, 0, false), (":80", nil, 0, false), ("a:65536", nil, 0, false), ("a:x", nil, 0, false),
    ]

    @Test(arguments: addresses)
    func addressesAreReadAndWritten(text: String, host: String?, port: Int, isLoopback: Bool) {
        let address = ListenAddress(text)
        #expect(address?.host == host)
        guard let address else { return }
        #expect(address.port == port)
        #expect(address.isLoopback == isLoopback)
        #expect(address.description == text)
    }

    private func load(_ text: String) throws -> LoadedSettings {
        let folder = try TemporaryFolder()
        let path = try folder.write(Array(text.utf8), as: "gand.yaml")
        return try SettingsLoader(flags: [:], environment: [:], filePath: path, cores: 4).load()
    }
}
