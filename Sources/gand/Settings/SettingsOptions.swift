import ArgumentParser
import Glibc

/// The flags of all settings; a flag that isn't given leaves its setting to the environment and the file.
struct SettingsOptions: ParsableArguments {
    @Option(help: "YAML file of settings, also GAND_CONFIG.")
    var config: String?

    @Option(help: "Public listener, HOST:PORT. Default: 127.0.0.1:8080; port 0 is any free one.")
    var listen: String?

    @Option(help: "Operators' listener with /livez, /readyz, /metrics, or none. Default: 127.0.0.1:9464.")
    var adminListen: String?

    @Option(help: "Folder for the database, datasets and models. Default: gand-data.")
    var dataDir: String?

    @Option(help: "Jobs that train at once. Default: 1.")
    var workers: String?

    @Option(help: "Threads of one job. Default: cores divided by workers.")
    var threadsPerJob: String?

    @Option(
        help: "What trains jobs that name no device: cpu, cuda:0 and so on. Default: auto, CUDA where there is any.")
    var device: String?

    @Option(help: "Threads that serve connections. Default: up to 4, as there are cores.")
    var httpThreads: String?

    @Option(help: "Connections open at once. Default: 512.")
    var connectionLimit: String?

    @Option(help: "Largest dataset file in bytes. Default: 8 GiB.")
    var maxUploadBytes: String?

    @Option(help: "Bytes of all datasets' files together; 507 beyond. Default: 0, no limit but the disk.")
    var datasetQuotaBytes: String?

    @Option(help: "Seconds for requests in progress at SIGTERM. Default: 10.")
    var drainSeconds: String?

    @Option(help: "Most samples of several requests that are drawn together. Default: 256.")
    var samplingBatch: String?

    @Option(help: "Milliseconds that a smaller batch of samples waits for more requests. Default: 0.")
    var samplingDelayMs: String?

    @Option(help: "Requests for samples that may wait; 503 beyond. Default: 128.")
    var samplingQueue: String?

    @Option(help: "Requests a second that one client may make; 429 beyond. Default: 0, no limit.")
    var clientRequestsPerSecond: String?

    @Option(help: "Requests that one client may have in progress; 429 beyond. Default: 0, no limit.")
    var clientRequestsAtOnce: String?

    @Option(
        help: ArgumentHelp(
            "A name clients may call this server by, besides localhost; repeatable; * allows any.", valueName: "name"))
    var allowedHost: [String] = []

    @Option(
        help: ArgumentHelp(
            "An origin whose pages may use the server from a browser, such as https://a.example; may be repeated.",
            valueName: "origin"))
    var corsOrigin: [String] = []

    @Flag(help: "Listen beyond loopback although no token protects the server.")
    var insecureNoAuth = false

    @Option(help: "File of tokens, which gand token writes. Default: tokens.json in the data folder.")
    var tokenFile: String?

    @Option(help: "PEM file of the certificate, with which the public listener speaks TLS.")
    var tlsCertificate: String?

    @Option(help: "PEM file of the certificate's private key.")
    var tlsKey: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical. Default: info.")
    var logLevel: String?

    @Option(help: "auto, json or text. Default: auto, text on a terminal and JSON elsewhere.")
    var logFormat: String?

    /// The settings, by flag, environment, file and default in this order of precedence; problems go to standard error.
    func load() throws -> LoadedSettings {
        let loader = SettingsLoader(
            flags: given, environment: ProcessEnvironment.variables, filePath: config, cores: ProcessorCount.usable)
        do {
            return try loader.load()
        } catch {
            for problem in error.problems { StandardError.say(problem) }
            throw ExitCode(EX_CONFIG)
        }
    }

    private var given: [SettingName: [String]] {
        let single: [(SettingName, String?)] = [
            (.listen, listen), (.adminListen, adminListen), (.dataDirectory, dataDir), (.workers, workers),
            (.threadsPerJob, threadsPerJob), (.device, device), (.httpThreads, httpThreads),
            (.connectionLimit, connectionLimit),
            (.maximumUploadBytes, maxUploadBytes), (.datasetQuota, datasetQuotaBytes), (.drainSeconds, drainSeconds),
            (.logLevel, logLevel),
            (.samplingBatch, samplingBatch), (.samplingDelay, samplingDelayMs), (.samplingQueue, samplingQueue),
            (.clientRate, clientRequestsPerSecond), (.clientRequests, clientRequestsAtOnce), (.logFormat, logFormat),
            (.tokenFile, tokenFile),
            (.certificateFile, tlsCertificate), (.keyFile, tlsKey), (.insecureNoAuth, insecureNoAuth ? "true" : nil),
        ]
        var given: [SettingName: [String]] = [:]
        for case (let name, let text?) in single { given[name] = [text] }
        if !allowedHost.isEmpty { given[.allowedHosts] = allowedHost }
        if !corsOrigin.isEmpty { given[.crossOrigins] = corsOrigin }
        return given
    }
}
