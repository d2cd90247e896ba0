package import Adversarial
import Codecs
package import HTTPServer
package import Jobs
package import Store

extension Problem {
    /// What the server or its router refused.
    package init(_ refusal: HTTPProblem) {
        self.init(
            refusal.status, refusal.code, refusal.detail,
            errors: refusal.errors.map { Fault(.pointer($0.pointer), $0.detail) },
            headers: refusal.headers.map { Header(name: $0.0, value: $0.1) })
    }

    /// What the store refused; nil where the fault is the server's own, which belongs into the log.
    package init?(_ error: StoreError) {
        let sentence = Self.sentence(error.detail)
        switch error.kind {
        case .notFound: self.init(404, error.code, sentence)
        case .conflict, .fenced: self.init(409, error.code, sentence)
        case .stale: self.init(412, error.code, sentence)
        case .invalidPageToken:
            self.init(422, error.code, sentence, errors: [Fault(.parameter("page_token"), error.detail)])
        case .diskFull:
            self.init(507, error.code, "The server's disk is full. Nothing of this request was kept.")
        case .locked, .newerFormat, .database, .file: return nil
        }
    }

    /// Everything that is wrong with a job's body.
    package init(_ error: SpecError) {
        let count = error.problems.count
        self.init(
            422, "invalid_spec", "The job cannot be run as described: \(count) \(count == 1 ? "error" : "errors").",
            errors: error.problems.map { Fault(.pointer($0.pointer), $0.detail) })
    }

    /// What the jobs refused; nil where nobody waits for the answer.
    package init?(_ error: JobsError) {
        let sentence = Self.sentence(error.detail)
        switch error.kind {
        case .conflict: self.init(409, error.code, sentence)
        case .notFound: self.init(404, error.code, sentence)
        case .impossible: self.init(422, error.code, sentence)
        case .busy: self.init(429, error.code, sentence, headers: [Header(name: "Retry-After", value: "10")])
        case .shuttingDown:
            self.init(503, error.code, sentence, headers: [Header(name: "Retry-After", value: "10")])
        case .abandoned: return nil
        }
    }

    /// A request for samples that the model can't serve.
    package init(_ error: SampleRequestError) {
        let code = error.parameter == "class" ? "unknown_class" : "invalid_samples"
        self.init(
            422, code, Self.sentence(error.detail), errors: [Fault(.parameter(error.parameter), error.detail)])
    }

    /// The answer to an error that a handler threw; nil where it is the server's own fault.
    package static func answering(_ error: any Error) -> Problem? {
        switch error {
        case let problem as Problem: problem
        case let refusal as HTTPProblem: Problem(refusal)
        case let error as StoreError: Problem(error)
        case let error as SpecError: Problem(error)
        case let error as JobsError: Problem(error)
        case let error as SampleRequestError: Problem(error)
        case let error as FileError where error.isDiskFull:
            Problem(507, "disk_full", "The server's disk is full. Nothing of this request was kept.")
        default: nil
        }
    }

    /// Capital letter and full stop, for details that other modules word as a sentence's middle.
    private static func sentence(_ detail: String) -> String {
        detail.prefix(1).uppercased() + detail.dropFirst() + (detail.hasSuffix(".") ? "" : ".")
    }
}

extension HTTPResponse {
    /// A problem as `application/problem+json`.
    package init(_ problem: Problem, requestID: String) {
        self.init(
            status: problem.status, type: "application/problem+json", bytes: problem.json(requestID: requestID).bytes,
            headers: problem.headers.map { ($0.name, $0.value) })
    }
}
