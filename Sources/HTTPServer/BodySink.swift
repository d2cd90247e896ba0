/// Receives a body as it arrives, so that none of it is held in memory.
///
/// Its functions are called on queues, where they may block; `close` possibly during another call.
package protocol BodySink: AnyObject, Sendable {
    /// Whether the bytes of a body that breaks off are written all the same.
    var keepsParts: Bool { get }

    /// - Throws: the problem that becomes the reply; the rest of the body is then thrown away.
    func write(_ bytes: [UInt8]) throws(HTTPProblem)

    /// Ends a body that has arrived whole, and makes it durable.
    func finish() throws(HTTPProblem)

    /// The body for the handler, after `finish`.
    var body: RequestBody { get }

    /// Releases everything: the request has ended, or its body was cut off. It may be called more than once.
    func close()
}
