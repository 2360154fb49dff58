import JSONTree

/// One request of a client, to be answered once, from any thread: by `reply` or `fail`, or where it is watched by any
/// number of `event`s.
public struct ControlCall: Sendable {
  /// The request's fields.
  public let request: JSONValue
  /// Who asks; whoever serves numbers its clients.
  public let client: UInt64
  /// What the answer is known by.
  public let id: JSONValue
  let server: any ControlAnswerer

  /// - Parameter server: is given the answers; the control socket, or another way for requests to come in.
  public init(request: JSONValue, client: UInt64, id: JSONValue, server: any ControlAnswerer) {
    self.request = request
    self.client = client
    self.id = id
    self.server = server
  }

  /// Answers it.
  public func reply(_ result: JSONValue) { server.answer(self, .reply(result)) }

  /// Refuses it: a word for programs, and a sentence that says what to do.
  /// - Parameter field: the one that is wrong, where it is one.
  public func fail(_ code: String, _ text: String, field: String? = nil) {
    server.answer(self, .failure(code: code, text: text, field: field))
  }

  /// From now on `poll` is asked every `interval` nanoseconds, on the server's thread, until the client goes or `fail`
  /// ends it. Each time it has to end in one `event`, from any thread; until then, and while the client is slow to
  /// read, it is not asked again.
  public func watch(every interval: Int64, _ poll: @escaping @Sendable () -> Void) {
    server.answer(self, .watch(interval: interval, poll: poll))
  }

  /// What a watch has to tell; `nil` = nothing new.
  public func event(_ event: JSONValue?) { server.answer(self, .event(event)) }

  /// Does a job on the server's thread when so many nanoseconds have passed.
  public func submit(after nanoseconds: Int64, _ job: @escaping @Sendable () -> Void) {
    server.submit(after: nanoseconds, job)
  }

  /// A text of the request; `nil` = it is missing or no text.
  public subscript(field: String) -> String? { request[field]?.string }
}

/// Takes the answers to requests to those who asked.
public protocol ControlAnswerer: AnyObject, Sendable {
  /// From any thread.
  func answer(_ call: ControlCall, _ answer: ControlAnswer)
  /// Does a job on the server's thread when so many nanoseconds have passed. From any thread.
  func submit(after nanoseconds: Int64, _ job: @escaping @Sendable () -> Void)
}

/// What is sent to a client.
public enum ControlAnswer: Sendable {
  case reply(JSONValue)
  case failure(code: String, text: String, field: String?)
  case watch(interval: Int64, poll: @Sendable () -> Void)
  case event(JSONValue?)
}

/// A kind of request.
public struct ControlVerb: Sendable {
  public let name: String
  /// The fields that it may have besides `id` and `do`.
  public let fields: [String]
  /// Served in the reserved places too, when all others are taken.
  public let isUrgent: Bool
  /// Called on the server's thread; must not block.
  public let handle: @Sendable (ControlCall) -> Void

  public init(
    _ name: String, fields: [String] = [], isUrgent: Bool = false, handle: @escaping @Sendable (ControlCall) -> Void
  ) {
    self.name = name
    self.fields = fields
    self.isUrgent = isUrgent
    self.handle = handle
  }
}
