/// What a request's head says about its body.
package struct BodyHead: Sendable {
    /// Content-Length; nil without one.
    package var length: Int?
    package var isChunked: Bool
    package var contentType: String?
    package var contentEncoding: String?

    package init(
        length: Int? = nil, isChunked: Bool = false, contentType: String? = nil, contentEncoding: String? = nil
    ) {
        self.length = length
        self.isChunked = isChunked
        self.contentType = contentType
        self.contentEncoding = contentEncoding
    }

    /// Whether any bytes of a body may follow.
    var announcesBytes: Bool { isChunked || (length ?? 0) > 0 }
}

/// What is done with a request's body, decided before its first byte is read.
package enum BodyPlan: Sendable, Equatable {
    /// It is read and thrown away, up to `maximum` bytes.
    case discard(maximum: Int)
    case memory(maximum: Int)
    case upload(maximum: Int, folder: String, isForm: Bool)
    case stream(maximum: Int)

    /// - Parameter discardLimit: Bytes of an unexpected body that are thrown away rather than refused.
    /// - Throws: `HTTPProblem` with 411, 413 or 415.
    package init(_ policy: BodyPolicy, for head: BodyHead, discardLimit: Int) throws(HTTPProblem) {
        if head.announcesBytes, let coding = head.contentEncoding, !HTTPHeaders.areEqual(coding, "identity") {
            throw .unsupportedMedia("The body has the content coding \(coding); it must have none.")
        }
        switch policy {
        case .none:
            if let length = head.length, length > discardLimit { throw .tooLarge(maximum: 0) }
            self = .discard(maximum: discardLimit)
        case .json(let maximum):
            guard !head.announcesBytes || Self.mediaType(head.contentType) == "application/json" else {
                let given = head.contentType.map { "not \($0)" } ?? "but no Content-Type was given"
                throw .unsupportedMedia("The body must be application/json, \(given).")
            }
            if let length = head.length, length > maximum { throw .tooLarge(maximum: maximum) }
            self = .memory(maximum: maximum)
        case .upload(let maximum, let folder):
            guard head.isChunked || head.length != nil else {
                throw HTTPProblem(
                    status: 411, code: "length_required", title: "Length required",
                    detail: "An upload needs a body, with a Content-Length or chunked.")
            }
            if let length = head.length, length > maximum { throw .tooLarge(maximum: maximum) }
            self = .upload(
                maximum: maximum, folder: folder,
                isForm: Self.mediaType(head.contentType) == "multipart/form-data")
        case .stream(let maximum, let type):
            guard Self.mediaType(head.contentType) == type else {
                let given = head.contentType.map { "not \($0)" } ?? "but no Content-Type was given"
                throw .unsupportedMedia("The body must be \(type), \(given).")
            }
            if let length = head.length, length > maximum { throw .tooLarge(maximum: maximum) }
            self = .stream(maximum: maximum)
        }
    }

    /// The media type without its parameters, in lower case.
    private static func mediaType(_ field: String?) -> String? {
        field?.split(separator: ";", omittingEmptySubsequences: false).first.map { $0.trimmingSpaces().lowercased() }
    }
}

extension HTTPProblem {
    fileprivate static func unsupportedMedia(_ detail: String) -> HTTPProblem {
        HTTPProblem(status: 415, code: "unsupported_media_type", title: "Unsupported media type", detail: detail)
    }
}
