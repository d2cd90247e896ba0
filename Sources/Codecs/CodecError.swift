/// Bytes that are not what they were said to be, or exceed a limit; a sentence for the person who sent them.
package struct CodecError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What sort of fault it is, for callers that must tell them apart.
    package enum Kind: Sendable, Equatable {
        /// The bytes are of another format altogether.
        case unrecognised
        /// The format is right, and what follows contradicts it.
        case malformed
        /// The bytes end before what they announce.
        case truncated
        /// Right, but beyond a limit that the caller set.
        case tooLarge
        /// Right, but of a variety that isn't read here.
        case unsupported
    }

    package let kind: Kind
    /// The sentence: what was wrong, where, what would be right.
    package let detail: String

    package init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }

    package var description: String { detail }
}
