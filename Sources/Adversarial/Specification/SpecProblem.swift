/// One thing that is wrong with a job's spec.
package struct SpecProblem: Sendable, Equatable {
    /// JSON pointer (RFC 6901) to the member that is wrong, in the body as it was sent.
    package var pointer: String
    /// A sentence for the person who wrote the spec: what is wrong and what would be right.
    package var detail: String

    /// A problem at a member of the spec.
    package init(pointer: String, detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}

/// Everything that is wrong with a spec, at once; never empty.
package struct SpecError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The problems, in the order in which the spec is read.
    package var problems: [SpecProblem]

    /// An error with all the problems that were found.
    package init(problems: [SpecProblem]) {
        self.problems = problems
    }

    package var description: String {
        problems.map { "\($0.pointer.isEmpty ? "the spec" : $0.pointer): \($0.detail)" }.joined(separator: "; ")
    }
}

/// Where the readers of one spec put what they find wrong.
package final class SpecProblems {
    private(set) var all: [SpecProblem] = []

    func add(_ pointer: String, _ detail: String) {
        all.append(SpecProblem(pointer: pointer, detail: detail))
    }

    /// Throws what was found, if anything was.
    func throwIfAny() throws(SpecError) {
        if !all.isEmpty { throw SpecError(problems: all) }
    }
}
