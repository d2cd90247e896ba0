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
    package var sampling: SamplingLanes.Pace
    /// Seconds between two published snapshots of a running job's generator.
    package var snapshotInterval: Double
    /// Seconds between two writes of a running job's metrics.
    package var metricsInterval: Double
    /// Seconds between two tries to write what the store couldn't take.
    package var retryInterval = 1.0

    package init(
        workers: Int, machine: MachineLimits, concurrentImports: Int = 1,
        datasetLimits: DatasetLimits = DatasetLimits(), sampling: SamplingLanes.Pace = SamplingLanes.Pace(),
        snapshotInterval: Double = 2, metricsInterval: Double = 1
    ) {
        self.workers = workers
        self.machine = machine
        self.concurrentImports = concurrentImports
        self.datasetLimits = datasetLimits
        self.sampling = sampling
        self.snapshotInterval = snapshotInterval
        self.metricsInterval = metricsInterval
    }
}
