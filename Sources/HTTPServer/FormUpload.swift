import Synchronization

/// A file that comes in a form (multipart/form-data, RFC 7578), with small fields besides it.
final class FormUpload: BodySink {
    /// What the form has held so far.
    private struct Fields {
        static let limit = 16
        /// The most bytes of a field's value.
        static let valueLimit = 4096

        var hasFile = false
        /// The file's name on the client; it never becomes a path here.
        var fileName = ""
        var values: [(name: String, value: [UInt8])] = []
        /// Whether the part that comes is the file.
        private var isInFile = false

        mutating func begin(_ head: PartHead) throws(HTTPProblem) {
            let name = head.name.prefix(100)
            guard head.transferEncoding.map({ ["7bit", "8bit", "binary"].contains($0.lowercased()) }) ?? true else {
                throw FormUpload.malformed("the field “\(name)” has a transfer encoding")
            }
            isInFile = head.fileName != nil
            if let fileName = head.fileName {
                guard !hasFile else { throw FormUpload.malformed("there are two files in it; send one") }
                hasFile = true
                self.fileName = fileName
                return
            }
            guard head.contentType.map({ $0.lowercased().hasPrefix("text/plain") }) ?? true else {
                throw FormUpload.malformed(
                    "the field “\(name)” is \(head.contentType?.prefix(100) ?? ""), and fields are text")
            }
            guard values.count < Self.limit else { throw FormUpload.malformed("it has too many fields") }
            values.append((head.name, []))
        }

        mutating func take(_ bytes: ArraySlice<UInt8>, _ file: UploadFile) throws(HTTPProblem) {
            guard !isInFile else { return try file.write(Array(bytes)) }
            guard let last = values.indices.last, values[last].value.count + bytes.count <= Self.valueLimit else {
                throw FormUpload.malformed(
                    "the field “\(values.last?.name.prefix(100) ?? "")” is too long; a file needs a file name (with curl: "
                        + "-F file=@FILE)")
            }
            values[last].value += bytes
        }
    }

    private struct State: Sendable {
        var reader: MultipartReader?
        var fields = Fields()
    }

    let keepsParts = false
    private let file: UploadFile
    private let state: Mutex<State>

    /// - Parameter contentType: the field of the request's head, which names the boundary.
    init(_ file: UploadFile, contentType: String?) {
        self.file = file
        state = Mutex(State(reader: MultipartReader(contentType: contentType)))
    }

    deinit {
        close()
    }

    func write(_ bytes: [UInt8]) throws(HTTPProblem) {
        try state.withLock { (state) throws(HTTPProblem) in
            guard var reader = state.reader.take() else { throw Self.withoutBoundary }
            var fields = state.fields
            defer { (state.reader, state.fields) = (reader, fields) }
            do throws(MultipartError) {
                try reader.read(bytes) { (event) throws(HTTPProblem) in
                    switch event {
                    case .part(let head): try fields.begin(head)
                    case .bytes(let bytes): try fields.take(bytes, file)
                    }
                }
            } catch {
                switch error {
                case .malformed(let detail): throw Self.malformed(detail)
                case .refused(let problem): throw problem
                }
            }
        }
    }

    func finish() throws(HTTPProblem) {
        let hasFile = try state.withLock { (state) throws(HTTPProblem) in
            guard let reader = state.reader else { throw Self.withoutBoundary }
            guard reader.isWhole else { throw Self.malformed("it ends before its last boundary") }
            return state.fields.hasFile
        }
        guard hasFile else { throw Self.malformed("there is no file in it (with curl: -F file=@FILE)") }
        try file.finish()
    }

    var body: RequestBody {
        guard case .file(let path, let size) = file.body else { return .none }
        return state.withLock { state in
            let values = state.fields.values.map { (name: $0.name, value: String(decoding: $0.value, as: UTF8.self)) }
            return .form(path: path, size: size, fileName: state.fields.fileName, fields: values)
        }
    }

    func close() {
        file.close()
    }

    private static var withoutBoundary: HTTPProblem { malformed("its Content-Type names no boundary") }

    private static func malformed(_ what: String) -> HTTPProblem {
        HTTPProblem(
            status: 400, code: "malformed_form", title: "Malformed form", detail: "The form can't be read: \(what).")
    }
}
