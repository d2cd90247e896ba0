import Adversarial
import Codecs
import HTTPServer
import Jobs
import Logging
import Service
import Store
import Torch

/// The running server: a data folder, its jobs, and the two listeners, started together and stopped in order.
struct Daemon: Sendable {
    private let store: Store
    private let jobs: JobCenter
    private let service: Service
    private let access: AccessControl
    private let publicServer: HTTPServer
    private let operatorServer: HTTPServer?
    private let certificate: Certificate?
    private let drain: Duration
    private let logger: Logger

    /// Opens the data folder, resumes the jobs that were running, and listens.
    ///
    /// - Throws: an error whose description is a sentence: a folder or an address is in use, or libtorch is another
    ///   version.
    init(settings: Settings, logger: Logger, requestLog: RequestLog) throws {
        try Engine.checkVersions()
        let store = try Store(folder: settings.dataDirectory)
        let machine = MachineLimits(
            memoryBytes: MachineMemory.usableBytes / settings.workers, cores: ProcessorCount.usable,
            threadsPerJob: settings.threadsPerJob, devices: Self.devices(settings),
            hasLowPrecision: Precision.isLowFast)
        var configuration = JobsConfiguration(workers: settings.workers, machine: machine)
        configuration.sampling.threads = settings.threadsPerJob
        configuration.sampling.batch = settings.samplingBatch
        configuration.sampling.delay = Double(settings.samplingDelay) / 1000
        let jobs = JobCenter(
            store: store, configuration: configuration, reportMaker: EngineReports(pictures: ItemPictures()),
            logger: logger)
        let access = try AccessControl(file: TokenFile(path: settings.tokenFile))
        let service = Service(
            store: store, jobs: jobs,
            configuration: ServiceConfiguration(
                maximumUploadBytes: settings.maximumUploadBytes,
                datasetQuota: settings.datasetQuota == 0 ? nil : settings.datasetQuota), access: access,
            logger: logger)
        var publicConfiguration = Self.publicConfiguration(settings, needsToken: access.isRequired)
        publicConfiguration.requestLog = requestLog
        publicConfiguration.admission = service.admission
        publicConfiguration.cachedReply = service.cachedReply
        publicConfiguration.identify = { access.holder(of: $0.headers) }
        publicConfiguration.crossOrigin = CrossOrigin(origins: settings.crossOrigins)
        publicConfiguration.headers = Self.securityHeaders
        if let certificate = Certificate(settings) {
            try certificate.use()
            publicConfiguration.isSecure = true
        }
        let publicServer = HTTPServer(configuration: publicConfiguration, router: service.router, logger: logger)
        let operatorServer = settings.adminListen.map { address in
            // With few connections and a thread of its own, it answers while the public listener is saturated.
            var configuration = ServerConfiguration(
                host: address.host, port: address.port, threads: 1, connectionLimit: 32, handlerThreads: 2,
                queueLimit: 32)
            configuration.requestLog = requestLog
            return HTTPServer(
                configuration: configuration, router: service.operatorRouter { publicServer.metrics() }, logger: logger)
        }
        try operatorServer?.start()
        // Not ready until work begins, and nobody can change what recovery looks at.
        try jobs.recover()
        try publicServer.start()
        jobs.start()
        self.store = store
        self.jobs = jobs
        self.service = service
        self.access = access
        self.publicServer = publicServer
        self.operatorServer = operatorServer
        certificate = Certificate(settings)
        self.drain = .seconds(settings.drainSeconds)
        self.logger = logger
        logger.info(
            "listening",
            metadata: [
                "listen": "\(ListenAddress(host: settings.listen.host, port: publicServer.port))",
                "admin_listen": operatorServer.map { server in
                    "\(ListenAddress(host: settings.adminListen?.host ?? "", port: server.port))"
                } ?? "none",
                "data_dir": "\(settings.dataDirectory)", "workers": .stringConvertible(settings.workers),
                "threads_per_job": .stringConvertible(settings.threadsPerJob), "version": "\(Build.version)",
            ])
    }

    /// Reads the tokens and the certificate again; what can't be read stays as it is.
    func reload() {
        do {
            try certificate?.use()
            if certificate != nil { logger.notice("read the certificate again") }
        } catch {
            logger.error("the certificate can't be read again; the previous one stays", metadata: ["error": "\(error)"])
        }
        do {
            let count = try access.reload()
            logger.notice("read the tokens again", metadata: ["tokens": "\(count)"])
        } catch {
            logger.error("the tokens can't be read again; the present ones stay", metadata: ["error": "\(error)"])
        }
    }

    /// This machine's devices, the default one first.
    private static func devices(_ settings: Settings) -> [Device] {
        let all = Device.all
        let first = settings.device ?? all.first { $0 != .cpu } ?? .cpu
        return [first] + all.filter { $0 != first }
    }

    /// Header fields that keep a browser from misinterpreting a reply, or from showing it within another site's page.
    private static let securityHeaders = [
        ("X-Content-Type-Options", "nosniff"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ]

    /// - Parameter needsToken: whether requests need a token; a foreign page in a browser has none, so the Host needn't
    ///   be checked then.
    private static func publicConfiguration(_ settings: Settings, needsToken: Bool) -> ServerConfiguration {
        var configuration = ServerConfiguration(
            host: settings.listen.host, port: settings.listen.port, threads: settings.httpThreads,
            connectionLimit: settings.connectionLimit,
            allowedHosts: needsToken || settings.allowedHosts.contains("*") ? nil : settings.allowedHosts)
        configuration.patientQueueLimit = settings.samplingQueue
        configuration.clientLimits = ClientLimits(
            requestsPerSecond: settings.clientRate == 0 ? nil : settings.clientRate,
            requestsAtOnce: settings.clientRequests == 0 ? nil : settings.clientRequests)
        return configuration
    }

    /// Stops in this order: no new work and not ready, jobs write checkpoints, requests in progress end, listeners,
    /// store.
    func stop() {
        logger.info("stopping; a second signal ends at once")
        service.beginDraining()
        if !jobs.drain() { logger.warning("some work did not end in time") }
        service.endWaiting()
        publicServer.stop(graceful: drain)
        jobs.close()
        operatorServer?.stop(graceful: .seconds(1))
        do {
            try store.close()
        } catch {
            logger.error("the store was not closed", metadata: ["error": "\(error)"])
        }
        logger.info("stopped")
    }
}

/// The files of the public listener's certificate.
private struct Certificate: Sendable {
    private static let limit = 1 << 20
    private let chain: String
    private let key: String

    /// Nil where the settings name none.
    init?(_ settings: Settings) {
        guard let chain = settings.certificateFile, let key = settings.keyFile else { return nil }
        self.chain = chain
        self.key = key
    }

    /// Sets the certificate for all further handshakes.
    ///
    /// - Throws: an error whose description says what is wrong with the files.
    func use() throws {
        do {
            try ServerCertificate.use(
                chain: ReadableFile.contents(of: chain, limit: Self.limit),
                key: ReadableFile.contents(of: key, limit: Self.limit))
        } catch let error as ServerError {
            throw ServerError(description: "\(chain) and \(key) can't be used: \(error.description)")
        }
    }
}
