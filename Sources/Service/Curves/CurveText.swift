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
        // Everything measured today is measured at every step.
        writer.name("sparse")
        writer.beginObject()
        writer.endObject()
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

    /// A header and one row a step; a value that wasn't finite is an empty field.
    static func csv(_ curve: Curve) -> [UInt8] {
        var text = "step"
        for series in curve.series { text += "," + series.name }
        text += "\n"
        for (row, step) in curve.steps.enumerated() {
            text += String(step)
            for series in curve.series {
                text += ","
                if let value = series.values[row] { text += value.description }
            }
            text += "\n"
        }
        return Array(text.utf8)
    }
}
