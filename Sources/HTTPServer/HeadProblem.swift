import CMicroHTTPD

extension HTTPProblem {
    /// The problem for a request that the filter refused; `reason` is one of cmhd_head_….
    init(head reason: Int32) {
        switch Int(reason) {
        case cmhd_head_too_many_fields:
            self.init(
                status: 431, code: "too_many_header_fields", title: "Request header fields too large",
                detail: "The request has more than \(RequestHead.fieldLimit) header fields.")
        case cmhd_head_request_line:
            self = .malformed(
                "The request line must be a method, a space, the target, a space, and HTTP/1.1 or HTTP/1.0.")
        case cmhd_head_line_framing:
            self = .malformed("Header lines must end with CR LF and not be folded, nor hold control characters.")
        case cmhd_head_field_name:
            self = .malformed("A header field's name contains a character that isn't allowed there.")
        case cmhd_head_field_value:
            self = .malformed("A header field's value contains a control character.")
        case cmhd_head_host_missing: self = .malformed("The Host header field is missing.")
        case cmhd_head_host_repeated: self = .malformed("There is more than one Host header field.")
        case cmhd_head_host_malformed: self = .malformed("The Host header field isn't a host and port.")
        case cmhd_head_length_repeated: self = .malformed("There is more than one Content-Length.")
        case cmhd_head_length_malformed: self = .malformed("Content-Length isn't a number of bytes.")
        case cmhd_head_length_with_encoding:
            self = .malformed("Content-Length and Transfer-Encoding must not come together.")
        default:
            self = .malformed("Transfer-Encoding must be chunked, once, and only in HTTP/1.1.")
        }
    }

    private static func malformed(_ detail: String) -> HTTPProblem {
        .badRequest("malformed_request", detail)
    }
}
