import Codecs
import Glibc

/// What the system says of this process, by the names that Prometheus's client libraries use.
package struct ProcessFigures: Sendable {
    /// Bytes of memory that are resident.
    package let residentBytes: Int?

    /// Bytes of address space.
    package let virtualBytes: Int?

    /// Seconds of processor time, user and system.
    package let processorSeconds: Double?

    /// Descriptors open.
    package let openDescriptors: Int?

    package let threads: Int?

    /// The figures now, from `/proc/self`; what cannot be read is nil.
    package static var current: ProcessFigures {
        let status = procFile("stat")
        // The command's name, in parentheses, may hold spaces: fields are counted after it (proc(5)).
        let fields = status.flatMap { text in text.lastIndex(of: ")").map { text[$0...].split(separator: " ") } } ?? []
        func field(_ number: Int) -> Int? {
            let index = number - 2
            return fields.indices.contains(index) ? Int(fields[index]) : nil
        }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        var processorSeconds: Double?
        if let user = field(14), let system = field(15), ticks > 0 {
            processorSeconds = Double(user + system) / ticks
        }
        return ProcessFigures(
            residentBytes: field(24).map { $0 * sysconf(Int32(_SC_PAGESIZE)) }, virtualBytes: field(23),
            processorSeconds: processorSeconds, openDescriptors: openDescriptorCount, threads: field(20))
    }

    package func write(to text: inout PrometheusText) {
        let families: [(String, PrometheusText.Kind, String, Double?)] = [
            ("process_resident_memory_bytes", .gauge, "Resident memory.", residentBytes.map(Double.init)),
            ("process_virtual_memory_bytes", .gauge, "Address space.", virtualBytes.map(Double.init)),
            ("process_cpu_seconds_total", .counter, "Processor time, user and system.", processorSeconds),
            ("process_open_fds", .gauge, "Open descriptors.", openDescriptors.map(Double.init)),
            ("process_threads", .gauge, "Threads.", threads.map(Double.init)),
        ]
        for case let (name, kind, help, value?) in families { text.single(name, kind, help, value) }
    }

    private static func procFile(_ name: String) -> String? {
        (try? ReadableFile(path: "/proc/self/\(name)").prefix(4096)).map { String(decoding: $0, as: UTF8.self) }
    }

    private static var openDescriptorCount: Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without ".", ".." and the folder's own descriptor.
        return count - 3
    }
}
