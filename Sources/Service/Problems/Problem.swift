package import Codecs

/// An answer that says what was wrong: `application/problem+json` (RFC 9457).
package struct Problem: Error, Sendable, Equatable {
    /// 400 to 599.
    package var status: Int

    /// A word for programs in `snake_case`, such as `model_not_ready`.
    package var code: String

    /// A sentence for the person who asked: what was wrong, where, what would be right.
    package var detail: String

    /// The places at fault, where there are such.
    package var errors: [Fault]

    /// Headers that belong to the status, such as `Retry-After`.
    package var headers: [Header]

    /// One place at fault.
    package struct Fault: Sendable, Equatable {
        /// Where it is.
        package enum Place: Sendable, Equatable {
            /// A JSON pointer into the body (RFC 6901); empty for the whole body.
            case pointer(String)
            /// A query parameter.
            case parameter(String)
        }

        package let place: Place
        package let detail: String

        package init(_ place: Place, _ detail: String) {
            self.place = place
            self.detail = detail
        }
    }

    /// A header's name and value.
    package struct Header: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(_ status: Int, _ code: String, _ detail: String, errors: [Fault] = [], headers: [Header] = []) {
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    /// The problem's JSON.
    ///
    /// `type` is `about:blank`, with which the title is the status's own phrase (RFC 9457, section 4.2.1): `code` tells
    /// problems of one status apart.
    package func json(requestID: String) -> JSON {
        var members: [JSON.Member] = [
            .init(name: "type", value: "about:blank"),
            .init(name: "title", value: .string(Self.title(of: status))),
            .init(name: "status", value: .integer(Int64(status))),
            .init(name: "detail", value: .string(detail)),
            .init(name: "code", value: .string(code)),
            .init(name: "request_id", value: .string(requestID)),
        ]
        if !errors.isEmpty { members.append(.init(name: "errors", value: .array(errors.map(\.json)))) }
        return .object(members)
    }

    /// The phrase of a status (IANA's registry of HTTP status codes).
    static func title(of status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Range Not Satisfiable"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Content"
        case 423: "Locked"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 460: "Checksum Mismatch"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 507: "Insufficient Storage"
        default: status < 500 ? "Request Not Fulfilled" : "Server Error"
        }
    }
}

extension Problem.Fault {
    fileprivate var json: JSON {
        switch place {
        case .pointer(let pointer): ["pointer": .string(pointer), "detail": .string(detail)]
        case .parameter(let name): ["parameter": .string(name), "detail": .string(detail)]
        }
    }
}
