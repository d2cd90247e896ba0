package import Codecs
import Glibc

/// Handwritten-like digits, 28×28 grey pixels, light ink on black as MNIST has them.
///
/// Each is drawn by pen strokes with jittered points, under a random affine map (width, slant, rotation, size, shift),
/// with a random pen width and a little noise. Digit i depends on (seed, i) only.
package enum DigitDrawing {
    /// Pixels along each side.
    package static let side = 28

    /// Digit `index` of the set with this `seed`: its class (`index` mod 10, so that classes are balanced) and its
    /// image.
    package static func draw(_ index: Int, seed: UInt64) -> (digit: Int, image: PixelImage) {
        let digit = index % 10
        var random = RandomStream(seed: seed, lane: UInt64(index))
        let glyphs = DigitStrokes.glyphs(of: digit)
        let glyph = glyphs[random.index(below: glyphs.count)]
        let segments = segments(of: glyph, random: &random)
        return (digit, image(of: segments, random: &random))
    }

    private typealias Point = DigitStrokes.Point
    private typealias Segment = (from: Point, to: Point)

    /// The glyph's strokes as short straight lines in pixels.
    private static func segments(of glyph: DigitStrokes.Glyph, random: inout RandomStream) -> [Segment] {
        let map = AffineMap.random(&random)
        // Where two strokes meet, the joint must move as one point, so the jitter belongs to the position.
        var trembles: [(place: Point, moved: Point)] = []
        var segments: [Segment] = []
        for stroke in glyph {
            let trembled = stroke.map { point -> Point in
                if let known = trembles.first(where: { $0.place == point }) { return known.moved }
                let moved = (
                    x: point.x + random.normal(standardDeviation: 0.025),
                    y: point.y + random.normal(standardDeviation: 0.025)
                )
                trembles.append((place: point, moved: moved))
                return moved
            }
            let curve = smoothCurve(through: trembled).map(map.apply)
            for index in curve.indices.dropFirst() {
                segments.append((from: curve[index - 1], to: curve[index]))
            }
        }
        return segments
    }

    /// A Catmull-Rom spline through `points`, five lines for each span (Catmull and Rom 1974, uniform, tension ½).
    private static func smoothCurve(through points: [Point]) -> [Point] {
        let linesPerSpan = 5
        var curve: [Point] = []
        for span in points.indices.dropLast() {
            let first = points[max(span - 1, 0)]
            let second = points[span]
            let third = points[span + 1]
            let fourth = points[min(span + 2, points.count - 1)]
            for line in 0..<linesPerSpan {
                let t = Double(line) / Double(linesPerSpan)
                curve.append(
                    (
                        x: catmullRom(first.x, second.x, third.x, fourth.x, at: t),
                        y: catmullRom(first.y, second.y, third.y, fourth.y, at: t)
                    ))
            }
        }
        if let last = points.last { curve.append(last) }
        return curve
    }

    private static func catmullRom(_ a: Double, _ b: Double, _ c: Double, _ d: Double, at t: Double) -> Double {
        let linear = (c - a) * t
        let quadratic = (2 * a - 5 * b + 4 * c - d) * t * t
        let cubic = (3 * b - a - 3 * c + d) * t * t * t
        return b + (linear + quadratic + cubic) / 2
    }

    /// Computes the ink from the distance of each pixel's centre to the pen's path.
    private static func image(of segments: [Segment], random: inout RandomStream) -> PixelImage {
        let penRadius = random.uniform(in: 0.7...1.5)
        let ink = random.uniform(in: 215...255)
        let noise = random.uniform(in: 1...6)
        var pixels = [UInt8](repeating: 0, count: side * side)
        for y in 0..<side {
            for x in 0..<side {
                let centre = (x: Double(x) + 0.5, y: Double(y) + 0.5)
                var nearest = Double.infinity
                for segment in segments {
                    nearest = min(nearest, squaredDistance(of: centre, from: segment))
                }
                let cover = min(max(penRadius + 0.6 - nearest.squareRoot(), 0), 1.2) / 1.2
                let value = ink * cover + random.normal(standardDeviation: noise)
                pixels[y * side + x] = UInt8(min(max(value, 0), 255))
            }
        }
        return PixelImage(width: side, height: side, channels: 1, pixels: pixels)
    }

    private static func squaredDistance(of point: Point, from segment: Segment) -> Double {
        let along = (x: segment.to.x - segment.from.x, y: segment.to.y - segment.from.y)
        let towards = (x: point.x - segment.from.x, y: point.y - segment.from.y)
        let length = along.x * along.x + along.y * along.y
        let share = length > 0 ? min(max((towards.x * along.x + towards.y * along.y) / length, 0), 1) : 0
        let gap = (x: towards.x - share * along.x, y: towards.y - share * along.y)
        return gap.x * gap.x + gap.y * gap.y
    }
}

/// A linear map of the unit box onto pixels, with a shift.
private struct AffineMap {
    private let xx, xy, yx, yy, shiftX, shiftY: Double

    /// A map onto a box of about 20 pixels in the image's middle, as MNIST's digits fill.
    static func random(_ random: inout RandomStream) -> AffineMap {
        let height = 20 * random.uniform(in: 0.88...1.05)
        let width = height * random.uniform(in: 0.6...0.88)
        let slant = min(max(random.normal(standardDeviation: 0.16) + 0.12, -0.3), 0.5)
        let turn = min(max(random.normal(standardDeviation: 0.1), -0.26), 0.26)
        let centre = Double(DigitDrawing.side) / 2
        return AffineMap(
            xx: width * cos(turn), xy: -height * (slant * cos(turn) + sin(turn)),
            yx: width * sin(turn), yy: height * (cos(turn) - slant * sin(turn)),
            shiftX: centre + min(max(random.normal(standardDeviation: 0.7), -1.5), 1.5),
            shiftY: centre + min(max(random.normal(standardDeviation: 0.7), -1.5), 1.5))
    }

    private init(xx: Double, xy: Double, yx: Double, yy: Double, shiftX: Double, shiftY: Double) {
        self.xx = xx
        self.xy = xy
        self.yx = yx
        self.yy = yy
        self.shiftX = shiftX
        self.shiftY = shiftY
    }

    func apply(_ point: DigitStrokes.Point) -> DigitStrokes.Point {
        let fromCentre = (x: point.x - 0.5, y: point.y - 0.5)
        return (
            x: xx * fromCentre.x + xy * fromCentre.y + shiftX,
            y: yx * fromCentre.x + yy * fromCentre.y + shiftY
        )
    }
}
