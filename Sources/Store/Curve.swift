/// A job's curves, or a part of them, with no more points than were asked for.
package struct Curve: Sendable, Equatable {
    /// One measured quantity.
    package struct Series: Sendable, Equatable {
        package var name: String
        /// One for each of the curve's steps; `nil` where it wasn't finite or wasn't measured.
        package var values: [Float?]
        /// How many of the points read were not finite.
        package var nonFinite: Int

        package init(name: String, values: [Float?], nonFinite: Int) {
            self.name = name
            self.values = values
            self.nonFinite = nonFinite
        }
    }

    /// A quantity that is measured now and then.
    package struct SparseSeries: Sendable, Equatable {
        package var name: String
        package var steps: [Int]
        /// Seconds since 1970, UTC, at each step.
        package var wallTimes: [Double]
        /// One for each step; `nil` where it wasn't finite.
        package var values: [Float?]

        package init(name: String, steps: [Int], wallTimes: [Double], values: [Float?]) {
            self.name = name
            self.steps = steps
            self.wallTimes = wallTimes
            self.values = values
        }
    }

    /// Rises when points are taken back.
    package var revision: Int
    /// Whether the caller's revision was an older one, so that the points it has are no longer valid.
    package var reset: Bool
    package var steps: [Int]
    /// Seconds since 1970, UTC, at each step.
    package var wallTimes: [Double]
    package var samplesSeen: [Int]
    package var series: [Series]
    /// Quantities that aren't measured at every step.
    package var sparse: [SparseSeries]
    /// How many points there are in the range asked for.
    package var sourcePoints: Int
    package var downsampled: Bool
    /// The last step of all, even outside the range; `nil` before the first.
    package var lastStep: Int?
}

/// Which part of a job's curves to read.
package struct CurveRequest: Sendable, Equatable {
    /// The names of the series wanted; `nil` requests all.
    package var names: [String]?
    /// The first step wanted.
    package var fromStep: Int?
    /// The last step wanted.
    package var toStep: Int?
    /// The last step that the caller has; only later ones are wanted.
    package var sinceStep: Int?
    /// The revision that the caller has; where it is an old one, the whole curve is returned, whatever `sinceStep`
    /// says.
    package var revision: Int?
    /// The most points wanted, 2…10,000.
    package var maximumPoints: Int

    package init(
        names: [String]? = nil, fromStep: Int? = nil, toStep: Int? = nil, sinceStep: Int? = nil, revision: Int? = nil,
        maximumPoints: Int = 1000
    ) {
        self.names = names
        self.fromStep = fromStep
        self.toStep = toStep
        self.sinceStep = sinceStep
        self.revision = revision
        self.maximumPoints = maximumPoints
    }
}

/// Takes a curve's points one after another and keeps no more than asked for, without losing a spike.
///
/// Where there are more points than that, they are divided into buckets of about equal size; with a long curve, each
/// bucket ends with a stored block. A bucket is represented by its first and its last step; there, each series has its
/// least and its greatest finite value, in the order in which they came.
package struct CurveSampler {
    private struct Extremes {
        var least: (value: Float, position: Int)?
        var greatest: (value: Float, position: Int)?

        mutating func add(_ value: Float, at position: Int) {
            if least.map({ value < $0.value }) ?? true { least = (value, position) }
            if greatest.map({ value > $0.value }) ?? true { greatest = (value, position) }
        }

        /// The two values in their order; twice the same one where all values are equal.
        var inOrder: (first: Float?, second: Float?) {
            guard let least, let greatest else { return (nil, nil) }
            return least.position <= greatest.position
                ? (least.value, greatest.value) : (greatest.value, least.value)
        }
    }

    /// How many points are added altogether.
    package let total: Int
    /// `nil` where all points are kept.
    private let bucketCount: Int?
    private var position = 0
    private var bucket = 0
    private var bucketEnd = 0
    private var extremes: [Extremes]
    private var bucketHasFirst = false
    private var lastPoint: (step: Int, wallTime: Double, samplesSeen: Int)?

    package private(set) var steps: [Int] = []
    package private(set) var wallTimes: [Double] = []
    package private(set) var samplesSeen: [Int] = []
    package private(set) var series: [Curve.Series]

    /// Begins a curve.
    ///
    /// - Parameters:
    ///   - total: how many points will be added, exactly.
    ///   - maximumPoints: at least 2.
    package init(names: [String], total: Int, maximumPoints: Int) {
        self.total = total
        series = names.map { Curve.Series(name: $0, values: [], nonFinite: 0) }
        extremes = names.map { _ in Extremes() }
        bucketCount = total > max(2, maximumPoints) ? max(2, maximumPoints) / 2 : nil
        bucketEnd = end(ofBucket: 0)
    }

    package var isDownsampling: Bool { bucketCount != nil }

    /// Adds the next point.
    ///
    /// - Parameter values: one for each name; `nil` where nothing was measured.
    package mutating func add(step: Int, wallTime: Double, samplesSeen: Int, values: [Float?]) {
        for index in series.indices where values[index].map({ !$0.isFinite }) ?? false { series[index].nonFinite += 1 }
        guard bucketCount != nil else {
            appendAxis(step, wallTime, samplesSeen)
            for index in series.indices {
                series[index].values.append(values[index].flatMap { $0.isFinite ? $0 : nil })
            }
            return
        }
        if !bucketHasFirst {
            appendAxis(step, wallTime, samplesSeen)
            bucketHasFirst = true
        }
        lastPoint = (step, wallTime, samplesSeen)
        for index in series.indices {
            if let value = values[index], value.isFinite { extremes[index].add(value, at: position) }
        }
        position += 1
        if position == bucketEnd { closeBucket() }
    }

    /// Adds a stretch of points at once, where the curve is down-sampled; the bucket that it extends into ends with it.
    ///
    /// - Parameter columns: for each name, which of the stretch's series it is; nil where it has none.
    mutating func add(_ run: CurveRun, columns: [Int?]) {
        if !bucketHasFirst {
            appendAxis(run.first.step, run.first.wallTime, run.first.samplesSeen)
            bucketHasFirst = true
        }
        lastPoint = (run.last.step, run.last.wallTime, run.last.samplesSeen)
        for (index, column) in columns.enumerated() {
            guard let column else { continue }
            let values = run.series[column]
            series[index].nonFinite += Int(values.nonFinite)
            guard values.least <= values.greatest else { continue }
            let (early, late) = (position, position + run.count - 1)
            extremes[index].add(values.least, at: values.isLeastFirst ? early : late)
            extremes[index].add(values.greatest, at: values.isLeastFirst ? late : early)
        }
        position += run.count
        if position >= bucketEnd { closeBucket() }
    }

    private mutating func closeBucket() {
        if let lastPoint { appendAxis(lastPoint.step, lastPoint.wallTime, lastPoint.samplesSeen) }
        for index in series.indices {
            let (first, second) = extremes[index].inOrder
            series[index].values.append(first)
            series[index].values.append(second)
            extremes[index] = Extremes()
        }
        bucketHasFirst = false
        repeat {
            bucket += 1
            bucketEnd = end(ofBucket: bucket)
        } while bucketEnd <= position && position < total
    }

    private mutating func appendAxis(_ step: Int, _ wallTime: Double, _ samplesSeen: Int) {
        steps.append(step)
        wallTimes.append(wallTime)
        self.samplesSeen.append(samplesSeen)
    }

    /// The position after a bucket's last point.
    ///
    /// There are more points than twice the buckets, so each bucket has two or more.
    private func end(ofBucket index: Int) -> Int {
        guard let bucketCount else { return total }
        return (index + 1) * total / bucketCount
    }
}
