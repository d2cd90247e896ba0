import HTTPServer
import Logging
import Store

extension RequestLog {
    /// Writes a line for each request, like a logger's with the message `request`.
    init(level: SharedLogLevel, output: LogOutput) {
        self.init(
            takes: { $0 >= level.value },
            write: { requests in
                let time = WallClock.system.now().rfc3339
                output.write(requests.map { LogLine($0, at: time) })
            })
    }
}

extension LogLine {
    fileprivate init(_ request: CompletedRequest, at time: String) {
        let target = request.target
        let shortTarget = target.utf8.count <= 512 ? target : String(target.prefix(512))
        var data: [(key: String, value: Logger.Metadata.Value)] = [
            ("client", .string(request.client)), ("end", .string(request.end.rawValue)),
            ("method", .string(request.method)),
            ("milliseconds", .string(String((request.duration / .microseconds(1)).rounded(.down) / 1000))),
            ("received_bytes", .string(String(request.receivedBytes))), ("request_id", .string(request.requestID)),
            ("route", .string(request.route ?? "-")), ("status", .string(String(request.status))),
            ("target", .string(shortTarget)),
        ]
        if let traceID = request.traceID { data.append(("trace_id", .string(traceID))) }
        self.init(time: time, level: request.level, message: "request", data: data)
    }
}
