internal import Glibc
package import Torch

/// Random changes to images on their way to the discriminator, differentiable once, by the images.
package struct Augmentation {
    /// Numbers in 0..<1 and of N(0, 1) that each image's changes are made of.
    package struct Draws {
        /// `[images × uniformCount]`, image by image.
        let uniform: [Float]
        /// `[images × normalCount]`.
        let normal: [Float]

        package init(uniform: [Float], normal: [Float]) {
            self.uniform = uniform
            self.normal = normal
        }
    }

    let kind: AugmentationSpec.Kind
    private let shape: [Int]

    /// - Parameter shape: of one image, `[channels, height, width]`, 1 or 3 channels.
    package init(kind: AugmentationSpec.Kind, shape: [Int]) {
        self.kind = kind
        self.shape = shape
    }

    /// Uniform numbers that each image takes.
    var uniformCount: Int { kind == .adaptive ? 21 : 7 }
    /// Normal ones.
    var normalCount: Int { kind == .adaptive ? 7 : 0 }

    /// Changes images, each by its own numbers.
    ///
    /// - Parameters:
    ///   - images: `[batch, channels, height, width]` in -1...1.
    ///   - probability: of each change, where it adapts.
    package func apply(to images: Tensor, _ draws: Draws, probability: Double) throws -> Tensor {
        switch kind {
        case .none: images
        case .differentiable: try differentiable(images, draws)
        case .adaptive: try adaptive(images, draws, probability: probability)
        }
    }

    // MARK: DiffAugment, in the order and with the sizes of the paper's code

    /// `[batch, channels, height, width]` to the same shape.
    private func differentiable(_ images: Tensor, _ draws: Draws) throws -> Tensor {
        let count = images.shape[0]
        let numbers = (0..<count).map { Array(draws.uniform[$0 * uniformCount..<($0 + 1) * uniformCount]) }
        var images = images
        if shape[0] > 1 {
            func column(_ index: Int, _ transform: (Float) -> Float) throws -> Tensor {
                try Tensor(numbers.map { transform($0[index]) }, shape: [count, 1, 1, 1]).moved(to: images.device)
            }
            images = try images + column(0) { $0 - 0.5 }
            let grey = try images.mean([1], keepingDimensions: true)
            images = try (images - grey) * column(1) { $0 * 2 } + grey
            let level = try images.mean([1, 2, 3], keepingDimensions: true)
            images = try (images - level) * column(2) { $0 + 0.5 } + level
        }
        let (height, width) = (shape[1], shape[2])
        let maps = numbers.flatMap { numbers -> [Float] in
            let x = Self.integer(numbers[3], in: -Self.share(width, 8)...Self.share(width, 8))
            let y = Self.integer(numbers[4], in: -Self.share(height, 8)...Self.share(height, 8))
            return [1, 0, 2 * Float(x) / Float(width), 0, 1, 2 * Float(y) / Float(height)]
        }
        let shifted = try images.transformed(by: Tensor(maps, shape: [count, 2, 3]).moved(to: images.device))
        return try shifted * cutOuts(numbers).moved(to: images.device)
    }

    /// Ones, and zeros in a rectangle of half the sides, `[batch, 1, height, width]`.
    private func cutOuts(_ numbers: [[Float]]) throws -> Tensor {
        let (height, width) = (shape[1], shape[2])
        var mask = [Float](repeating: 1, count: numbers.count * height * width)
        let (tall, wide) = (Self.share(height, 2), Self.share(width, 2))
        for (image, numbers) in numbers.enumerated() {
            // Centres up to the edge, so that half of it may lie outside.
            let left = Self.integer(numbers[5], in: 0...width - wide % 2) - wide / 2
            let top = Self.integer(numbers[6], in: 0...height - tall % 2) - tall / 2
            for y in max(0, top)..<max(0, min(height, top + tall)) {
                for x in max(0, left)..<max(0, min(width, left + wide)) {
                    mask[(image * height + y) * width + x] = 0
                }
            }
        }
        return try Tensor(mask, shape: [numbers.count, 1, height, width])
    }

    /// A side's n-th part, to the nearest integer.
    private static func share(_ side: Int, _ divisor: Int) -> Int { (2 * side + divisor) / (2 * divisor) }

    private static func integer(_ share: Float, in range: ClosedRange<Int>) -> Int {
        min(range.upperBound, range.lowerBound + Int(Double(share) * Double(range.count)))
    }

    // MARK: ADA, appendix B of the paper, without its filters against aliasing

    /// `[batch, channels, height, width]` to the same shape.
    private func adaptive(_ images: Tensor, _ draws: Draws, probability: Double) throws -> Tensor {
        guard probability > 0 else { return images }
        let count = images.shape[0]
        var maps: [Float] = []
        var colours: [AffineMap3] = []
        for image in 0..<count {
            let uniform = draws.uniform[image * uniformCount..<(image + 1) * uniformCount].map(Double.init)
            let normal = draws.normal[image * normalCount..<(image + 1) * normalCount].map(Double.init)
            maps += geometry(uniform, normal, probability).normalised(width: shape[2], height: shape[1])
            colours.append(colour(uniform, normal, probability))
        }
        let moved = try images.transformed(
            by: Tensor(maps, shape: [count, 2, 3]).moved(to: images.device), mirrored: true)
        guard shape[0] == 3 else {
            // Grey takes the mean of what the colours would become.
            let scale = colours.map { $0.rows.reduce(0) { $0 + $1[0] + $1[1] + $1[2] } / 3 }
            let offset = colours.map { $0.rows.reduce(0) { $0 + $1[3] } / 3 }
            return try moved * Tensor(scale.map(Float.init), shape: [count, 1, 1, 1]).moved(to: images.device)
                + Tensor(offset.map(Float.init), shape: [count, 1, 1, 1]).moved(to: images.device)
        }
        let matrices = colours.flatMap { $0.rows.flatMap { $0.prefix(3).map(Float.init) } }
        let offsets = colours.flatMap { $0.rows.map { Float($0[3]) } }
        let pixels = try moved.reshaped([count, 3, shape[1] * shape[2]])
        let coloured =
            try Tensor(matrices, shape: [count, 3, 3]).moved(to: images.device).matmul(pixels)
            + Tensor(offsets, shape: [count, 3, 1]).moved(to: images.device)
        return try coloured.reshaped([count] + shape)
    }

    /// From a place of the result to a place of the image, in pixels from its middle.
    private func geometry(_ uniform: [Double], _ normal: [Double], _ probability: Double) -> AffineMap2 {
        func holds(_ index: Int) -> Bool { uniform[index] < probability }
        // Two rotations, so that one alone comes as often as anything else.
        func rotates(_ index: Int) -> Bool { uniform[index] < 1 - (1 - probability).squareRoot() }
        let (width, height) = (Double(shape[2]), Double(shape[1]))
        var map = AffineMap2()
        if holds(0), uniform[1] >= 0.5 { map.append(.scaling(-1, 1)) }
        if holds(2) { map.append(.rotation(.pi / 2 * Double(Int(uniform[3] * 4)))) }
        if holds(4) {
            let (x, y) = ((uniform[5] * 2 - 1) * 0.125 * width, (uniform[6] * 2 - 1) * 0.125 * height)
            map.append(.translation(-x.rounded(), -y.rounded()))
        }
        if holds(7) {
            let scale = exp2(normal[0] * 0.2)
            map.append(.scaling(1 / scale, 1 / scale))
        }
        if rotates(8) { map.append(.rotation((uniform[9] * 2 - 1) * .pi)) }
        if holds(10) {
            let scale = exp2(normal[1] * 0.2)
            map.append(.scaling(1 / scale, scale))
        }
        if rotates(11) { map.append(.rotation((uniform[12] * 2 - 1) * .pi)) }
        if holds(13) { map.append(.translation(-normal[2] * 0.125 * width, -normal[3] * 0.125 * height)) }
        return map
    }

    /// From a pixel's colour to another one.
    private func colour(_ uniform: [Double], _ normal: [Double], _ probability: Double) -> AffineMap3 {
        func holds(_ index: Int) -> Bool { uniform[index] < probability }
        var map = AffineMap3()
        if holds(14) { map.shift(by: normal[4] * 0.2) }
        if holds(15) { map.scale(by: exp2(normal[5] * 0.5)) }
        if holds(16), uniform[17] >= 0.5 { map.apply(.alongGrey(-1, across: 1)) }
        guard shape[0] > 1 else { return map }
        if holds(18) { map.apply(.hue(by: (uniform[19] * 2 - 1) * .pi)) }
        if holds(20) { map.apply(.alongGrey(1, across: exp2(normal[6]))) }
        return map
    }
}

/// An affine map of the plane: rows of `[a, b, c; d, e, f]`.
private struct AffineMap2 {
    private var (a, b, c) = (1.0, 0.0, 0.0)
    private var (d, e, f) = (0.0, 1.0, 0.0)

    static func scaling(_ x: Double, _ y: Double) -> AffineMap2 {
        var map = AffineMap2()
        (map.a, map.e) = (x, y)
        return map
    }

    static func rotation(_ angle: Double) -> AffineMap2 {
        var map = AffineMap2()
        (map.a, map.b, map.d, map.e) = (cos(angle), sin(angle), -sin(angle), cos(angle))
        return map
    }

    static func translation(_ x: Double, _ y: Double) -> AffineMap2 {
        var map = AffineMap2()
        (map.c, map.f) = (x, y)
        return map
    }

    /// Runs another map before this one.
    mutating func append(_ other: AffineMap2) {
        let before = self
        a = before.a * other.a + before.b * other.d
        b = before.a * other.b + before.b * other.e
        c = before.a * other.c + before.b * other.f + before.c
        d = before.d * other.a + before.e * other.d
        e = before.d * other.b + before.e * other.e
        f = before.d * other.c + before.e * other.f + before.f
    }

    /// The same for places from -1 to 1, row by row.
    func normalised(width: Int, height: Int) -> [Float] {
        let ratio = Double(height) / Double(width)
        return [a, b * ratio, 2 * c / Double(width), d / ratio, e, 2 * f / Double(height)].map(Float.init)
    }
}

/// An affine map of colours: three rows of four.
private struct AffineMap3 {
    private(set) var rows: [[Double]] = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]

    mutating func shift(by offset: Double) {
        for row in rows.indices { rows[row][3] += offset }
    }

    mutating func scale(by factor: Double) {
        for row in rows.indices { rows[row] = rows[row].map { $0 * factor } }
    }

    /// Runs a linear map after this one.
    mutating func apply(_ matrix: Matrix) {
        let before = rows
        for row in rows.indices {
            for column in 0..<4 {
                rows[row][column] = (0..<3).reduce(0) { $0 + matrix.rows[row][$1] * before[$1][column] }
            }
        }
    }

    struct Matrix {
        let rows: [[Double]]

        /// One factor for the part of a colour along the grey axis, another for the rest.
        static func alongGrey(_ along: Double, across: Double) -> Matrix {
            Matrix(
                rows: (0..<3).map { row in
                    (0..<3).map { column in (along - across) / 3 + (row == column ? across : 0) }
                })
        }

        /// A rotation about the grey axis (Rodrigues).
        static func hue(by angle: Double) -> Matrix {
            let (cosine, part) = (cos(angle), (1 - cos(angle)) / 3)
            let side = sin(angle) / 3.0.squareRoot()
            return Matrix(rows: [
                [cosine + part, part - side, part + side], [part + side, cosine + part, part - side],
                [part - side, part + side, cosine + part],
            ])
        }
    }
}
