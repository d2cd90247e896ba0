import Codecs
import Glibc
import TestSupport
import Testing

/// The real program, from start to end.
@Suite struct ServeTests {
    private static let json = [("Content-Type", "application/json")]

    @Test func aPersonUploadsTrainsAndSamplesAndTheServerStopsCleanly() throws {
        let folder = try TemporaryFolder()
        let (process, client, operators) = try GandProcess.serve(folder.file("data"))
        #expect(try client.send("GET", "/livez").status == 200)
        #expect(try operators.send("GET", "/readyz").status == 200)
        let job = try startTraining(client, steps: 30)
        _ = try process.waitForMessage("training ends")
        let done = try untilState("succeeded", job: job, client)
        #expect(done["progress"]?["step"] == 30)
        let model = try #require(done["model_id"]?.string)
        let target = "/v1/models/\(model)/samples?n=8&seed=3"
        let first = try client.send("GET", target)
        #expect(first.status == 200, "\(first.text)")
        #expect(try client.send("GET", target).body == first.body)
        #expect(try client.send("GET", target + "&format=png").headers["content-type"] == "image/png")
        #expect(try client.send("GET", "/v1/jobs/\(job)/metrics").status == 200)
        #expect(try operators.send("GET", "/metrics").text.contains(#"gand_jobs{state="succeeded"} 1"#))
        process.send(SIGTERM)
        #expect(process.waitForExit() == 0)
        #expect(process.rest().contains("stopped"))
    }

    @Test func aJobGoesOnByItselfAfterAStopAndAfterAKill() throws {
        let folder = try TemporaryFolder()
        var (process, client, _) = try GandProcess.serve(folder.file("data"))
        let job = try startTraining(client, steps: 50_000_000)
        try untilCheckpoint(client, job: job)
        process.send(SIGTERM)
        #expect(process.waitForExit() == 0)

        (process, client, _) = try GandProcess.serve(folder.file("data"))
        _ = try process.waitForMessage("training begins")
        let resumed = try JSON(parsing: try client.send("GET", "/v1/jobs/\(job)").body)
        #expect(resumed["attempt"] == 1)
        #expect((resumed["progress"]?["step"]?.integer ?? 0) >= 100)
        process.send(SIGKILL)
        #expect(process.waitForExit() == 128 + SIGKILL)

        (process, client, _) = try GandProcess.serve(folder.file("data"))
        let recovered = try JSON(parsing: try client.send("GET", "/v1/jobs/\(job)").body)
        #expect(recovered["attempt"] == 2)
        #expect(try client.send("POST", "/v1/jobs/\(job)/stop", headers: Self.json).status == 202)
        let stopped = try untilState("stopped", job: job, client)
        #expect(stopped["stop_reason"] == "stopped")
        process.send(SIGINT)
        #expect(process.waitForExit() == 0)
    }

    @Test(arguments: [
        ([:], ["GOMP_SPINCOUNT=2000"]), (["GOMP_SPINCOUNT": "7"], ["GOMP_SPINCOUNT=7"]),
        (["OMP_WAIT_POLICY": "passive"], ["OMP_WAIT_POLICY=passive"]),
    ])
    func theEnginesThreadsSpinForLittle(given: [String: String], expected: [String]) throws {
        let folder = try TemporaryFolder()
        let (process, client, _) = try GandProcess.serve(folder.file("data"), environment: given)
        let found = try process.environment()
        #expect(found.filter { $0.hasPrefix("GOMP_") || $0.hasPrefix("OMP_") } == expected)
        #expect(found.contains { $0.hasPrefix("PATH=") })
        #expect(try client.send("GET", "/livez").status == 200)
    }

    @Test func theHealthCheckAsksTheServerOfTheSettings() throws {
        let folder = try TemporaryFolder()
        let (process, _, operators) = try GandProcess.serve(folder.file("data"))
        let address = ["GAND_ADMIN_LISTEN": "127.0.0.1:\(operators.port)"]
        #expect(try GandProcess.run(["healthcheck"], environment: address).code == 0)
        process.send(SIGTERM)
        process.waitForExit()
        let answer = try GandProcess.run(["healthcheck"], environment: address)
        #expect(answer.code == 1)
        #expect(answer.text.contains("cannot be reached"))
    }

    @Test func aSecondServerOnTheSameFolderSaysWhyItDoesNotStart() throws {
        let folder = try TemporaryFolder()
        let (process, client, _) = try GandProcess.serve(folder.file("data"))
        let second = try GandProcess.run([
            "serve", "--listen", "127.0.0.1:0", "--admin-listen", "none", "--data-dir", folder.file("data"),
        ])
        #expect(second.code == 1)
        #expect(second.text.contains("another process has the data folder open"))
        let sameAddress = try GandProcess.run([
            "serve", "--listen", "127.0.0.1:\(client.port)", "--admin-listen", "none", "--data-dir",
            folder.file("other"),
        ])
        #expect(sameAddress.code == 1, "\(sameAddress.text)")
        #expect(sameAddress.text.contains("in use"), "\(sameAddress.text)")
        process.send(SIGTERM)
        #expect(process.waitForExit() == 0)
    }

    @Test func settingsComeByFlagEnvironmentAndFile() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Array("workers: 3\nlog_level: debug\ndata_dir: there\n".utf8), as: "gand.yaml")
        let printed = try GandProcess.run(
            ["config", "print", "--workers", "5", "--config", file], environment: ["GAND_LOG_LEVEL": "error"])
        #expect(printed.code == 0)
        for line in ["workers: 5  # flag", "log_level: error  # environment", "data_dir: there  # \(file)"] {
            #expect(printed.text.contains(line), "\(printed.text)")
        }
        let checked = try GandProcess.run(["config", "check"], environment: ["GAND_WORKERS": "many"])
        #expect(checked.code == 78)
        #expect(checked.text.contains("GAND_WORKERS is “many”"))
        let open = try GandProcess.run(["serve", "--listen", "0.0.0.0:0", "--data-dir", folder.file("never")])
        #expect(open.code == 78)
        #expect(open.text.contains("--insecure-no-auth"))
    }

    @Test func theOtherCommandsWork() throws {
        let folder = try TemporaryFolder()
        #expect(try GandProcess.run(["version"]).text.contains("libtorch 2."))
        #expect(try GandProcess.run(["example", "ring", "--count", "9", "--out", folder.file("ring.csv")]).code == 0)
        #expect(try ReadableFile.contents(of: folder.file("ring.csv"), limit: 4096).count { $0 == 10 } == 10)
        let missing = try GandProcess.run(["example", "digits", "--out", folder.file("no/digits.zip")])
        #expect(missing.code == 1)
    }

    @Test func tokensCloseARunningServerAndOpenItToTheirHolders() throws {
        let folder = try TemporaryFolder()
        let data = folder.file("data")
        let (process, client, operators) = try GandProcess.serve(data)
        #expect(try client.send("GET", "/v1/jobs").status == 200)
        let made = try GandProcess.run(["token", "create", "--name", "ci", "--scope", "submit", "--data-dir", data])
        #expect(made.code == 0, "\(made.text)")
        let secret = try #require(made.text.split(separator: "\n").first { $0.hasPrefix("gand_") })
        process.send(SIGHUP)
        _ = try process.waitForMessage("read the tokens again")
        #expect(try client.send("GET", "/v1/jobs").status == 401)
        let headers = [("Authorization", "Bearer \(secret)")]
        #expect(try client.send("GET", "/v1/jobs", headers: headers).status == 200)
        #expect(try client.send("DELETE", "/v1/jobs/job_x", headers: headers).status == 403)
        #expect(try operators.send("GET", "/metrics").status == 200)

        let listed = try GandProcess.run(["token", "list", "--data-dir", data]).text
        let id = try #require(listed.split(separator: "\t").first.map(String.init))
        #expect(listed.contains("submit") && listed.contains("ci") && !listed.contains(secret))
        #expect(try GandProcess.run(["token", "revoke", id, "--data-dir", data]).code == 0)
        #expect(try GandProcess.run(["token", "revoke", id, "--data-dir", data]).code == 1)
        process.send(SIGHUP)
        _ = try process.waitForMessage("read the tokens again")
        #expect(try client.send("GET", "/v1/jobs", headers: headers).status == 401)
        process.send(SIGTERM)
        #expect(process.waitForExit() == 0)
    }

    @Test func aServerWithACertificateSpeaksTLSAndTakesANewOneWhileItRuns() throws {
        let folder = try TemporaryFolder()
        func certify(_ name: String) throws {
            let made = try GandProcess.run(
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder.file("key.pem"),
                    "-out", folder.file("cert.pem"),
                ], program: "/usr/bin/openssl")
            try #require(made.code == 0, "\(made.text)")
        }
        try certify("one")
        let files = ["--tls-certificate", folder.file("cert.pem"), "--tls-key", folder.file("key.pem")]
        let (process, client, operators) = try GandProcess.serve(folder.file("data"), files)
        func ask(_ more: [String] = []) throws -> (code: Int32, text: String) {
            try GandProcess.run(
                ["-sS", "-v", "--cacert", folder.file("cert.pem"), "https://127.0.0.1:\(client.port)/v1"] + more,
                program: "/usr/bin/curl")
        }
        let first = try ask()
        #expect(first.code == 0 && first.text.contains("TLSv1.3") && first.text.contains("CN=one"), "\(first.text)")
        let body = String(repeating: "1.5,2.5\n", count: 100_000)
        _ = try folder.write(Array(body.utf8), as: "points.csv")
        let upload = try ask(["--data-binary", "@\(folder.file("points.csv"))", "--url-query", "name=p"])
        #expect(upload.text.contains("405"), "\(upload.text.suffix(500))")
        #expect(try ask(["--tls-max", "1.1"]).code != 0)
        // Without TLS nobody is answered, and the operators' listener has none.
        #expect(throws: (any Error).self) { try client.send("GET", "/v1") }
        #expect(try operators.send("GET", "/livez").status == 200)

        _ = try folder.write(Array("not a key".utf8), as: "key.pem")
        process.send(SIGHUP)
        _ = try process.waitForMessage("the certificate can't be read again; the previous one stays")
        #expect(try ask().code == 0)
        try certify("two")
        process.send(SIGHUP)
        _ = try process.waitForMessage("read the certificate again")
        let second = try ask()
        #expect(second.code == 0 && second.text.contains("CN=two"), "\(second.text)")
        process.send(SIGTERM)
        #expect(process.waitForExit() == 0)

        _ = try folder.write(Array("not a key".utf8), as: "key.pem")
        let refused = try GandProcess.run(
            ["serve", "--listen", "127.0.0.1:0", "--data-dir", folder.file("data")] + files)
        #expect(refused.code == 1 && refused.text.contains("key.pem can't be used"), "\(refused.text)")
    }

    @Test func anUploadGoesOnAfterTheServerWasKilled() throws {
        let folder = try TemporaryFolder()
        let file = SampleDatasets.pointsTable()
        var (process, client, _) = try GandProcess.serve(folder.file("data"))
        let begun = try client.send(
            "POST", "/v1/uploads",
            headers: [("Upload-Length", String(file.count)), ("Upload-Metadata", "name cmluZw==")])
        let place = try #require(begun.headers["location"])
        func headers(_ offset: Int) -> [(String, String)] {
            [("Upload-Offset", String(offset)), ("Content-Type", "application/offset+octet-stream")]
        }
        #expect(try client.send("PATCH", place, headers: headers(0), body: Array(file[..<700])).status == 204)
        try client.breakOff("PATCH", place, headers: headers(700), body: Array(file[700..<900]), of: file.count - 700)
        process.send(SIGKILL)
        process.waitForExit()

        (process, client, _) = try GandProcess.serve(folder.file("data"))
        let offset = try #require(try client.send("HEAD", place).headers["upload-offset"].flatMap { Int($0) })
        #expect((700...900).contains(offset))
        let last = try client.send("PATCH", place, headers: headers(offset), body: Array(file[offset...]))
        let dataset = try #require(last.headers["content-location"], "\(last.text)")
        #expect(try JSON(parsing: client.send("GET", dataset).body)["sha256"]?.string == SHA256.hex(of: file))
        process.send(SIGTERM)
        #expect(process.waitForExit() == 0)
    }

    @Test func aDataFolderIsCheckedWhileNoServerHasIt() throws {
        let folder = try TemporaryFolder()
        let data = folder.file("data")
        let (process, client, _) = try GandProcess.serve(data)
        let reply = try client.send("POST", "/v1/datasets?name=ring", body: SampleDatasets.pointsTable())
        let id = try #require(try JSON(parsing: reply.body)["id"]?.string)
        let early = try GandProcess.run(["fsck", "--data-dir", data])
        #expect(early.code == 1 && early.text.contains("another process"), "\(early.text)")
        process.send(SIGTERM)
        process.waitForExit()
        let sound = try GandProcess.run(["fsck", "--data-dir", data])
        #expect(sound.code == 0 && sound.text.contains("1 datasets and 0 checkpoints"), "\(sound.text)")
        try DurableFile.write([1, 2, 3], to: "\(data)/datasets/\(id)/upload")
        let damaged = try GandProcess.run(["fsck", "--data-dir", data])
        #expect(damaged.code == 1 && damaged.text.contains("\(id): its upload"), "\(damaged.text)")
    }

    @Test func aServerWithATokenMayListenBeyondLoopback() throws {
        let folder = try TemporaryFolder()
        let data = folder.file("new/data")
        let made = try GandProcess.run(
            ["token", "create", "--name", "a", "--scope", "read", "--days", "1", "--data-dir", data])
        #expect(made.code == 0, "\(made.text)")
        let arguments = ["--listen", "0.0.0.0:0", "--admin-listen", "none", "--data-dir", data]
        #expect(try GandProcess.run(["config", "check"] + arguments).code == 0)
        #expect(try GandProcess.run(["token", "create", "--name", "a", "--scope", "all"]).code == 64)
        try DurableFile.write(Array("{".utf8), to: data + "/tokens.json")
        let damaged = try GandProcess.run(["config", "check"] + arguments)
        #expect(damaged.code == 78 && damaged.text.contains("tokens.json"), "\(damaged.text)")
    }

    // MARK: Steps

    private func startTraining(_ client: PlainClient, steps: Int) throws -> String {
        let upload = try client.send("POST", "/v1/datasets?name=ring", body: SampleDatasets.pointsTable())
        let dataset = try #require(try JSON(parsing: upload.body)["id"]?.string)
        let hidden: JSON = ["hidden": [8]]
        let spec: JSON = [
            "dataset_id": .string(dataset), "seed": 1,
            "model": ["architecture": "mlp", "latent_dim": 4, "generator": hidden, "discriminator": hidden],
            "training": ["steps": .integer(Int64(steps)), "batch_size": 16],
            "checkpoint": ["every_steps": 100],
        ]
        let reply = try client.send("POST", "/v1/jobs", headers: Self.json, body: spec.bytes)
        #expect(reply.status == 202, "\(reply.text)")
        return try #require(try JSON(parsing: reply.body)["id"]?.string)
    }

    /// Asks until the job is in a state; it is on its way there.
    private func untilState(_ state: String, job: String, _ client: PlainClient) throws -> JSON {
        while true {
            let current = try JSON(parsing: try client.send("GET", "/v1/jobs/\(job)").body)
            if current["state"]?.string == state { return current }
            try #require(["running", "stopping"].contains(current["state"]?.string), "\(current)")
        }
    }

    private func untilCheckpoint(_ client: PlainClient, job: String) throws {
        while true {
            let events = try client.send("GET", "/v1/jobs/\(job)/events", headers: [("Accept", "application/json")])
            if events.text.contains(#""event":"checkpoint""#) { return }
            try #require(events.status == 200)
        }
    }
}
