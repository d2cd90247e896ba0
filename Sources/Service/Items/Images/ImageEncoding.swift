/// How images stand in JSON.
enum ImageEncoding: String, CaseIterable, Sendable {
    /// Rows of pixels of channels, 0…255.
    case nested
    /// One string of a PNG in base 64 for each image.
    case pngBase64 = "png_base64"
}
