/// The name of a setting in the YAML file; the flag has hyphens, the environment variable `GAND_` and capitals.
package enum SettingName: String, CaseIterable, Sendable {
    case listen
    case adminListen = "admin_listen"
    case dataDirectory = "data_dir"
    case workers
    case threadsPerJob = "threads_per_job"
    case device
    case httpThreads = "http_threads"
    case connectionLimit = "connection_limit"
    case maximumUploadBytes = "max_upload_bytes"
    case datasetQuota = "dataset_quota_bytes"
    case drainSeconds = "drain_seconds"
    case samplingBatch = "sampling_batch"
    case samplingDelay = "sampling_delay_ms"
    case samplingQueue = "sampling_queue"
    case clientRate = "client_requests_per_second"
    case clientRequests = "client_requests_at_once"
    case allowedHosts = "allowed_host"
    case crossOrigins = "cors_origin"
    case insecureNoAuth = "insecure_no_auth"
    case tokenFile = "token_file"
    case certificateFile = "tls_certificate"
    case keyFile = "tls_key"
    case logLevel = "log_level"
    case logFormat = "log_format"

    /// The flag of `gand serve`, such as `--data-dir`.
    package var flag: String {
        "--" + rawValue.split(separator: "_").joined(separator: "-")
    }

    /// The environment variable, such as `GAND_DATA_DIR`.
    package var environmentVariable: String {
        "GAND_" + rawValue.uppercased()
    }

    /// Whether the setting holds several values: repeated flags, a YAML list, commas in the environment.
    package var isList: Bool {
        self == .allowedHosts || self == .crossOrigins
    }
}

/// Where a setting's value came from, in the order of precedence.
package enum SettingSource: Sendable, Equatable, CustomStringConvertible {
    case flag
    case environment
    case file(String)
    case `default`

    package var description: String {
        switch self {
        case .flag: "flag"
        case .environment: "environment"
        case .file(let path): path
        case .default: "default"
        }
    }
}
