import Codecs
import Glibc

/// The process's environment.
enum ProcessEnvironment {
    static var variables: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let line = String(cString: text)
            if let equals = line.firstIndex(of: "=") {
                variables[String(line[..<equals])] = String(line[line.index(after: equals)...])
            }
            entry += 1
        }
        return variables
    }
}

/// The processors that this process may use: the smallest of what is online, what its affinity allows and what its
/// cgroup grants.
enum ProcessorCount {
    static var usable: Int {
        let allowed = affinity ?? sysconf(Int32(_SC_NPROCESSORS_ONLN))
        return max(1, min(allowed, cgroupQuota ?? allowed))
    }

    /// The processors in `Cpus_allowed` of `/proc/self/status`, a mask in hexadecimal with commas (proc(5)).
    private static var affinity: Int? {
        guard let bytes = try? ReadableFile(path: "/proc/self/status").prefix(16_384) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("Cpus_allowed:") }) else { return nil }
        let count = line.dropFirst("Cpus_allowed:".count).reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount }
        return count > 0 ? count : nil
    }

    /// cgroup v2's `cpu.max`, "QUOTA PERIOD" in microseconds, rounded up; nil where there is no limit.
    private static var cgroupQuota: Int? {
        guard let bytes = try? ReadableFile(path: "/sys/fs/cgroup/cpu.max").prefix(4096) else { return nil }
        let numbers = String(decoding: bytes, as: UTF8.self).split { $0.isWhitespace }.map { Int($0) }
        guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], period > 0 else { return nil }
        return (quota + period - 1) / period
    }
}

/// The memory that this process may use.
enum MachineMemory {
    /// Four fifths of the machine's memory or of the cgroup's limit, in bytes: the rest is left to replies and the
    /// system.
    static var usableBytes: Int {
        let physical = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        return max(1 << 28, min(physical, cgroupLimit ?? physical) / 5 * 4)
    }

    /// cgroup v2's `memory.max`; nil where there is none or it says `max`.
    private static var cgroupLimit: Int? {
        guard let bytes = try? ReadableFile(path: "/sys/fs/cgroup/memory.max").prefix(64) else { return nil }
        return Int(String(decoding: bytes, as: UTF8.self).filter(\.isNumber))
    }
}
