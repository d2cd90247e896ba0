/// Bytes that are not what they were declared to be, or exceed a limit; with a sentence for the person who sent them.
package struct CodecError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of fault, for callers that must distinguish them.
    package enum Kind: Sendable, Equatable {
        /// The bytes are of another format altogether.
        case unrecognised
        /// The format is right, but the contents contradict it.
        case malformed
        /// The bytes end before what they announce.
        case truncated
        /// The bytes are well-formed, but exceed a limit that the caller set.
        case tooLarge
        /// The bytes are well-formed, but of a variant that isn't supported.
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
