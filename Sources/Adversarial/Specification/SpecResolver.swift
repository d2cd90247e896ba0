package import Codecs
package import Datasets
package import Torch

/// What a job may use of the machine.
package struct MachineLimits: Sendable, Equatable {
    /// Memory that one job may take, in bytes.
    package var memoryBytes: Int
    /// Cores of the machine, or of the container.
    package var cores: Int
    /// Threads that each job computes with.
    package var threadsPerJob: Int

    /// The devices that a job may be trained on; the first is the one that a job gets that names none.
    package var devices: [Device]
    /// Whether the processor has instructions for bfloat16.
    package var hasLowPrecision: Bool

    /// Limits of a machine.
    package init(
        memoryBytes: Int, cores: Int, threadsPerJob: Int, devices: [Device] = [.cpu], hasLowPrecision: Bool = false
    ) {
        self.devices = devices
        self.hasLowPrecision = hasLowPrecision
        self.memoryBytes = memoryBytes
        self.cores = cores
        self.threadsPerJob = threadsPerJob
    }
}

/// One choice that was made for the caller, and why.
package struct SpecReason: Sendable, Equatable {
    /// JSON pointer to the member in the resolved spec.
    package var pointer: String
    /// The sentence.
    package var detail: String
}

/// A spec with every choice made, and what comes of it.
package struct Resolution: Sendable, Equatable {
    /// What the job is called and filed under.
    package var heading: JobHeading
    /// What will be trained.
    package var spec: ResolvedSpec
    /// A sentence for each choice that the caller left open.
    package var reasons: [SpecReason]
    /// Numbers that training moves in the generator.
    package var generatorParameters: Int
    /// Numbers that training moves in the discriminator.
    package var discriminatorParameters: Int
    /// Estimate of the memory that training takes, in bytes.
    package var memoryBytes: Int
    /// What samples will lack, in whole sentences.
    package var warnings: [String] = []
}

/// Turns what a caller wishes into what is trained, before anything is allocated.
package enum SpecResolver {
    /// Checks a job's body against its dataset and the machine, and makes every choice it leaves open.
    ///
    /// - Parameters:
    ///   - requested: the body of `POST /v1/jobs`.
    ///   - dataset: manifest of the dataset that the body names.
    ///   - machine: what the job may use.
    /// - Throws: `SpecError` with every problem at once.
    package static func resolve(
        _ requested: JSON, dataset: DatasetManifest, machine: MachineLimits
    ) throws(SpecError) -> Resolution {
        let problems = SpecProblems()
        let request = RequestedSpec(requested, origin: .caller, problems: problems)
        let choice = SpecChoice(request: request, dataset: dataset, machine: machine, problems: problems)
        let resolution = choice?.resolution()
        try problems.throwIfAny()
        guard let resolution else {
            throw SpecError(problems: [SpecProblem(pointer: "", detail: "could not be resolved")])
        }
        return resolution
    }

    /// Reads the part of a body that needs no dataset, to find out which one it names.
    ///
    /// - Throws: `SpecError` with everything that is wrong whatever the dataset, where the id is missing or no string.
    package static func heading(of requested: JSON) throws(SpecError) -> JobHeading {
        let problems = SpecProblems()
        let request = RequestedSpec(requested, origin: .caller, problems: problems)
        if request.heading.datasetID.isEmpty {
            // What is wrong with the networks, too, where they are named.
            let choices = Choices(stored: request.data, problems: problems)
            _ = request.model.architecture?.stored(request.model.reader, choices)
            try problems.throwIfAny()
        }
        return request.heading
    }

    /// Reads the body of a resume, which may raise the spec's limits.
    ///
    /// - Parameters:
    ///   - spec: the job's spec as resolved.
    ///   - changes: `{"training":{"steps":…,"max_seconds":…}}` or less.
    /// - Throws: `SpecError` where a limit would sink, where there is none to raise, or where anything else is named.
    package static func raise(_ spec: ResolvedSpec, changes: JSON) throws(SpecError) -> ResolvedSpec {
        let problems = SpecProblems()
        let wish = RequestedLength(ObjectReader(changes, problems: problems))
        var raised = spec
        let length = spec.training.length
        if let steps = wish.steps {
            check("steps", steps, against: length.steps, problems)
            raised.training.length = raised.training.length.replanned(steps: steps)
            raised.training.length.steps = steps
        }
        if let seconds = wish.maximumSeconds {
            check("max_seconds", seconds, against: length.maximumSeconds, problems)
            raised.training.length.maximumSeconds = seconds
            if length.steps == nil, let planned = length.plannedSteps, let before = length.maximumSeconds {
                let steps = min(Double(SpecRange.steps.upperBound), Double(planned) * seconds / before)
                raised.training.length = raised.training.length.replanned(steps: max(planned, Int(steps)))
            }
        }
        try problems.throwIfAny()
        return raised
    }

    private static func check<Value: Comparable>(
        _ name: String, _ value: Value, against limit: Value?, _ problems: SpecProblems
    ) {
        guard let limit else {
            return problems.add("/training/\(name)", "can't be raised: the job has no such limit")
        }
        if value < limit {
            problems.add("/training/\(name)", "can only be raised: the job has \(limit), and \(value) was given")
        }
    }
}

/// The body of a resume as it was sent.
struct RequestedLength {
    var steps: Int?
    var maximumSeconds: Double?

    init(_ root: ObjectReader) {
        let training = root.object("training")
        steps = training?.integer("steps", in: SpecRange.steps)
        maximumSeconds = training?.number("max_seconds", in: SpecRange.seconds)
        training?.finish()
        root.finish()
    }
}
