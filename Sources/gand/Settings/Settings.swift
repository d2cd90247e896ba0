package import Logging
package import Torch

/// All settings of `gand serve`, checked.
package struct Settings: Sendable, Equatable {
    /// The public listener.
    package var listen: ListenAddress

    /// The operators' listener; nil where `none` switches it off.
    package var adminListen: ListenAddress?

    /// The folder that holds the database, the datasets and the models.
    package var dataDirectory: String

    /// How many jobs train at once, 1 to 64.
    package var workers: Int

    /// Threads of one job, at least 1; `workers × threadsPerJob` doesn't exceed the machine's cores by default.
    package var threadsPerJob: Int

    /// What trains jobs that name no device; nil for a CUDA device, where there is one, and else the CPU.
    package var device: Device?

    /// Threads that serve connections, 1 to 64.
    package var httpThreads: Int

    /// Connections open at once on the public listener.
    package var connectionLimit: Int

    /// The largest dataset file taken, in bytes.
    package var maximumUploadBytes: Int

    /// Bytes that all datasets' files may have together; 0 for no limit but the disk.
    package var datasetQuota: Int

    /// Seconds for requests in progress at SIGTERM.
    package var drainSeconds: Int

    /// The most samples of several requests that are drawn together.
    package var samplingBatch: Int

    /// Milliseconds that a smaller batch waits for more requests.
    package var samplingDelay: Int

    /// Requests for samples that may wait, in addition to those being answered.
    package var samplingQueue: Int

    /// Requests a second that one client may make; 0 for no limit.
    package var clientRate: Int

    /// Requests that one client may have in progress; 0 for no limit.
    package var clientRequests: Int

    /// Names by which clients may call this server, besides localhost and loopback addresses; `*` allows any.
    package var allowedHosts: [String]

    /// Origins whose pages may use this server from a browser, such as `https://dashboard.example`.
    package var crossOrigins: [String]

    /// Whether a server without tokens may listen where other machines reach it.
    package var insecureNoAuth: Bool

    /// The file of tokens, which `gand token` writes.
    package var tokenFile: String

    /// The files of the public listener's certificate and its key; both or neither.
    package var certificateFile: String?
    package var keyFile: String?

    package var logLevel: Logger.Level
    package var logFormat: LogFormat
}

/// How log lines look.
package enum LogFormat: String, CaseIterable, Sendable {
    /// Text on a terminal, JSON elsewhere.
    case auto
    case json
    case text
}

/// Settings that can't be used, each problem one sentence that names the setting and its source.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
    package let problems: [String]

    package init(problems: [String]) {
        self.problems = problems
    }

    package var description: String {
        problems.joined(separator: "\n")
    }
}
