/// Takes a body in as it comes, so that none of it is held in memory.
///
/// All of it is called on queues, where it may block; `close` maybe while another call is under way.
package protocol BodySink: AnyObject, Sendable {
    /// Whether what has come is worth writing where the rest never does.
    var keepsParts: Bool { get }

    /// - Throws: What the client is told; the rest of the body then goes nowhere.
    func write(_ bytes: [UInt8]) throws(HTTPProblem)

    /// All of it has come; makes it durable.
    func finish() throws(HTTPProblem)

    /// What the handler gets after that.
    var body: RequestBody { get }

    /// The request has ended, or its body was cut off. Can be called again.
    func close()
}
