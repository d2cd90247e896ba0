package import Adversarial
package import Datasets

/// How much of the machine jobs, imports and samples may take.
package struct JobsConfiguration: Sendable {
    /// Jobs that train at once.
    package var workers: Int
    /// Memory, cores and threads that specs are resolved for.
    package var machine: MachineLimits
    /// Uploads that are read at once.
    package var concurrentImports: Int
    package var datasetLimits: DatasetLimits
    /// Generators kept ready for sampling.
    package var cachedSamplers: Int
    /// Seconds without a request after which no generator is kept ready.
    package var samplerPatience: Double
    /// Samples that a request draws before another one has its turn.
    package var samplesPerTurn: Int
    /// Seconds between two published snapshots of a running job's generator.
    package var snapshotInterval: Double
    /// Seconds between two writes of a running job's metrics.
    package var metricsInterval: Double

    package init(
        workers: Int, machine: MachineLimits, concurrentImports: Int = 1,
        datasetLimits: DatasetLimits = DatasetLimits(), cachedSamplers: Int = 8, samplerPatience: Double = 60,
        samplesPerTurn: Int = 2048, snapshotInterval: Double = 2, metricsInterval: Double = 1
    ) {
        self.workers = workers
        self.machine = machine
        self.concurrentImports = concurrentImports
        self.datasetLimits = datasetLimits
        self.cachedSamplers = cachedSamplers
        self.samplerPatience = samplerPatience
        self.samplesPerTurn = samplesPerTurn
        self.snapshotInterval = snapshotInterval
        self.metricsInterval = metricsInterval
    }
}
