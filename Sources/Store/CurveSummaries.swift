import FoundationEssentials
import GRDB
import Synchronization

/// A summary of a stretch of a job's curves: what a bucket of a down-sampled curve needs.
struct CurveRun {
    struct Axis {
        var step: Int
        var wallTime: Double
        var samplesSeen: Int
    }

    struct Extremes {
        /// The least finite value; greater than `greatest` where none was finite.
        var least = Float.infinity
        var greatest = -Float.infinity
        var nonFinite: Int32 = 0
        /// Whether the least value came before the greatest.
        var isLeastFirst = true

        mutating func add(_ value: Float) {
            guard value.isFinite else {
                nonFinite += 1
                return
            }
            if value < least {
                least = value
                isLeastFirst = false
            }
            if value > greatest {
                greatest = value
                isLeastFirst = true
            }
        }

        /// Adds the extremes of the next stretch.
        mutating func add(_ next: Extremes) {
            nonFinite += next.nonFinite
            guard next.least <= next.greatest else { return }
            let (isLower, isHigher) = (next.least < least, next.greatest > greatest)
            if isLower || isHigher { isLeastFirst = isLower && isHigher ? next.isLeastFirst : isHigher }
            least = min(least, next.least)
            greatest = max(greatest, next.greatest)
        }
    }

    var first: Axis
    var last: Axis
    var count: Int
    /// Which series it has, as an index of the summary's layouts.
    var layout: Int
    /// One for each series of the layout.
    var series: ContiguousArray<Extremes>

    init(_ points: MetricBlock.StoredPoints, seriesCount: Int, layout: Int) {
        func axis(_ index: Int) -> Axis {
            Axis(
                step: Int(points.step(index)), wallTime: points.wallTime(index),
                samplesSeen: Int(points.samplesSeen(index)))
        }
        first = axis(0)
        last = axis(points.count - 1)
        count = points.count
        self.layout = layout
        series = ContiguousArray(repeating: Extremes(), count: seriesCount)
        for place in 0..<seriesCount {
            for index in 0..<points.count { series[place].add(points.value(place, index)) }
        }
    }

    /// Adds the next stretch, which has the same layout.
    mutating func add(_ next: CurveRun) {
        last = next.last
        count += next.count
        for place in series.indices { series[place].add(next.series[place]) }
    }
}

/// A long job's curves in stretches, kept in memory, so that polling all of them doesn't read millions of points again.
///
/// It holds only blocks that another one follows: they don't change, except that a rollback may delete them, which
/// makes the curves' revision rise or leaves another block in their place.
final class CurveSummary {
    private struct Block: Equatable {
        var row: Int64
        var first: Int64
        var last: Int64
        var points: Int
        var attempt: Int
    }

    private let job: String
    private let limit: Int
    private var revision = -1
    private var newest: Block?
    private(set) var runs: [CurveRun] = []
    /// The names of the series, by layout.
    private(set) var layouts: [[String]] = []
    private var layoutTexts: [String] = []

    /// - Parameter limit: how many stretches there may be; beyond that, neighbours are joined.
    init(job: String, limit: Int) {
        self.job = job
        self.limit = limit
    }

    /// Adds the blocks that have been written since.
    func update(revision: Int, in database: Database) throws {
        if try self.revision != revision || newest.map({ try !isCurrent($0, in: database) }) ?? false {
            self.revision = revision
            newest = nil
            runs = []
            layouts = []
            layoutTexts = []
        }
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT rowid, first_step, last_step, points, attempt, names, data FROM metric_block
                WHERE job_id = :job AND first_step > :after
                    AND first_step < (SELECT max(first_step) FROM metric_block WHERE job_id = :job)
                ORDER BY first_step
                """,
            arguments: ["job": job, "after": newest?.first ?? .min])
        while let row = try rows.next() {
            let layout = self.layout(row["names"])
            try row.withUnsafeData(named: "data") { data in
                try (data ?? Data()).withUnsafeBytes { bytes in
                    let points = try MetricBlock.StoredPoints(bytes: bytes, seriesCount: layouts[layout].count)
                    guard points.count > 0 else { return }
                    runs.append(CurveRun(points, seriesCount: layouts[layout].count, layout: layout))
                }
            }
            newest = Block(
                row: row["rowid"], first: row["first_step"], last: row["last_step"], points: row["points"],
                attempt: row["attempt"])
            if runs.count > limit { coarsen() }
        }
    }

    /// Whether the database still holds the block unchanged.
    private func isCurrent(_ block: Block, in database: Database) throws -> Bool {
        let row = try Row.fetchOne(
            database,
            sql: """
                SELECT rowid, last_step, points, attempt FROM metric_block WHERE job_id = ? AND first_step = ?
                """,
            arguments: [job, block.first])
        guard let row else { return false }
        return block
            == Block(
                row: row["rowid"], first: block.first, last: row["last_step"], points: row["points"],
                attempt: row["attempt"])
    }

    private func layout(_ names: String) -> Int {
        if let known = layoutTexts.lastIndex(of: names) { return known }
        layoutTexts.append(names)
        layouts.append(MetricBlock.names(joined: names))
        return layouts.count - 1
    }

    /// Joins every two neighbours that have the same layout.
    private func coarsen() {
        var joined: [CurveRun] = []
        joined.reserveCapacity(runs.count / 2 + 1)
        var index = 0
        while index < runs.count {
            var run = runs[index]
            index += 1
            if index < runs.count, runs[index].layout == run.layout {
                run.add(runs[index])
                index += 1
            }
            joined.append(run)
        }
        runs = joined
    }
}

/// The summaries of the jobs that were polled last.
final class CurveSummaries: Sendable {
    /// The number of blocks from which on a job has a summary.
    static let threshold = 512
    private static let capacity = 4

    /// `@unchecked Sendable`: the summary is used under the lock.
    private final class Entry: @unchecked Sendable {
        let job: String
        let lock = Mutex(())
        let summary: CurveSummary

        init(job: String, limit: Int) {
            self.job = job
            summary = CurveSummary(job: job, limit: limit)
        }
    }

    private let limit: Int

    /// The jobs, the most recently polled last.
    private let entries = Mutex<[Entry]>([])

    /// - Parameter limit: stretches of a job; a quarter of a kilobyte each.
    init(limit: Int) {
        self.limit = limit
    }

    /// Updates a job's summary and calls a function with it.
    func with<Result>(
        _ job: String, revision: Int, in database: Database, _ body: (CurveSummary) throws -> Result
    ) throws -> Result {
        let entry = entries.withLock { entries in
            let found =
                entries.firstIndex { $0.job == job }.map { entries.remove(at: $0) } ?? Entry(job: job, limit: limit)
            entries.append(found)
            if entries.count > Self.capacity { entries.removeFirst() }
            return found
        }
        // Callers that come while it is made wait for it, rather than making it too.
        return try entry.lock.withLock { _ in
            try entry.summary.update(revision: revision, in: database)
            return try body(entry.summary)
        }
    }
}
