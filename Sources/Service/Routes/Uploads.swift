import Datasets
import HTTPServer
import Jobs
import Store

/// Uploads that can be taken up again where they broke off: tus 1.0.0.
extension Service {
    /// Uploads that may be under way.
    private static let uploadLimit = 100

    func describeUploads(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        return HTTPResponse(
            status: 204,
            headers: [
                ("Tus-Version", Tus.version), ("Tus-Extension", Tus.extensions),
                ("Tus-Max-Size", String(configuration.maximumUploadBytes)),
                ("Tus-Checksum-Algorithm", Tus.checksumAlgorithms), ("Allow", "POST, OPTIONS"),
            ])
    }

    func createUpload(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let headers = exchange.request.headers
        try Tus.checkVersion(headers)
        guard headers["Upload-Defer-Length"] == nil else {
            throw Problem(
                400, "bad_upload_header", "An upload's length must be known from the start: give Upload-Length.")
        }
        let length = try Tus.count("Upload-Length", headers)
        guard length > 0 else {
            throw Problem(422, "empty_file", "The upload's length is 0; a dataset's file has at least a byte.")
        }
        let metadata = try Tus.metadata(headers["Upload-Metadata"])
        // Clients send a name that they don't know as an empty one, or none.
        let name = ["name", "filename"].lazy.compactMap { metadata[$0] }.first { !$0.isEmpty }
        guard name.map(ResourceName.isValid) ?? true else {
            throw Problem(
                422, "bad_upload_metadata",
                "The name (or filename) of the Upload-Metadata can't be a dataset's, which \(ResourceName.rule).")
        }
        let kind = metadata["kind"] ?? "auto"
        guard kind == "auto" || DatasetKind(rawValue: kind) != nil else {
            throw Problem(
                422, "bad_upload_metadata",
                "The kind “\(kind)” of the Upload-Metadata is none of auto, "
                    + DatasetKind.allCases.map(\.rawValue).joined(separator: ", ") + ".")
        }
        let own = DatasetKind.importParameters.map(\.name)
        let parameters = metadata.filter { own.contains($0.key) }
        try Self.checkImport(parameters, kind: kind)
        guard length <= configuration.maximumUploadBytes else {
            throw Problem(
                413, "body_too_large",
                "The upload is larger than the \(configuration.maximumUploadBytes) bytes allowed.")
        }
        try store.expireUploads(except: uploadClaims.isClaimed)
        try checkQuota(adding: length)
        guard try store.space().freeBytes >= length + configuration.minimumFreeBytes else {
            throw Problem(507, "storage_full", "The server's disk has no room for an upload of \(length) bytes.")
        }
        let new = NewUpload(
            name: name, requestedKind: kind, parameters: parameters, metadata: headers["Upload-Metadata"] ?? "",
            length: length,
            key: exchange.key)
        guard let upload = try store.createUpload(new, limit: Self.uploadLimit) else {
            throw Problem(
                429, "too_many_uploads",
                "\(Self.uploadLimit) uploads are under way; finish one, or DELETE it.",
                headers: [Problem.Header(name: "Retry-After", value: "60")])
        }
        return reply(creating: upload)
    }

    func reply(creating upload: UploadRecord) -> HTTPResponse {
        HTTPResponse(
            status: 201, headers: [("Location", "/v1/uploads/\(upload.id)"), Self.expiry(of: upload)])
    }

    /// How far an upload is.
    func showUpload(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        try Tus.checkVersion(exchange.request.headers)
        let upload = try store.upload(exchange.segment("id"))
        var headers = [
            ("Upload-Offset", String(try store.offset(of: upload))), ("Upload-Length", String(upload.length)),
            ("Cache-Control", "no-store"), Self.expiry(of: upload),
        ]
        if !upload.metadata.isEmpty { headers.append(("Upload-Metadata", upload.metadata)) }
        if let dataset = upload.datasetID { headers.append(("Content-Location", "/v1/datasets/\(dataset)")) }
        return HTTPResponse(status: 200, headers: headers)
    }

    /// Takes in a part; the one that completes it makes the dataset.
    func appendToUpload(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let id = exchange.segment("id")
        try store.touchUpload(id)
        let upload = try store.upload(id)
        let offset = try store.offset(of: upload)
        var headers = [("Upload-Offset", String(offset)), Self.expiry(of: upload)]
        if offset == upload.length {
            let dataset = try jobs.completeUpload(id)
            headers.append(("Content-Location", "/v1/datasets/\(dataset.id)"))
            exchange.awaitedImport = AwaitedImport(dataset: dataset.id) { [headers] in
                HTTPResponse(status: 204, headers: headers)
            }
        }
        return HTTPResponse(status: 204, headers: headers)
    }

    func deleteUpload(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        try Tus.checkVersion(exchange.request.headers)
        let id = exchange.segment("id")
        guard uploadClaims.claim(id) else {
            throw Problem(423, "upload_locked", "A request is sending a part of this upload.")
        }
        defer { uploadClaims.release(id) }
        try store.deleteUpload(id)
        return HTTPResponse(status: 204)
    }

    /// When it will be forgotten if nothing more comes, as a date of HTTP (RFC 9110, section 5.6.7).
    private static func expiry(of upload: UploadRecord) -> (String, String) {
        ("Upload-Expires", HTTPDate.text(seconds: upload.touchedAt.seconds + Store.uploadLifetime))
    }
}
