import Synchronization

/// What identifies a request, read from its head before anything is decided.
struct RequestIdentity {
    var method = HTTPMethod(rawValue: "")
    /// The client's id for the request, or one made here.
    var requestID = ""
    var traceID: String?
    /// The `Origin` field.
    var origin: String?
}

/// What a request's head leads to, decided before a byte of its body is read.
struct Admission {
    /// The request without its body; nil where its target is malformed.
    var request: HTTPRequest?
    /// Where the method and path lead, as far as that was decided before a problem.
    var match = Router.Match.notFound
    /// The name under which the request counts against its client's limits until it ends; nil where it doesn't count.
    var limitedClient: String?
    /// What is done with the body, or the problem that is the reply.
    var plan: Result<BodyPlan, HTTPProblem>
}

extension ServerCore {
    /// Decides on a head that the filter has accepted.
    ///
    /// Where `limitedClient` is set, `limiter.leave` must be called at the request's end.
    ///
    /// - Parameters:
    ///   - target: the raw request target.
    ///   - address: the client's address.
    func admission(
        of head: RequestHead, target: String, _ identity: RequestIdentity, address: String
    ) -> Admission {
        var admission = Admission(plan: .failure(.internalError))
        do throws(HTTPProblem) {
            admission.plan = .success(try admit(head, target, identity, address, &admission))
        } catch {
            admission.plan = .failure(error)
        }
        return admission
    }

    private func admit(
        _ head: RequestHead, _ raw: String, _ identity: RequestIdentity, _ address: String,
        _ admission: inout Admission
    ) throws(HTTPProblem) -> BodyPlan {
        if isRefusing.load(ordering: .relaxed) { throw .stopping }
        let target = try RequestTarget(raw)
        var request = HTTPRequest(
            method: head.method, raw: raw, target: target, headers: head.headers, body: .none,
            requestID: identity.requestID)
        request.traceID = identity.traceID
        admission.request = request
        let isWelcome = configuration.crossOrigin.allows(identity.origin)
        try hostCheck?.check(
            host: target.authority ?? head.headers["Host"], origin: isWelcome ? nil : identity.origin)
        admission.match = router.match(head.method, target.path)
        let route = router.route(of: admission.match)
        if let problem = configuration.admission?(request, route) { throw problem }
        switch admission.match {
        case .notFound: throw .notFound
        case .methodNotAllowed(let allow): throw .methodNotAllowed(head.method, allow: allow)
        case .options: return .discard(maximum: configuration.discardLimit)
        case .route(let index, _):
            let route = router.routes[index]
            admission.limitedClient = try enterLimit(request, route, address: address)
            return try plan(route.body, for: head.body)
        }
    }

    /// Counts a request against its client's limits.
    ///
    /// - Returns: the name under which it was counted, for `limiter.leave`; nil where it doesn't count.
    /// - Throws: `HTTPProblem` with 429.
    func enterLimit(_ request: HTTPRequest, _ route: Route, address: String) throws(HTTPProblem) -> String? {
        guard let limiter, route.execution != .inline else { return nil }
        let client = configuration.identify?(request) ?? address
        try limiter.enter(client, at: MonotonicTime.now())
        return client
    }

    private func plan(_ policy: BodyPolicy, for head: BodyHead) throws(HTTPProblem) -> BodyPlan {
        let plan = try BodyPlan(policy, for: head, discardLimit: configuration.discardLimit)
        if case .upload(_, let folder, _) = plan, let free = configuration.uploadStorage.freeBytes(folder),
            free < (head.length ?? 0)
        {
            throw .storageFull
        }
        return plan
    }
}
