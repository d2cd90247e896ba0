import Logging
import Service
import Torch

/// Converts the texts that were found into checked settings, and collects all problems.
struct SettingsReading {
    var problems: [String]
    var found: [SettingName: FoundSetting] = [:]

    init(problems: [String]) {
        self.problems = problems
    }

    /// The settings; usable only where `problems` is empty afterwards.
    mutating func settings(cores: Int) -> Settings {
        let workers = integer(.workers, in: 1...64, default: 1)
        let listen = address(.listen, default: ListenAddress(host: "127.0.0.1", port: 8080))
        let settings = Settings(
            listen: listen ?? ListenAddress(host: "127.0.0.1", port: 8080),
            adminListen: address(.adminListen, default: ListenAddress(host: "127.0.0.1", port: 9464)),
            dataDirectory: dataDirectory,
            workers: workers,
            threadsPerJob: integer(.threadsPerJob, in: 1...256, default: max(1, cores / workers)),
            device: device,
            httpThreads: integer(.httpThreads, in: 1...64, default: min(4, cores)),
            connectionLimit: integer(.connectionLimit, in: 8...100_000, default: 512),
            maximumUploadBytes: integer(.maximumUploadBytes, in: 1...(1 << 50), default: 8 << 30),
            datasetQuota: integer(.datasetQuota, in: 0...(1 << 60), default: 0),
            drainSeconds: integer(.drainSeconds, in: 0...3600, default: 10),
            samplingBatch: integer(.samplingBatch, in: 1...4096, default: 256),
            samplingDelay: integer(.samplingDelay, in: 0...1000, default: 0),
            samplingQueue: integer(.samplingQueue, in: 0...10_000, default: 128),
            clientRate: integer(.clientRate, in: 0...1_000_000, default: 0),
            clientRequests: integer(.clientRequests, in: 0...100_000, default: 0),
            allowedHosts: found[.allowedHosts]?.texts.map { $0.lowercased() } ?? [],
            crossOrigins: origins,
            insecureNoAuth: boolean(.insecureNoAuth), tokenFile: tokenFile,
            certificateFile: path(.certificateFile), keyFile: path(.keyFile),
            logLevel: choice(.logLevel, among: Logger.Level.allCases.map { ($0.rawValue, $0) }, default: .info),
            logFormat: choice(.logFormat, among: LogFormat.allCases.map { ($0.rawValue, $0) }, default: .auto))
        if listen == nil {
            problems.append("The public listener cannot be switched off; \(place(.listen)) is none")
        } else if !settings.listen.isLoopback, !settings.insecureNoAuth, !hasTokens(settings.tokenFile) {
            problems.append(
                "\(place(.listen)) is \(settings.listen), which other machines may reach, and there is no token: "
                    + "make one with gand token create, listen on a loopback address, or allow it by --insecure-no-auth"
            )
        }
        if (settings.certificateFile == nil) != (settings.keyFile == nil) {
            problems.append("tls_certificate and tls_key belong together; only one of them is given")
        }
        if settings.dataDirectory.isEmpty { problems.append("\(place(.dataDirectory)) is empty") }
        return settings
    }

    private var origins: [String] {
        mutating get {
            let texts = found[.crossOrigins]?.texts ?? []
            for text in texts where !Self.isOrigin(text) {
                problems.append(
                    "\(place(.crossOrigins)) has “\(text)”; an origin is http:// or https://, a host and perhaps a port, "
                        + "without a path")
            }
            return texts
        }
    }

    private static func isOrigin(_ text: String) -> Bool {
        let host = ["http://", "https://"].first { text.hasPrefix($0) }.map { text.dropFirst($0.count) }
        return host.map { !$0.isEmpty && !$0.contains { "/*? ".contains($0) } } ?? false
    }

    private var device: Device? {
        mutating get {
            guard let text = text(.device), text != "auto" else { return nil }
            let device = Device(name: text)
            if device.map({ !Device.all.contains($0) }) ?? true {
                problems.append(
                    "\(place(.device)) is “\(text)”; it must be auto or one of this machine's devices: "
                        + Device.all.map(\.description).joined(separator: ", "))
            }
            return device
        }
    }

    private var dataDirectory: String { text(.dataDirectory) ?? "gand-data" }

    /// The file of tokens: `tokens.json` in the data folder unless set otherwise.
    var tokenFile: String { text(.tokenFile) ?? dataDirectory + "/tokens.json" }

    private mutating func hasTokens(_ path: String) -> Bool {
        do {
            return try !TokenFile(path: path).tokens().isEmpty
        } catch {
            problems.append("\(error)")
            return true
        }
    }

    private func place(_ name: SettingName) -> String {
        found[name]?.place ?? name.rawValue
    }

    private func text(_ name: SettingName) -> String? {
        found[name]?.texts.last
    }

    /// Nil where the text is `none`.
    private func path(_ name: SettingName) -> String? {
        text(name).flatMap { $0 == "none" ? nil : $0 }
    }

    private mutating func integer(_ name: SettingName, in range: ClosedRange<Int>, default: Int) -> Int {
        guard let text = text(name), text != "auto" else { return `default` }
        guard let value = Int(text), range.contains(value) else {
            problems.append(
                "\(place(name)) is “\(text)”; it must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
            return `default`
        }
        return value
    }

    private mutating func boolean(_ name: SettingName) -> Bool {
        guard let text = text(name) else { return false }
        switch text.lowercased() {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default:
            problems.append("\(place(name)) is “\(text)”; it must be true or false")
            return false
        }
    }

    private mutating func choice<Value>(
        _ name: SettingName, among choices: [(String, Value)], default: Value
    ) -> Value {
        guard let text = text(name) else { return `default` }
        if let choice = choices.first(where: { $0.0 == text.lowercased() }) { return choice.1 }
        problems.append("\(place(name)) is “\(text)”; it must be one of \(choices.map(\.0).joined(separator: ", "))")
        return `default`
    }

    /// Nil where the text is `none`.
    private mutating func address(_ name: SettingName, default: ListenAddress) -> ListenAddress? {
        guard let text = text(name) else { return `default` }
        if text.lowercased() == "none" { return nil }
        guard let address = ListenAddress(text) else {
            problems.append("\(place(name)) is “\(text)”; it must be HOST:PORT, such as \(`default`)")
            return `default`
        }
        return address
    }
}

extension Settings {
    /// A setting as it would be written in the file.
    func text(of name: SettingName) -> String {
        switch name {
        case .listen: listen.description
        case .adminListen: adminListen?.description ?? "none"
        case .dataDirectory: dataDirectory
        case .workers: String(workers)
        case .threadsPerJob: String(threadsPerJob)
        case .device: device?.description ?? "auto"
        case .httpThreads: String(httpThreads)
        case .connectionLimit: String(connectionLimit)
        case .maximumUploadBytes: String(maximumUploadBytes)
        case .datasetQuota: String(datasetQuota)
        case .drainSeconds: String(drainSeconds)
        case .samplingBatch: String(samplingBatch)
        case .samplingDelay: String(samplingDelay)
        case .samplingQueue: String(samplingQueue)
        case .clientRate: String(clientRate)
        case .clientRequests: String(clientRequests)
        case .allowedHosts: "[" + allowedHosts.joined(separator: ", ") + "]"
        case .crossOrigins: "[" + crossOrigins.joined(separator: ", ") + "]"
        case .insecureNoAuth: String(insecureNoAuth)
        case .tokenFile: tokenFile
        case .certificateFile: certificateFile ?? "none"
        case .keyFile: keyFile ?? "none"
        case .logLevel: logLevel.rawValue
        case .logFormat: logFormat.rawValue
        }
    }
}
