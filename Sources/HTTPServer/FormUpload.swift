import CMicroHTTPD
import Synchronization

/// A file that comes in a form (multipart/form-data, RFC 7578), with small fields besides it.
final class FormUpload: BodySink {
    /// What the form has held so far; libmicrohttpd's post processor passes it the bytes.
    private final class Fields {
        static let limit = 16
        /// The most bytes of a field's value.
        static let valueLimit = 4096

        let file: UploadFile
        var hasFile = false
        /// The file's name on the client; it never becomes a path here.
        var fileName = ""
        var values: [(name: String, value: [UInt8])] = []
        var problem: HTTPProblem?

        init(_ file: UploadFile) {
            self.file = file
        }

        func take(
            _ name: String, _ fileName: String?, type: String?, encoding: String?, _ bytes: [UInt8], isFirst: Bool
        ) -> Bool {
            do throws(HTTPProblem) {
                guard encoding.map({ ["7bit", "8bit", "binary"].contains($0.lowercased()) }) ?? true else {
                    throw FormUpload.malformed("the field “\(name.prefix(100))” has a transfer encoding")
                }
                guard fileName != nil else {
                    guard type.map({ $0.lowercased().hasPrefix("text/plain") }) ?? true else {
                        throw FormUpload.malformed(
                            "the field “\(name.prefix(100))” is \(type?.prefix(100) ?? ""), and fields are text")
                    }
                    try append(bytes, to: name, isFirst: isFirst)
                    return true
                }
                if isFirst {
                    guard !hasFile else { throw FormUpload.malformed("there are two files in it; send one") }
                    hasFile = true
                    self.fileName = fileName ?? ""
                }
                if !bytes.isEmpty { try file.write(bytes) }
                return true
            } catch {
                problem = error
                return false
            }
        }

        private func append(_ bytes: [UInt8], to name: String, isFirst: Bool) throws(HTTPProblem) {
            if isFirst {
                guard values.count < Self.limit else { throw FormUpload.malformed("it has too many fields") }
                values.append((name, []))
            }
            guard let last = values.indices.last, values[last].value.count + bytes.count <= Self.valueLimit else {
                throw FormUpload.malformed(
                    "the field “\(name.prefix(100))” is too long; a file needs a file name (with curl: -F file=@FILE)")
            }
            values[last].value += bytes
        }
    }

    /// `@unchecked Sendable`: once made, the form and its fields are used only under the lock of `FormUpload`.
    private struct State: @unchecked Sendable {
        var form: OpaquePointer?
        let fields: Fields
    }

    let keepsParts = false
    private let file: UploadFile
    private let state: Mutex<State>

    /// Begins to read a form, on the connection's own thread.
    init(_ file: UploadFile, connection: ConnectionReference) {
        self.file = file
        let fields = Fields(file)
        // The pointer stays valid: `State` holds the fields for as long as the form.
        let form = cmhd_form_begin(
            connection.pointer,
            { context, name, fileName, type, encoding, bytes, offset, size in
                Unmanaged<Fields>.fromOpaque(context).takeUnretainedValue().take(
                    name.map { String(cString: $0) } ?? "", fileName.map { String(cString: $0) },
                    type: type.map { String(cString: $0) }, encoding: encoding.map { String(cString: $0) },
                    [UInt8](UnsafeBufferPointer(start: bytes, count: bytes == nil ? 0 : size)), isFirst: offset == 0)
                    ? 1 : 0
            }, Unmanaged.passUnretained(fields).toOpaque())
        state = Mutex(State(form: form, fields: fields))
    }

    deinit {
        close()
    }

    func write(_ bytes: [UInt8]) throws(HTTPProblem) {
        try state.withLock { (state) throws(HTTPProblem) in
            guard let form = state.form else { throw Self.malformed("its Content-Type names no boundary") }
            guard bytes.isEmpty || cmhd_form_read(form, bytes, bytes.count) == 1 else {
                throw state.fields.problem ?? Self.malformed("its parts can't be separated")
            }
        }
    }

    func finish() throws(HTTPProblem) {
        let hasFile = try state.withLock { (state) throws(HTTPProblem) in
            guard let form = state.form.take() else { throw Self.malformed("its Content-Type names no boundary") }
            guard cmhd_form_end(form) == 1 else {
                throw state.fields.problem ?? Self.malformed("it ends before its last boundary")
            }
            if let problem = state.fields.problem { throw problem }
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
        state.withLock { state in
            if let form = state.form.take() { _ = cmhd_form_end(form) }
        }
        file.close()
    }

    private static func malformed(_ what: String) -> HTTPProblem {
        HTTPProblem(
            status: 400, code: "malformed_form", title: "Malformed form", detail: "The form can't be read: \(what).")
    }
}
