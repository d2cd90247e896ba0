/// What each number of a spec may be.
///
/// Sizes are wide; what a machine can hold is the memory estimate's matter.
enum SpecRange {
    /// As far as every JSON reader keeps integers exactly.
    static let seed = 0...9_007_199_254_740_991
    static let priority = -1000...1000
    static let labels = 64
    static let threads = 1...4096
    static let steps = 1...100_000_000
    static let plans = 0...10_000
    static let seconds = AboveRange(lowerBound: 0, upperBound: 31_536_000)
    static let batchSize = 1...1_000_000
    static let discriminatorSteps = 1...100
    static let penalty = 0.0...1e6
    static let smoothing = 0.0..<0.5
    static let noise = 0.0...10.0
    static let norm = AboveRange(lowerBound: 0, upperBound: 1e6)
    static let packing = 1...64
    static let ramp = 1.0...1e12
    static let factor = 0.0...100.0
    static let share = AboveRange(lowerBound: 0, upperBound: 1)
    static let learningRate = AboveRange(lowerBound: 0, upperBound: 10)
    static let decay = 0.0..<1.0
    static let halfLife = 0.0...1e12
    static let rampUp = AboveRange(lowerBound: 0, upperBound: 1)
    static let portion = 0.0...1.0
    static let evaluations = 10_000
    static let repairs = 0...100
    static let patience = 1...1000
    static let divergence = AboveRange(lowerBound: 1, upperBound: 1e12)
    static let latent = 1...65_536
    static let embedding = 1...65_536
    static let hiddenLayers = 1...16
    static let hiddenWidth = 1...1_048_576
    static let channels = 1...65_536
    static let stages = 1...6
    static let blocks = 1...8
    static let modes = 1...64
    static let spikes = 0...384
    static let bins = 0...128
    static let temperature = AboveRange(lowerBound: 0, upperBound: 100)
    static let columns = 1_000
    static let keptCheckpoints = 1...1000
}
