/// How many steps a training comes to that time alone ends.
///
/// A plan that was measured at the start holds while the machine stays as it was; beside a neighbour it would end a training in
/// the middle of its schedule. So the pace of the last tenth of the time tells how many steps fit into what is left of it: the
/// less is left, the less a wrong pace matters.
struct StepForecast {
    /// Shares of the whole time: that a pace is taken over, and between two forecasts.
    private static let window = 0.1
    private static let interval = 0.005

    /// Seconds of the whole training.
    private let limit: Double
    /// Steps done at some moments of the window, the oldest first; never empty.
    private var marks: [(step: Double, seconds: Double)]

    /// Begins with a pace at which the training would come to the planned steps.
    ///
    /// - Parameters:
    ///   - step: steps done.
    ///   - seconds: what they took.
    ///   - planned: steps of the whole training.
    ///   - limit: seconds of the whole training.
    init(step: Int, seconds: Double, planned: Int, limit: Double) {
        self.limit = limit
        let pace =
            planned > step ? Double(planned - step) / max(limit - seconds, 1e-9) : Double(step) / max(seconds, 1e-9)
        marks = [0, 1].map { share in
            let back = (1 - share) * Self.window * limit
            return (Double(step) - pace * back, seconds - back)
        }
    }

    /// Takes in how far the training is.
    ///
    /// - Returns: steps of the whole training; nil where the last forecast is young.
    mutating func steps(at step: Int, seconds: Double) -> Int? {
        // Nothing is left to forecast; and beside seconds that are many times the limit, the window is lost in rounding.
        guard seconds < limit else { return step }
        guard seconds - marks[marks.count - 1].seconds >= Self.interval * limit else { return nil }
        marks.append((Double(step), seconds))
        let start = seconds - Self.window * limit
        marks.removeFirst((marks.firstIndex { $0.seconds > start } ?? marks.count) - 1)
        let pace = (Double(step) - marks[0].step) / (seconds - marks[0].seconds)
        return step + Int(min((limit - seconds) * pace, Double(Int32.max)))
    }
}
