internal import Torch

/// Figures that are to be read when a step is done.
struct Reading {
    /// What is read, one after another.
    let tensors: [Tensor]
    /// Writes values of a report.
    let note: (_ read: [Float], _ values: inout MetricValues) -> Void

    /// - Parameter tensors: of any shapes; `note` reads their elements one after another.
    init(_ tensors: [Tensor] = [], _ note: @escaping (_ read: [Float], _ values: inout MetricValues) -> Void) {
        self.tensors = tensors
        self.note = note
    }
}

/// What there is to be read of a step, in one piece, so that a device is waited for once.
struct StepOutcome {
    private let readings: [Reading]
    /// All readings' elements; nil where there are none.
    private let elements: Tensor?

    init(_ readings: [Reading]) throws {
        self.readings = readings
        let tensors = readings.flatMap(\.tensors)
        elements =
            tensors.isEmpty
            ? nil
            : try withoutGradients { try Tensor.concatenated(tensors.map { try $0.detached().reshaped([-1]) }) }
    }

    /// Waits for the step's end and writes its figures.
    func read(into values: inout MetricValues) throws {
        let all = try elements?.floats() ?? []
        var start = 0
        for reading in readings {
            let count = reading.tensors.reduce(0) { $0 + $1.elementCount }
            reading.note(Array(all[start..<start + count]), &values)
            start += count
        }
    }
}
