/// Why a wish about jobs, samples or datasets isn't granted; a sentence for whoever had it.
package struct JobsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What callers must tell apart.
    package enum Kind: Sendable, Equatable {
        /// The state of things doesn't allow it now.
        case conflict
        /// What is asked for isn't there.
        case notFound
        /// No state of things would allow it.
        case impossible
        /// Too much of it waits already.
        case busy
        /// The asker went away.
        case abandoned
        /// The server goes down.
        case shuttingDown
    }

    package let kind: Kind
    /// A word for programs, in `snake_case`.
    package let code: String
    /// The sentence.
    package let detail: String

    package init(_ kind: Kind, code: String, _ detail: String) {
        self.kind = kind
        self.code = code
        self.detail = detail
    }

    package var description: String { detail }

    static let abandoned = JobsError(.abandoned, code: "abandoned", "nobody waits for the samples any more")
    static let shuttingDown = JobsError(.shuttingDown, code: "shutting_down", "the server is shutting down")
}
