import Codecs
package import Datasets
package import Store

extension JobCenter {
    /// Takes an upload in and reads it in the background: the dataset is `validating`, then `ready` or `invalid`.
    ///
    /// - Parameters:
    ///   - kind: what it shall be; `nil` lets the bytes decide.
    ///   - parameters: how it is to be read, of those that `DatasetKind.check` takes.
    ///   - upload: a file in the store's `tmp`; it is gone from there when this returns.
    ///   - bytes: its size.
    ///   - sha256: its digest, in hexadecimal.
    ///   - key: the idempotency key that this was asked for under.
    package func importDataset(
        name: String, kind: DatasetKind? = nil, parameters: [String: String] = [:], labels: [String: String] = [:],
        upload: String, bytes: Int, sha256: String, key: String? = nil
    ) throws -> DatasetRecord {
        let dataset = try store.createDataset(
            name: name, requestedKind: kind?.rawValue ?? "auto", parameters: parameters, labels: labels, upload: upload,
            bytes: bytes, sha256: sha256, key: key)
        imports.add(dataset.id)
        return dataset
    }

    /// Makes a dataset of an upload that came in parts and is whole, and reads it in the background.
    package func completeUpload(_ id: String) throws -> DatasetRecord {
        if let dataset = try store.upload(id).datasetID { return try store.dataset(dataset) }
        let digest = try SHA256.hex(ofFile: store.folder.resumable(id))
        let dataset = try store.completeUpload(id, sha256: digest)
        imports.add(dataset.id)
        return dataset
    }

    /// Waits until a dataset's upload has been read; tells whether that came in time.
    package func waitForImport(of dataset: String, timeout: Double) -> Bool {
        imports.wait(for: dataset, timeout: timeout)
    }

    /// Removes a dataset with its files, breaking off its import.
    ///
    /// - Throws: `StoreError` of kind `conflict` while a job that is queued, running or stopping uses it.
    package func deleteDataset(_ id: String) throws {
        try store.deleteDataset(id)
        imports.cancel(id)
    }
}
