/// An error with an HTTP status, sent as problem+json (RFC 9457) by the server itself and by handlers.
///
/// Its text goes to the client unchanged, so it says nothing about the server's internals.
package struct HTTPProblem: Error, Sendable {
    /// One fault in a request's body, and where it is.
    package struct Entry: Sendable, Equatable {
        /// A JSON pointer (RFC 6901), for example "/training/steps".
        package var pointer: String
        package var detail: String

        package init(pointer: String, detail: String) {
            self.pointer = pointer
            self.detail = detail
        }
    }

    package var status: Int
    /// A stable word for programs, for example "not_found".
    package var code: String
    /// A title, the same for each problem of this code.
    package var title: String
    /// A sentence for the person who caused it: what was wrong, and what would be right.
    package var detail: String
    package var errors: [Entry]
    /// Header fields that belong to the status, such as Allow or Retry-After.
    package var headers: [(String, String)]

    package init(
        status: Int, code: String, title: String, detail: String, errors: [Entry] = [],
        headers: [(String, String)] = []
    ) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }
}

/// How a problem becomes a reply.
///
/// `Service` renders it as JSON. The request's id becomes the member `request_id`.
package typealias ProblemWriter = @Sendable (_ problem: HTTPProblem, _ requestID: String) -> HTTPResponse

extension HTTPProblem {
    static func badRequest(_ code: String, _ detail: String) -> HTTPProblem {
        HTTPProblem(status: 400, code: code, title: "Bad request", detail: detail)
    }

    static let notFound = HTTPProblem(
        status: 404, code: "not_found", title: "Not found", detail: "There is nothing at this path.")

    static func methodNotAllowed(_ method: HTTPMethod, allow: String) -> HTTPProblem {
        HTTPProblem(
            status: 405, code: "method_not_allowed", title: "Method not allowed",
            detail: "\(method) isn't allowed here; these methods are: \(allow).", headers: [("Allow", allow)])
    }

    static func tooLarge(maximum: Int) -> HTTPProblem {
        HTTPProblem(
            status: 413, code: "body_too_large", title: "Body too large",
            detail: "The body is larger than the \(maximum) bytes allowed here.")
    }

    static let storageFull = HTTPProblem(
        status: 507, code: "storage_full", title: "Insufficient storage",
        detail: "The server's disk has no room for this body. Nothing of it was kept.")

    static let overloaded = HTTPProblem(
        status: 503, code: "overloaded", title: "Overloaded",
        detail: "More requests are waiting than the server takes on. Try again shortly.",
        headers: [("Retry-After", "1")])

    /// Only the log sees it; the number is nginx's.
    static let clientGone = HTTPProblem(
        status: 499, code: "client_closed_request", title: "Client Closed Request",
        detail: "The client closed the connection before the reply was made.")

    static let stopping = HTTPProblem(
        status: 503, code: "stopping", title: "Stopping", detail: "The server is being stopped. Try again shortly.",
        headers: [("Retry-After", "5")])

    /// Stands for an error that isn't for clients, whose text goes to the log alone.
    static let internalError = HTTPProblem(
        status: 500, code: "internal_error", title: "Internal error",
        detail: "Something went wrong in the server. The log has more under this request's id.")
}
