import Codecs
import FoundationEssentials
import GRDB

/// A value that changes whenever a job's curves do, for requests that ask whether they have changed.
package struct CurveState: Sendable, Hashable {
    package var revision: Int
    /// `nil` before the first point.
    package var lastStep: Int?
    /// The step of the newest evaluation; `nil` before the first.
    package var lastEvaluation: Int?

    package init(revision: Int, lastStep: Int?, lastEvaluation: Int? = nil) {
        self.revision = revision
        self.lastStep = lastStep
        self.lastEvaluation = lastEvaluation
    }
}

extension Store {
    package func curveState(of job: String) throws -> CurveState {
        try read { database in
            let record = try Self.requireJob(database, job)
            return CurveState(
                revision: record.metricsRevision, lastStep: try Self.lastStep(of: job, in: database),
                lastEvaluation: try Int.fetchOne(
                    database, sql: "SELECT max(step) FROM evaluation WHERE job_id = ?", arguments: [job]))
        }
    }

    /// The names of a job's series, in the order in which they appeared.
    package func metricNames(of job: String) throws -> [String] {
        try read { database in
            let figures = try Self.figureNames(of: job, in: database)
            guard try Self.isLong(job, in: database) else {
                return try Self.metricNames(of: job, in: database) + figures
            }
            let revision = try Self.requireJob(database, job).metricsRevision
            return try summaries.with(job, revision: revision, in: database) { summary in
                try Self.metricNames(of: job, summary, in: database) + figures
            }
        }
    }

    /// The values at the last step of each job's curves, by name, in one query; a job without points isn't among them.
    package func latestMetrics(of jobs: [String]) throws -> [String: [(name: String, value: Float)]] {
        try read { database in
            // The newest block is looked up in the index, job by job: a job may have thousands of blocks.
            let statement = try database.cachedStatement(
                sql: """
                    SELECT block.* FROM json_each(?) AS wanted JOIN metric_block AS block ON block.job_id = wanted.value
                        AND block.first_step = (SELECT max(first_step) FROM metric_block WHERE job_id = wanted.value)
                    """)
            let wanted = JSON.array(jobs.map { .string($0) }).text
            var metrics: [String: [(name: String, value: Float)]] = [:]
            for row in try Row.fetchAll(statement, arguments: [wanted]) {
                let block = try MetricBlock(names: MetricBlock.names(joined: row["names"]), data: row["data"])
                metrics[row["job_id"]] = zip(block.names, block.columns).compactMap { name, column in
                    column.last.map { (name, $0) }
                }
            }
            return metrics
        }
    }

    /// Reads a job's curves, down-sampled where there are more points than asked for.
    ///
    /// Memory is bounded by the points asked for and one block, however long the curves are.
    package func curve(of job: String, _ request: CurveRequest) throws -> Curve {
        try read { database in
            let record = try Self.requireJob(database, job)
            let reset = request.revision.map { $0 != record.metricsRevision } ?? false
            let since = reset ? nil : request.sinceStep.map { $0 == .max ? $0 : $0 + 1 }
            let range = PointRange(
                job: job, first: max(request.fromStep ?? .min, since ?? .min), last: request.toStep ?? .max)
            let figures = try Self.figureNames(of: job, in: database)
            let wanted = request.names?.filter { !figures.contains($0) }
            let sampler =
                if try Self.isLong(job, in: database) {
                    try summaries.with(job, revision: record.metricsRevision, in: database) { summary in
                        try Self.sampler(range, names: wanted, request.maximumPoints, summary, in: database)
                    }
                } else {
                    try Self.sampler(range, names: wanted, request.maximumPoints, in: database)
                }
            return Curve(
                revision: record.metricsRevision, reset: reset, steps: sampler.steps, wallTimes: sampler.wallTimes,
                samplesSeen: sampler.samplesSeen, series: sampler.series,
                sparse: try Self.sparse(
                    range, names: request.names.map { figures.filter($0.contains) } ?? figures,
                    maximumPoints: request.maximumPoints, in: database),
                sourcePoints: sampler.total,
                downsampled: sampler.isDownsampling, lastStep: try Self.lastStep(of: job, in: database))
        }
    }

    /// Reads each point of a range.
    private static func sampler(
        _ range: PointRange, names: [String]?, _ maximumPoints: Int, in database: Database
    ) throws -> CurveSampler {
        let names = try names ?? metricNames(of: range.job, in: database)
        var sampler = CurveSampler(
            names: names, total: try countPoints(range, in: database), maximumPoints: maximumPoints)
        try read(range, names: names, into: &sampler, in: database)
        return sampler
    }

    /// Reads a range of a long job's curves: whole stretches from the summary where two or more of them make a bucket,
    /// points elsewhere.
    private static func sampler(
        _ range: PointRange, names: [String]?, _ maximumPoints: Int, _ summary: CurveSummary, in database: Database
    ) throws -> CurveSampler {
        let runs = summary.runs
        let lower = runs.partitioningIndex { $0.first.step >= range.first }
        let upper = max(lower, runs.partitioningIndex { $0.last.step > range.last })
        var (head, tail) = (range, range)
        if lower < upper {
            head.last = runs[lower].first.step - 1
            tail.first = runs[upper - 1].last.step + 1
        }
        let names = try names ?? metricNames(of: range.job, summary, in: database)
        guard lower < upper else {
            var sampler = CurveSampler(
                names: names, total: try countPoints(range, in: database), maximumPoints: maximumPoints)
            try read(range, names: names, into: &sampler, in: database)
            return sampler
        }
        let whole = runs[lower..<upper].reduce(0) { $0 + $1.count }
        let total = try countPoints(head, in: database) + whole + countPoints(tail, in: database)
        var sampler = CurveSampler(names: names, total: total, maximumPoints: maximumPoints)
        guard upper - lower >= maximumPoints, sampler.isDownsampling else {
            try read(range, names: names, into: &sampler, in: database)
            return sampler
        }
        try read(head, names: names, into: &sampler, in: database)
        let columns = summary.layouts.map { layout in names.map { layout.firstIndex(of: $0) } }
        for run in runs[lower..<upper] { sampler.add(run, columns: columns[run.layout]) }
        try read(tail, names: names, into: &sampler, in: database)
        return sampler
    }

    /// Steps of a job's curves, both ends inclusive.
    private struct PointRange {
        var job: String
        var first: Int
        var last: Int

        func contains(_ step: Int64) -> Bool { step >= first && step <= last }

        var arguments: StatementArguments { ["job": job, "first": first, "last": last] }
    }

    private static func lastStep(of job: String, in database: Database) throws -> Int? {
        try Int.fetchOne(
            database, sql: "SELECT last_step FROM metric_block WHERE job_id = ? ORDER BY first_step DESC LIMIT 1",
            arguments: [job])
    }

    /// - Parameters:
    ///   - step: only blocks after it are searched; `nil` for all.
    ///   - known: names to leave out.
    private static func metricNames(
        of job: String, after step: Int? = nil, except known: [String] = [], in database: Database
    ) throws -> [String] {
        let layouts = try String.fetchAll(
            database,
            sql: """
                SELECT names FROM metric_block WHERE job_id = ? AND first_step > ? GROUP BY names
                ORDER BY min(first_step)
                """,
            arguments: [job, step ?? .min])
        var names: [String] = []
        for name in layouts.flatMap(MetricBlock.names(joined:)) where !names.contains(name) && !known.contains(name) {
            names.append(name)
        }
        return names
    }

    /// The names of a long job's series.
    private static func metricNames(
        of job: String, _ summary: CurveSummary, in database: Database
    ) throws -> [String] {
        var known: [String] = []
        for name in summary.layouts.joined() where !known.contains(name) { known.append(name) }
        return try known + metricNames(of: job, after: summary.runs.last?.last.step, except: known, in: database)
    }

    /// Whether a job has so many points that they are summarised in memory.
    private static func isLong(_ job: String, in database: Database) throws -> Bool {
        let blocks = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM metric_block WHERE job_id = ?", arguments: [job])
        return blocks ?? 0 >= CurveSummaries.threshold
    }

    /// The names of the figures that a job's evaluations measured, in their order.
    ///
    /// All evaluations measure the same figures, except that the last one of a generator that has diverged measures
    /// fewer.
    private static func figureNames(of job: String, in database: Database) throws -> [String] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT figures FROM evaluation WHERE step IN (
                    (SELECT min(step) FROM evaluation WHERE job_id = :job),
                    (SELECT max(step) FROM evaluation WHERE job_id = :job)) AND job_id = :job ORDER BY step
                """,
            arguments: ["job": job])
        var names: [String] = []
        for name in try rows.flatMap({ try $0.json("figures").object?.map(\.name) ?? [] }) where !names.contains(name) {
            names.append(name)
        }
        return names
    }

    /// Figures that are measured now and then, down-sampled like the other curves.
    private static func sparse(
        _ range: PointRange, names: [String], maximumPoints: Int, in database: Database
    ) throws -> [Curve.SparseSeries] {
        guard !names.isEmpty else { return [] }
        let arguments: StatementArguments = [range.job, range.first, range.last]
        let total = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM evaluation WHERE job_id = ? AND step >= ? AND step <= ?",
            arguments: arguments)
        var sampler = CurveSampler(names: names, total: total ?? 0, maximumPoints: maximumPoints)
        let rows = try Row.fetchCursor(
            database, sql: "SELECT * FROM evaluation WHERE job_id = ? AND step >= ? AND step <= ? ORDER BY step",
            arguments: arguments)
        while let row = try rows.next() {
            let record = try EvaluationRecord(row: row)
            let values = Dictionary(record.figures.map { ($0.name, $0.value) }) { first, _ in first }
            sampler.add(
                step: record.step, wallTime: record.wallTime, samplesSeen: record.samplesSeen,
                values: names.map { values[$0] ?? nil })
        }
        return sampler.series.map {
            Curve.SparseSeries(
                name: $0.name, steps: sampler.steps, wallTimes: sampler.wallTimes, values: $0.values)
        }
    }

    /// An SQL condition for the blocks that overlap a range.
    ///
    /// Blocks are consecutive, so the search starts at the last one that begins before the range.
    private static let touching = """
        job_id = :job AND first_step <= :last AND last_step >= :first AND first_step >= coalesce(
            (SELECT max(first_step) FROM metric_block WHERE job_id = :job AND first_step <= :first), :first)
        """

    /// Counts the points in a range; for blocks that lie entirely within it, the row says how many there are.
    private static func countPoints(_ range: PointRange, in database: Database) throws -> Int {
        guard range.first <= range.last else { return 0 }
        let whole = try Int.fetchOne(
            database,
            sql:
                "SELECT total(points) FROM metric_block WHERE \(touching) AND first_step >= :first AND last_step <= :last",
            arguments: range.arguments)
        let cut = try Row.fetchAll(
            database,
            sql: """
                SELECT names, data FROM metric_block WHERE \(touching)
                    AND NOT (first_step >= :first AND last_step <= :last)
                """,
            arguments: range.arguments)
        let partial = try cut.map { row in
            try MetricBlock(names: MetricBlock.names(joined: row["names"]), data: row["data"])
                .steps.count(where: range.contains)
        }
        return (whole ?? 0) + partial.reduce(0, +)
    }

    private static func read(
        _ range: PointRange, names: [String], into sampler: inout CurveSampler, in database: Database
    ) throws {
        guard range.first <= range.last else { return }
        let rows = try Row.fetchCursor(
            database, sql: "SELECT names, data FROM metric_block WHERE \(touching) ORDER BY first_step",
            arguments: range.arguments)
        var layout = ""
        var columns: [Int?] = []
        var columnCount = 0
        var values = [Float?](repeating: nil, count: names.count)
        while let row = try rows.next() {
            let text: String = row["names"]
            if columns.isEmpty || text != layout {
                layout = text
                let stored = MetricBlock.names(joined: text)
                columnCount = stored.count
                columns = names.map { stored.firstIndex(of: $0) }
            }
            try row.withUnsafeData(named: "data") { data in
                try (data ?? Data()).withUnsafeBytes { bytes in
                    let points = try MetricBlock.StoredPoints(bytes: bytes, seriesCount: columnCount)
                    for index in 0..<points.count where range.contains(points.step(index)) {
                        for (slot, column) in columns.enumerated() {
                            values[slot] = column.map { points.value($0, index) }
                        }
                        sampler.add(
                            step: Int(points.step(index)), wallTime: points.wallTime(index),
                            samplesSeen: Int(points.samplesSeen(index)), values: values)
                    }
                }
            }
        }
    }
}

extension RandomAccessCollection {
    /// The first index at which a condition holds, given that it also holds for all elements after it.
    fileprivate func partitioningIndex(where holds: (Element) -> Bool) -> Index {
        var (lower, count) = (startIndex, self.count)
        while count > 0 {
            let half = count / 2
            let middle = index(lower, offsetBy: half)
            if holds(self[middle]) {
                count = half
            } else {
                lower = index(after: middle)
                count -= half + 1
            }
        }
        return lower
    }
}
