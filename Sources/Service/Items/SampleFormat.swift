/// What samples can be sent as.
enum SampleFormat: String, CaseIterable, Sendable {
    case json
    case png
    case npy
    case csv
    /// A file for each item.
    case zip

    /// The format as sentences name it.
    var name: String { rawValue.uppercased() }

    var mediaType: String {
        switch self {
        case .json: "application/json"
        case .png: "image/png"
        case .npy: "application/x-npy"
        case .csv: "text/csv"
        case .zip: "application/zip"
        }
    }

    /// The most samples of one request.
    var maximumCount: Int {
        switch self {
        case .png: 4096
        case .zip: 100_000
        case .json, .npy, .csv: 10_000_000
        }
    }

    /// The code of the problem that a model's samples can't be had so.
    var refusalCode: String {
        switch self {
        case .png: "not_plottable"
        case .csv: "not_tabular"
        case .zip: "not_images"
        case .json, .npy: "invalid_samples"
        }
    }
}
