import Codecs
import Store

/// A job's curves as the contract shows them, in JSON and CSV.
enum CurveText {
    /// The JSON object, written without a tree of values in between.
    static func json(_ curve: Curve, job: String) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 64 + curve.steps.count * (8 + 12 * curve.series.count))
        writer.beginObject()
        writer.name("job_id")
        writer.value(job)
        writer.name("revision")
        writer.value(curve.revision)
        writer.name("reset")
        writer.value(curve.reset)
        writer.name("step")
        writer.beginArray()
        for step in curve.steps { writer.value(step) }
        writer.endArray()
        writeSeries(of: curve, to: &writer)
        writeSparse(of: curve, to: &writer)
        writer.name("non_finite")
        writer.beginObject()
        for series in curve.series where series.nonFinite > 0 {
            writer.name(series.name)
            writer.value(series.nonFinite)
        }
        writer.endObject()
        writer.name("source_points")
        writer.value(curve.sourcePoints)
        writer.name("downsampled")
        writer.value(curve.downsampled)
        writer.name("last_step")
        if let last = curve.lastStep { writer.value(last) } else { writer.null() }
        writer.endObject()
        return writer.bytes
    }

    private static func writeSeries(of curve: Curve, to writer: inout JSONWriter) {
        writer.name("series")
        writer.beginObject()
        for series in curve.series {
            writer.name(series.name)
            writer.beginArray()
            for value in series.values {
                if let value { writer.value(value) } else { writer.null() }
            }
            writer.endArray()
        }
        writer.endObject()
    }

    private static func writeSparse(of curve: Curve, to writer: inout JSONWriter) {
        writer.name("sparse")
        writer.beginObject()
        for series in curve.sparse {
            writer.name(series.name)
            writer.beginObject()
            writer.name("step")
            writer.beginArray()
            for step in series.steps { writer.value(step) }
            writer.endArray()
            writer.name("value")
            writer.beginArray()
            for value in series.values {
                if let value { writer.value(value) } else { writer.null() }
            }
            writer.endArray()
            writer.endObject()
        }
        writer.endObject()
    }

    /// A header and one row a step; what wasn't finite, or wasn't measured at that step, is an empty field.
    static func csv(_ curve: Curve) -> [UInt8] {
        var text = "step"
        for name in curve.series.map(\.name) + curve.sparse.map(\.name) { text += "," + name }
        text += "\n"
        for row in curve.rows {
            text += String(row.step)
            for series in curve.series { text += field(row.point.flatMap { series.values[$0] }) }
            for series in curve.sparse { text += field(row.evaluation.flatMap { series.values[$0] }) }
            text += "\n"
        }
        return Array(text.utf8)
    }

    private static func field(_ value: Float?) -> String {
        "," + (value?.description ?? "")
    }

    /// One JSON object and a line feed for each step; what wasn't measured there is absent, what wasn't finite null.
    static func lines(_ curve: Curve) -> [UInt8] {
        var bytes: [UInt8] = []
        for row in curve.rows {
            var writer = JSONWriter(reservingCapacity: 64 + 32 * curve.series.count)
            writer.beginObject()
            writer.name("step")
            writer.value(row.step)
            writer.name("wall_time")
            writer.value(row.wallTime)
            if let point = row.point {
                writer.name("samples_seen")
                writer.value(curve.samplesSeen[point])
                for series in curve.series { write(series.name, series.values[point], to: &writer) }
            }
            if let evaluation = row.evaluation {
                for series in curve.sparse { write(series.name, series.values[evaluation], to: &writer) }
            }
            writer.endObject()
            bytes += writer.bytes
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    private static func write(_ name: String, _ value: Float?, to writer: inout JSONWriter) {
        writer.name(name)
        if let value { writer.value(value) } else { writer.null() }
    }

    /// `[[wall_time, step, value], …]` of a curve's one series, as TensorBoard's scalars plugin gives it; what wasn't
    /// finite is left out, for there its readers expect numbers.
    static func tensorBoard(_ curve: Curve) -> [UInt8] {
        let dense = curve.series.first.map { zip(zip(curve.wallTimes, curve.steps), $0.values).map { ($0, $1) } }
        let sparse = curve.sparse.first.map { zip(zip($0.wallTimes, $0.steps), $0.values).map { ($0, $1) } }
        var writer = JSONWriter(reservingCapacity: 48 * curve.steps.count)
        writer.beginArray()
        for case let ((wallTime, step), value?) in dense ?? sparse ?? [] {
            writer.beginArray()
            writer.value(wallTime)
            writer.value(step)
            writer.value(value)
            writer.endArray()
        }
        writer.endArray()
        return writer.bytes
    }
}

extension Curve {
    /// A step at which something was measured.
    struct Row {
        let step: Int
        /// Seconds since 1970, UTC.
        let wallTime: Double
        /// The index of its point, where the step has one.
        let point: Int?
        /// The index of its evaluation, where it has one.
        let evaluation: Int?
    }

    /// All steps in their order, of points and of evaluations.
    var rows: [Row] {
        // All sparse curves have the same steps.
        let evaluated = sparse.first
        var rows: [Row] = []
        rows.reserveCapacity(steps.count + (evaluated?.steps.count ?? 0))
        var (point, evaluation) = (0, 0)
        while point < steps.count || evaluation < evaluated?.steps.count ?? 0 {
            let dense = point < steps.count ? steps[point] : .max
            let sparse = evaluated.flatMap { evaluation < $0.steps.count ? $0.steps[evaluation] : nil } ?? .max
            let wallTime = dense <= sparse ? wallTimes[point] : evaluated?.wallTimes[evaluation] ?? 0
            rows.append(
                Row(
                    step: min(dense, sparse), wallTime: wallTime, point: dense <= sparse ? point : nil,
                    evaluation: sparse <= dense ? evaluation : nil))
            if dense <= sparse { point += 1 }
            if sparse <= dense { evaluation += 1 }
        }
        return rows
    }
}
