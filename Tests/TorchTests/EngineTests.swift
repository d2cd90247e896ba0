import Foundation
import Testing
import Torch

// Counts belong to the process, which other tests share: what needs exact ones runs in a process of its own.
struct EngineTests {
    @Test("The libtorch that was loaded is the one the program was built for")
    func versions() throws {
        try Engine.checkVersions()
        #expect(Engine.version.hasPrefix("2."))
        #expect(Engine.abiVersion == 1)
        #expect(!Engine.cpuCapability.isEmpty)
    }

    @Test("The thread count belongs to the calling thread")
    func threads() async throws {
        await confirmation(expectedCount: 2) { confirmed in
            for count in [1, 2] {
                await withCheckedContinuation { continuation in
                    Thread.detachNewThread {
                        try? Engine.setThreads(count)
                        if Engine.threads == count { confirmed() }
                        continuation.resume()
                    }
                }
            }
        }
    }

    @Test("A thread's first look at its count isn't at what another one has set since")
    func countsOfNewThreads() async throws {
        await confirmation { confirmed in
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    try? Engine.setThreads(2)
                    let hasSet = DispatchSemaphore(value: 0)
                    Thread.detachNewThread {
                        try? Engine.setThreads(3)
                        hasSet.signal()
                    }
                    hasSet.wait()
                    if Engine.threads == 2 { confirmed() }
                    continuation.resume()
                }
            }
        }
    }

    @Test("Work that keeps nothing leaves no tensor and no block behind, also after errors")
    func nothingLeaks() async {
        await #expect(processExitsWith: .success) {
            func work() throws {
                let generator = try RandomSource(seed: 1)
                let weight = try Tensor.normal([16, 3, 3, 3], generator: generator).requiringGradient()
                let images = try Tensor.normal([4, 3, 8, 8], generator: generator).requiringGradient()
                let output = try images.convolution2d(weight: weight).activatedInPlace(.relu)
                let slopes: [Tensor] = try gradients(of: [output.sum()], with: [images], createGraph: true)
                let second: [Tensor] = try gradients(of: [slopes[0].squared().sum()], with: [weight])
                _ = try ParameterUpdates.norm(of: second)
                _ = try? images.matmul(weight)
                _ = try? Tensor([1] as [Float], shape: [2])
                let unused: [Tensor?]? = try? gradients(of: [images.sum()], with: [weight], allowUnused: true)
                precondition(unused.map { $0.allSatisfy { $0 == nil } } ?? false)
            }
            try Engine.setThreads(1)
            try work()
            let tensors = Engine.liveTensorCount
            let bytes = Engine.memory.liveBytes
            for _ in 0..<20 { try work() }
            precondition(tensors == 0)
            precondition(Engine.liveTensorCount == 0)
            precondition(Engine.memory.liveBytes == bytes)
        }
    }

    @Test("A tensor is counted for as long as it lives")
    func liveCount() async {
        await #expect(processExitsWith: .success) {
            var tensors = try (0..<10).map { _ in try Tensor.zeros([2]) }
            precondition(Engine.liveTensorCount == 10)
            tensors.removeLast(4)
            precondition(Engine.liveTensorCount == 6)
            tensors = []
            precondition(Engine.liveTensorCount == 0)
        }
    }

    @Test("Freed blocks are handed out again, kept within a bound, and given back on demand")
    func cache() async {
        await #expect(processExitsWith: .success) {
            func allocate(_ megabytes: Int) throws { _ = try Tensor.empty([megabytes << 20], dtype: .uint8) }
            try allocate(16)
            let first = Engine.memory
            try allocate(16)
            let second = Engine.memory
            precondition(second.requests > first.requests)
            precondition(second.requestsFromCache > first.requestsFromCache)
            precondition(second.cachedBytes == first.cachedBytes)
            precondition(second.peakLiveBytes >= 16 << 20)

            precondition(Engine.trimMemory() > 0)
            precondition(Engine.memory.cachedBytes == 0 && Engine.memory.cachedBlocks == 0)
        }
    }

    @Test("Elements lie at multiples of 64 bytes", arguments: [1, 3, 100, 5000, 1 << 20, 9 << 20])
    func alignment(_ count: Int) throws {
        let tensor = try Tensor.empty([count], dtype: .uint8)
        try tensor.withBytes { bytes in
            #expect(Int(bitPattern: bytes.baseAddress) % 64 == 0)
        }
    }

    @Test("Factors for other outputs than there are, are a mistake in the program")
    func missingSeeds() async {
        await #expect(processExitsWith: .failure) {
            let leaf = try Tensor.zeros([1]).requiringGradient()
            let _: [Tensor] = try gradients(of: [leaf * 2], with: [leaf], gradOutputs: [])
        }
    }

    @Test("So are sources for other destinations, and gradients for other parameters")
    func missingPartners() async {
        await #expect(processExitsWith: .failure) {
            try Tensor.copy(from: [], into: [Tensor.zeros([1])])
        }
        await #expect(processExitsWith: .failure) {
            try ParameterUpdates.average([Tensor.zeros([1])], towards: [], decay: 0.5)
        }
        await #expect(processExitsWith: .failure) {
            try ParameterUpdates.sgd(
                parameters: [Tensor.zeros([1])], gradients: [], momenta: nil, isFirst: true, learningRate: 1,
                momentum: 0, dampening: 0, weightDecay: 0, nesterov: false)
        }
        await #expect(processExitsWith: .failure) {
            try ParameterUpdates.adam(
                parameters: [Tensor.zeros([1])], gradients: [], firstMoments: [], secondMoments: [], step: 1,
                learningRate: 1, beta1: 0, beta2: 0, epsilon: 1, weightDecay: 0)
        }
    }
}
