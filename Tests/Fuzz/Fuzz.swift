import CFuzzer
import Codecs
import Datasets
import Glibc

/// Has libFuzzer make up bytes for one reader of foreign bytes.
///
/// The environment's `GAND_FUZZ` names the reader, since libFuzzer starts itself anew with its own arguments; the arguments
/// are libFuzzer's. `scripts/fuzz` calls it.
@main enum Fuzz {
    private static let reader: FuzzedReader = {
        guard let name = getenv("GAND_FUZZ").map({ String(cString: $0) }), let reader = FuzzedReader(rawValue: name)
        else {
            fatalError("GAND_FUZZ must be one of \(FuzzedReader.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return reader
    }()

    static func main() {
        if CommandLine.arguments.dropFirst() == ["--list"] {
            for reader in FuzzedReader.allCases { print(reader.rawValue) }
            return
        }
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { start, size in
                Fuzz.reader.read([UInt8](UnsafeBufferPointer(start: start, count: size)))
                return 0
            })
    }
}

/// What reads bytes that others have made.
enum FuzzedReader: String, CaseIterable {
    case csv, json
    case jsonRows = "json-rows"
    case text, npy, idx, png, jpeg, zip, tar, gzip, safetensors
    case upload, table, spec
    case target, range, tus
    case pageToken = "page-token"
    case request, multipart, parts

    /// Reads bytes, and ends the process where they bring up anything but an error that their sender is told.
    func read(_ bytes: [UInt8]) {
        do {
            switch self {
            case .csv: try FileReaders.csv(bytes)
            case .json: try FileReaders.json(bytes)
            case .jsonRows: try FileReaders.jsonRows(bytes)
            case .text: try FileReaders.text(bytes)
            case .npy: try FileReaders.npy(bytes)
            case .idx: try FileReaders.idx(bytes)
            case .png: try FileReaders.png(bytes)
            case .jpeg: try FileReaders.jpeg(bytes)
            case .zip: try FileReaders.archive(bytes, .zip)
            case .tar: try FileReaders.archive(bytes, .tar)
            case .gzip: try FileReaders.gzip(bytes)
            case .safetensors: try FileReaders.safetensors(bytes)
            case .upload: try DatasetReaders.upload(bytes, kind: nil)
            case .table: try DatasetReaders.upload(bytes, kind: .table)
            case .spec: DatasetReaders.spec(bytes)
            case .target: try HeadReaders.target(bytes)
            case .range: try HeadReaders.range(bytes)
            case .tus: try HeadReaders.tus(bytes)
            case .pageToken: try HeadReaders.pageToken(bytes)
            case .request: ServedReaders.request(bytes)
            case .multipart: ServedReaders.multipart(bytes)
            case .parts: HeadReaders.parts(bytes)
            }
        } catch {
            fatalError("what the bytes bring up is no error for their sender: \(error)")
        }
    }
}
