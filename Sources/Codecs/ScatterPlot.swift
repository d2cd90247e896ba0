import CCairo

/// Points in the plane as a picture, by cairo.
package enum ScatterPlot {
    /// Draws generated points over real ones, with axes over the range of the real ones.
    ///
    /// Real points are grey, generated ones orange; both are translucent, so that density shows. Points that aren't
    /// finite are left out, and those far outside are cut off at the frame.
    ///
    /// - Parameters:
    ///   - real: x and y; may be empty, then the generated points set the range.
    ///   - width, height: pixels, held to 64…4,096.
    package static func draw(
        real: [(Float, Float)], generated: [(Float, Float)], width: Int = 640, height: Int = 640
    ) throws(CodecError) -> PixelImage {
        let width = min(max(width, 64), 4_096)
        let height = min(max(height, 64), 4_096)
        let real = real.filter { $0.0.isFinite && $0.1.isFinite }
        let generated = generated.filter { $0.0.isFinite && $0.1.isFinite }
        let reference = real.isEmpty ? generated : real
        let frame = PlotFrame(
            horizontal: PlotAxis(covering: reference.map { Double($0.0) }),
            vertical: PlotAxis(covering: reference.map { Double($0.1) }), width: Double(width), height: Double(height))
        let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height))
        defer { cairo_surface_destroy(surface) }
        let context = cairo_create(surface)
        defer { cairo_destroy(context) }
        cairo_set_source_rgb(context, 1, 1, 1)
        cairo_paint(context)
        drawAxes(frame, context)
        cairo_rectangle(context, frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top)
        cairo_clip(context)
        drawPoints(real, frame, context) { cairo_set_source_rgba(context, 0.35, 0.37, 0.40, 0.45) }
        drawPoints(generated, frame, context) { cairo_set_source_rgba(context, 0.90, 0.35, 0.05, 0.65) }
        cairo_surface_flush(surface)
        let status = cairo_status(context)
        guard status == CAIRO_STATUS_SUCCESS, let data = cairo_image_surface_get_data(surface) else {
            let reason = cairo_status_to_string(status).map { String(cString: $0) } ?? "no memory"
            throw CodecError(.malformed, "the plot could not be drawn: \(reason)")
        }
        return image(
            UnsafeRawPointer(data), stride: Int(cairo_image_surface_get_stride(surface)), width: width, height: height)
    }

    private static func drawPoints(
        _ points: [(Float, Float)], _ frame: PlotFrame, _ context: OpaquePointer?, colour: () -> Void
    ) {
        colour()
        let radius = points.count > 2_000 ? 1.5 : 2.5
        for (x, y) in points {
            // cairo's coordinates are 24.8 fixed point, so what is far outside must not reach it.
            let place = (frame.x(Double(x)), frame.y(Double(y)))
            guard abs(place.0) < 10_000, abs(place.1) < 10_000 else { continue }
            cairo_new_path(context)
            cairo_arc(context, place.0, place.1, radius, 0, 2 * Double.pi)
            cairo_fill(context)
        }
    }

    private static func drawAxes(_ frame: PlotFrame, _ context: OpaquePointer?) {
        cairo_set_line_width(context, 1)
        cairo_select_font_face(context, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL)
        cairo_set_font_size(context, 11)
        for tick in frame.horizontal.ticks {
            drawTick(frame.horizontal.label(tick), context) { extents in
                let x = frame.x(tick).rounded() + 0.5
                cairo_move_to(context, x, frame.top)
                cairo_line_to(context, x, frame.bottom + 4)
                return (x - extents.width / 2, frame.bottom + 16)
            }
        }
        for tick in frame.vertical.ticks {
            drawTick(frame.vertical.label(tick), context) { extents in
                let y = frame.y(tick).rounded() + 0.5
                cairo_move_to(context, frame.left - 4, y)
                cairo_line_to(context, frame.right, y)
                return (frame.left - 8 - extents.width, y + extents.height / 2)
            }
        }
        cairo_set_source_rgb(context, 0.4, 0.4, 0.4)
        cairo_rectangle(
            context, frame.left.rounded() + 0.5, frame.top.rounded() + 0.5, frame.right - frame.left,
            frame.bottom - frame.top)
        cairo_stroke(context)
    }

    /// A line of the grid, whose path `line` lays, and the label at the place that it gives back.
    private static func drawTick(
        _ label: String, _ context: OpaquePointer?, line: (cairo_text_extents_t) -> (Double, Double)
    ) {
        var extents = cairo_text_extents_t()
        cairo_text_extents(context, label, &extents)
        let place = line(extents)
        cairo_set_source_rgb(context, 0.88, 0.88, 0.88)
        cairo_stroke(context)
        cairo_set_source_rgb(context, 0.25, 0.25, 0.25)
        cairo_move_to(context, place.0, place.1)
        cairo_show_text(context, label)
    }

    /// Takes the pixels out of cairo's, 32 bits each in the machine's order, the upper 8 unused.
    private static func image(_ data: UnsafeRawPointer, stride: Int, width: Int, height: Int) -> PixelImage {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height * 3)
        for row in 0..<height {
            for column in 0..<width {
                let pixel = data.load(fromByteOffset: row * stride + column * 4, as: UInt32.self)
                pixels.append(UInt8(pixel >> 16 & 255))
                pixels.append(UInt8(pixel >> 8 & 255))
                pixels.append(UInt8(pixel & 255))
            }
        }
        return PixelImage(width: width, height: height, channels: 3, pixels: pixels)
    }
}
