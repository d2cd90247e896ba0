/// What samples can be sent as.
enum SampleFormat: String, CaseIterable, Sendable {
    case json
    case png
    case npy
    case csv
    /// A PNG file for each image.
    case zip

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
}

/// How images stand in JSON.
enum ImageEncoding: String, CaseIterable, Sendable {
    /// Rows of pixels of channels, 0…255.
    case nested
    /// One string of a PNG in base 64 for each image.
    case pngBase64 = "png_base64"
}
