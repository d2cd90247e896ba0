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
        // All sparse curves have the same steps.
        let evaluated = curve.sparse.first?.steps ?? []
        var (row, evaluation) = (0, 0)
        while row < curve.steps.count || evaluation < evaluated.count {
            let dense = row < curve.steps.count ? curve.steps[row] : .max
            let sparse = evaluation < evaluated.count ? evaluated[evaluation] : .max
            text += String(min(dense, sparse))
            for series in curve.series { text += field(dense <= sparse ? series.values[row] : nil) }
            for series in curve.sparse { text += field(sparse <= dense ? series.values[evaluation] : nil) }
            text += "\n"
            if dense <= sparse { row += 1 }
            if sparse <= dense { evaluation += 1 }
        }
        return Array(text.utf8)
    }

    private static func field(_ value: Float?) -> String {
        "," + (value?.description ?? "")
    }
}
