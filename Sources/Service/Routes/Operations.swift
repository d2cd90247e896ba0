import Adversarial
import Codecs
import HTTPServer
import Jobs
import Store
import Torch

extension Service {
    /// Answers as long as the process can.
    func live(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        return HTTPResponse(["status": "ok"], headers: [("Cache-Control", "no-store")])
    }

    /// What this server is and allows.
    func describe(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let samples = SampleFormat.allCases.map { format in
            JSON.Member(name: format.rawValue, value: .integer(Int64(format.maximumCount)))
        }
        return HTTPResponse([
            "name": .string(Build.name),
            "version": .string(Build.version),
            "engine": ["name": "libtorch", "version": .string(Engine.version), "cpu": .string(Engine.cpuCapability)],
            "devices": .array(jobs.configuration.machine.devices.map(describe)),
            "limits": [
                "samples": .object(samples),
                "upload_bytes": .integer(Int64(configuration.maximumUploadBytes)),
                "curve_points": 10_000,
                "list_items": 1000,
                "report_samples": .integer(Int64(ReportEvaluation.sampleCounts.upperBound)),
                "waiting_reports": .integer(Int64(JobCenter.waitingReports)),
                "workers": .integer(Int64(jobs.configuration.workers)),
                "threads_per_job": .integer(Int64(jobs.configuration.machine.threadsPerJob)),
                "job_memory_bytes": .integer(Int64(jobs.configuration.machine.memoryBytes)),
            ],
        ])
    }

    private func describe(_ device: Device) -> JSON {
        switch device {
        case .cpu:
            [
                "id": "cpu", "type": "cpu", "cores": .integer(Int64(jobs.configuration.machine.cores)),
                "bf16": .boolean(jobs.configuration.machine.hasLowPrecision),
            ]
        case .cuda: ["id": .string(device.description), "type": "cuda", "bf16": true]
        }
    }

    /// The OpenAPI description of the public routes.
    func describeRoutes(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let document = OpenAPIDocument.json(of: publicRoutes, needsToken: access.isRequired)
        return exchange.reply(tag: EntityTag.strong(Build.version, String(decoding: document.bytes, as: UTF8.self))) {
            HTTPResponse(document)
        }
    }

    /// Whether work can be taken on, item by item: 200 where all is well, 503 otherwise.
    func ready(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let checks = readinessChecks()
        let isReady = checks.allSatisfy(\.isGood)
        return HTTPResponse(
            status: isReady ? 200 : 503,
            ["ready": .boolean(isReady), "checks": .array(checks.map(\.json))], headers: [("Cache-Control", "no-store")]
        )
    }

    private func readinessChecks() -> [ReadinessCheck] {
        var checks = [
            ReadinessCheck(
                name: "accepting", isGood: !isDraining,
                detail: isDraining ? "the server is going down" : "new work is taken")
        ]
        let workers = "\(jobs.runningCount) of \(jobs.configuration.workers) train"
        checks.append(
            ReadinessCheck(
                name: "workers", isGood: jobs.workersFault == nil, detail: jobs.workersFault ?? workers))
        do {
            let space = try store.probe()
            checks.append(ReadinessCheck(name: "store", isGood: true, detail: "a row and a file were written"))
            checks.append(
                ReadinessCheck(
                    name: "disk", isGood: space.freeBytes >= configuration.minimumFreeBytes,
                    detail: "\(space.freeBytes) bytes are free, \(configuration.minimumFreeBytes) are needed"))
        } catch {
            checks.append(ReadinessCheck(name: "store", isGood: false, detail: "\(error)"))
        }
        return checks
    }
}

/// One thing that must be well for work to be taken on.
private struct ReadinessCheck {
    let name: String
    let isGood: Bool
    let detail: String

    var json: JSON { ["name": .string(name), "ok": .boolean(isGood), "detail": .string(detail)] }
}
