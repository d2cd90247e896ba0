import CCairo

/// A cairo surface to draw plots on: pixels, or SVG.
final class PlotCanvas {
    /// Red, green, blue and opacity, 0…1 each.
    typealias Colour = (red: Double, green: Double, blue: Double, alpha: Double)

    static let text: Colour = (0.25, 0.25, 0.25, 1)
    private static let grid: Colour = (0.88, 0.88, 0.88, 1)
    private static let border: Colour = (0.4, 0.4, 0.4, 1)

    let width: Int
    let height: Int
    private let surface: OpaquePointer?
    private let context: OpaquePointer?
    /// The SVG that cairo has written so far.
    private let written: Bytes?

    private final class Bytes {
        var bytes: [UInt8] = []
    }

    /// A white canvas.
    ///
    /// - Parameter isVector: whether it is to become SVG rather than pixels.
    init(width: Int, height: Int, isVector: Bool = false) {
        self.width = width
        self.height = height
        if isVector {
            let written = Bytes()
            self.written = written
            surface = cairo_svg_surface_create_for_stream(
                { closure, data, length in
                    guard let closure, let data else { return CAIRO_STATUS_WRITE_ERROR }
                    Unmanaged<Bytes>.fromOpaque(closure).takeUnretainedValue().bytes
                        .append(contentsOf: UnsafeBufferPointer(start: data, count: Int(length)))
                    return CAIRO_STATUS_SUCCESS
                }, Unmanaged.passUnretained(written).toOpaque(), Double(width), Double(height))
        } else {
            written = nil
            surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height))
        }
        context = cairo_create(surface)
        set((1, 1, 1, 1))
        cairo_paint(context)
        cairo_select_font_face(context, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL)
        cairo_set_font_size(context, 11)
    }

    deinit {
        cairo_destroy(context)
        cairo_surface_destroy(surface)
    }

    /// Draws within a frame, clipping what is beyond it.
    func clipped(to frame: PlotFrame, _ body: () -> Void) {
        cairo_save(context)
        cairo_rectangle(context, frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top)
        cairo_clip(context)
        body()
        cairo_restore(context)
    }

    /// Draws a frame with its grid and the labels of both axes.
    func axes(_ frame: PlotFrame) {
        cairo_set_line_width(context, 1)
        for tick in frame.horizontal.ticks {
            self.tick(frame.horizontal.label(tick)) { extents in
                let x = frame.x(tick).rounded() + 0.5
                cairo_move_to(context, x, frame.top)
                cairo_line_to(context, x, frame.bottom + 4)
                return (x - extents.width / 2, frame.bottom + 16)
            }
        }
        for tick in frame.vertical.ticks {
            self.tick(frame.vertical.label(tick)) { extents in
                let y = frame.y(tick).rounded() + 0.5
                cairo_move_to(context, frame.left - 4, y)
                cairo_line_to(context, frame.right, y)
                return (frame.left - 8 - extents.width, y + extents.height / 2)
            }
        }
        set(Self.border)
        cairo_rectangle(
            context, frame.left.rounded() + 0.5, frame.top.rounded() + 0.5, frame.right - frame.left,
            frame.bottom - frame.top)
        cairo_stroke(context)
    }

    /// Draws a line of the grid, whose path `line` adds, and the label at the position that `line` returns.
    private func tick(_ label: String, line: (cairo_text_extents_t) -> (Double, Double)) {
        var extents = cairo_text_extents_t()
        cairo_text_extents(context, label, &extents)
        let place = line(extents)
        set(Self.grid)
        cairo_stroke(context)
        text(label, at: place, Self.text)
    }

    /// Writes text to the right of a position.
    ///
    /// - Returns: where the text ends.
    @discardableResult
    func text(_ text: String, at place: (x: Double, y: Double), _ colour: Colour) -> Double {
        set(colour)
        cairo_move_to(context, place.x, place.y)
        // A NUL would end the text for cairo.
        cairo_show_text(context, text.filter { $0 != "\0" })
        var extents = cairo_text_extents_t()
        cairo_text_extents(context, text, &extents)
        return place.x + extents.x_advance
    }

    /// The width of a text.
    func textWidth(_ text: String) -> Double {
        var extents = cairo_text_extents_t()
        cairo_text_extents(context, text, &extents)
        return extents.x_advance
    }

    /// Draws a filled rectangle.
    func bar(x: Double, y: Double, width: Double, height: Double, _ colour: Colour) {
        set(colour)
        cairo_rectangle(context, x, y, width, height)
        cairo_fill(context)
    }

    /// Draws discs, except those far outside the range of cairo's coordinates.
    func dots(_ places: [(x: Double, y: Double)], radius: Double, _ colour: Colour) {
        set(colour)
        for place in places where Self.isCountable(place) {
            cairo_new_path(context)
            cairo_arc(context, place.x, place.y, radius, 0, 2 * Double.pi)
            cairo_fill(context)
        }
    }

    /// Draws a line through positions, interrupted where one is nil; a position between two gaps becomes a dot.
    func line(_ places: [(x: Double, y: Double)?], width: Double = 1.25, _ colour: Colour) {
        set(colour)
        cairo_set_line_width(context, width)
        cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND)
        cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
        cairo_new_path(context)
        var hasPoint = false
        for place in places {
            guard let place, Self.isCountable(place) else {
                hasPoint = false
                continue
            }
            // A line from a point to itself is drawn as a dot, by its round caps.
            if !hasPoint { cairo_move_to(context, place.x, place.y) }
            cairo_line_to(context, place.x, place.y)
            hasPoint = true
        }
        cairo_stroke(context)
    }

    /// Whether cairo can represent a position: its coordinates are 24.8 fixed point.
    private static func isCountable(_ place: (x: Double, y: Double)) -> Bool {
        abs(place.x) < 10_000 && abs(place.y) < 10_000
    }

    private func set(_ colour: Colour) {
        cairo_set_source_rgba(context, colour.red, colour.green, colour.blue, colour.alpha)
    }

    /// The finished SVG; nothing can be drawn after this.
    func svg() throws(CodecError) -> [UInt8] {
        cairo_surface_finish(surface)
        try check(cairo_surface_status(surface))
        return written?.bytes ?? []
    }

    /// The picture on a canvas of pixels.
    func image() throws(CodecError) -> PixelImage {
        cairo_surface_flush(surface)
        try check(cairo_status(context))
        guard let data = cairo_image_surface_get_data(surface) else {
            throw CodecError(.malformed, "the plot could not be drawn: no memory")
        }
        let stride = Int(cairo_image_surface_get_stride(surface))
        // Pixels have 32 bits in the machine's byte order, the upper 8 unused.
        let source = UnsafeRawPointer(data)
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height * 3)
        for row in 0..<height {
            for column in 0..<width {
                let pixel = source.load(fromByteOffset: row * stride + column * 4, as: UInt32.self)
                pixels.append(UInt8(pixel >> 16 & 255))
                pixels.append(UInt8(pixel >> 8 & 255))
                pixels.append(UInt8(pixel & 255))
            }
        }
        return PixelImage(width: width, height: height, channels: 3, pixels: pixels)
    }

    private func check(_ status: cairo_status_t) throws(CodecError) {
        guard status != CAIRO_STATUS_SUCCESS else { return }
        let reason = cairo_status_to_string(status).map { String(cString: $0) } ?? "no memory"
        throw CodecError(.malformed, "the plot could not be drawn: \(reason)")
    }
}
