import CTorch

/// The tensor engine as a whole: libtorch's version, threads and memory.
package enum Engine {
    /// Version of libtorch, such as `2.13.0`.
    package static var version: String { String(cString: gt_library_version()) }

    /// Version of the C interface between this module and libtorch.
    package static var abiVersion: Int { Int(gt_abi_version()) }

    /// Instruction set that libtorch's own kernels use on this machine, such as `AVX512`.
    package static var cpuCapability: String { String(cString: gt_cpu_capability()) }

    /// Checks that the shim and the libtorch that was loaded are those this program was built for.
    ///
    /// To be called once at start: another libtorch of the same file name would fail later and obscurely.
    /// - Throws: `EngineError` that names both versions.
    package static func checkVersions() throws(EngineError) {
        guard gt_abi_version() == GT_ABI_VERSION else {
            throw EngineError(
                cause: .internal, operation: "check of the shim's version",
                detail: "the shim has version \(gt_abi_version()), the program needs \(GT_ABI_VERSION)")
        }
        try check(gt_check_library())
    }

    /// Sets how many threads an operation may use.
    ///
    /// The count belongs to the calling thread (OpenMP's and MKL's are thread-local): a worker sets its own before its
    /// first operation, and a thread that never did uses what any thread set last. Results are the same bit for bit
    /// from run to run only at a fixed count.
    /// - Parameter count: 1 or more.
    package static func setThreads(_ count: Int) throws(EngineError) {
        try check(gt_set_thread_count(Int32(clamping: count)))
    }

    /// Runs something whose operations may use a number of threads, and sets the calling thread's own again.
    package static func withThreads<Result>(_ count: Int, _ body: () throws -> Result) throws -> Result {
        let before = threads
        try setThreads(count)
        let result = Swift.Result(catching: body)
        try setThreads(before)
        return try result.get()
    }

    /// How many threads an operation called from this thread may use.
    package static var threads: Int { Int(gt_thread_count()) }

    /// Chooses what multiplies the matrices of linear layers and perceptrons on the CPU.
    ///
    /// The choice belongs to the calling thread, like the number of threads, and results are the same bit for bit only with the
    /// same one.
    package static func setMatrixProduct(_ product: MatrixProduct) {
        gt_set_matrix_product(product.code)
    }

    /// The libraries that libtorch has on this machine, at least one.
    package static var matrixProducts: [MatrixProduct] {
        MatrixProduct.allCases.filter { gt_has_matrix_product($0.code) }
    }

    /// Number of `Tensor` objects alive in the process.
    ///
    /// A piece of work that leaks nothing leaves it as it was.
    package static var liveTensorCount: Int { Int(gt_live_tensor_count()) }

    /// What the CPU allocator holds.
    package static var memory: MemoryStatistics { MemoryStatistics(gt_memory()) }

    /// Gives the blocks that are kept for reuse, and the free pages of the heap, back to the system, as befits the end of a job.
    ///
    /// - Returns: the blocks' bytes.
    @discardableResult
    package static func trimMemory() -> Int { gt_trim_memory() }
}

/// A library that multiplies matrices of `float32` on the CPU.
///
/// On AMD's processors oneDNN was measured at twice the rate of MKL, which leaves their AVX-512 unused.
package enum MatrixProduct: String, Sendable, CaseIterable {
    /// oneDNN for products large enough, BLAS for others.
    case oneDNN = "onednn"
    /// BLAS, MKL on x86-64.
    case blas

    fileprivate var code: gt_matrix_product {
        switch self {
        case .blas: .blas
        case .oneDNN: .oneDNN
        }
    }
}

/// Figures of the CPU allocator; bytes are those of whole blocks, a quarter at most above what was asked for.
package struct MemoryStatistics: Sendable, Equatable {
    /// Bytes in use by tensors.
    package let liveBytes: Int
    package let liveBlocks: Int
    /// The most bytes that were ever in use at once.
    package let peakLiveBytes: Int
    /// Bytes kept for reuse.
    package let cachedBytes: Int
    package let cachedBlocks: Int
    /// Blocks asked for since the process started.
    package let requests: Int
    /// Those of them that were served without asking the system.
    package let requestsFromCache: Int

    init(_ figures: gt_memory_statistics) {
        liveBytes = Int(figures.live_bytes)
        liveBlocks = Int(figures.live_blocks)
        peakLiveBytes = Int(figures.peak_live_bytes)
        cachedBytes = Int(figures.cached_bytes)
        cachedBlocks = Int(figures.cached_blocks)
        requests = Int(figures.requests)
        requestsFromCache = Int(figures.requests_from_cache)
    }
}
