import CNats
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A message from NATS: copies.
public struct NATSMessage: Sendable {
  public var subject: String
  /// Where an answer is wanted; empty = nowhere.
  public var reply: String
  /// The value of the header `Status`, which a server sets when there is nobody to answer.
  public var status: String
  public var body: [UInt8]

  public init(subject: String, reply: String = "", status: String = "", body: [UInt8]) {
    (self.subject, self.reply, self.status, self.body) = (subject, reply, status, body)
  }
}

/// Where a cluster's servers are, and how one is known to them.
public struct NATSPlace: Sendable, Equatable {
  /// `nats://host:port` or `tls://host:port`.
  public var servers: [String]
  /// The name by which servers know this connection.
  public var name: String
  /// A file of credentials, as `nsc` makes it; `nil` = none.
  public var credentials: String?
  /// Files in PEM: whom to trust, and who this is.
  public var authorities: String?
  public var certificate: String?
  public var key: String?
  public var isSecure: Bool

  public init(
    servers: [String], name: String, credentials: String? = nil, isSecure: Bool = false, authorities: String? = nil,
    certificate: String? = nil, key: String? = nil
  ) {
    (self.servers, self.name, self.credentials, self.isSecure) = (servers, name, credentials, isSecure)
    (self.authorities, self.certificate, self.key) = (authorities, certificate, key)
  }
}

/// Why there is no connection.
public enum NATSFault: Error, Equatable, Sendable, CustomStringConvertible {
  /// The library is not on this machine, or not one that is known.
  case noLibrary(String)
  /// What the configuration names cannot be used.
  case refused(String)

  public var description: String {
    switch self {
    case .noLibrary(let why):
      "cluster: libnats cannot be loaded (\(why)); install it (Debian: apt-get install libnats3.4), or take `cluster` "
        + "out of the configuration"
    case .refused(let why): "cluster: \(why); look at cluster.servers, cluster.login_file and cluster.tls"
    }
  }
}

/// A connection to NATS that comes back by itself. What is heard is handed to closures on threads of the library, which
/// have to hand it on. Safe from any thread.
///
/// Answers to requests come to one subscription for the whole connection, by a number in the subject.
public final class NATSConnection: @unchecked Sendable {
  public typealias Heard = @Sendable (NATSMessage) -> Void

  /// What a callback of the library finds its way by; lives as long as the connection does.
  private final class Ear: Sendable {
    let heard: Heard
    init(_ heard: @escaping Heard) { self.heard = heard }
  }

  private final class Change: Sendable {
    let changed: @Sendable () -> Void
    init(_ changed: @escaping @Sendable () -> Void) { self.changed = changed }
  }

  /// A subscription, and what hears it.
  private struct Listening: @unchecked Sendable {
    let subscription: OpaquePointer
    let ear: Unmanaged<Ear>
  }

  private struct State {
    var isClosed = false
    var ears: [Listening] = []
    var waiting: [UInt64: Heard] = [:]
    var next: UInt64 = 0
  }

  /// Requests that wait for an answer at once, at most.
  private static let mostWaiting = 65_536

  private let state = Mutex(State())
  private let change: Unmanaged<Change>
  private let connection: OpaquePointer
  private let inbox: String

  /// Begins to connect, and goes on until `close`.
  /// - Parameter changed: a connection was made, or lost.
  /// - Throws: `noLibrary`, and `refused` for files that cannot be read and addresses that are none.
  public init(_ place: NATSPlace, changed: @escaping @Sendable () -> Void) throws(NATSFault) {
    try Self.load()
    change = Unmanaged.passRetained(Change(changed))
    inbox = "_INBOX.patchbay\(RandomWord.text())"
    var found: OpaquePointer?
    let status = Self.connect(&found, place, change.toOpaque())
    guard status == 0, let found else {
      let why = String(cString: cnats_failure(status))
      change.release()
      throw .refused(why)
    }
    connection = found
    _ = listen("\(inbox).*") { [weak self] message in self?.answered(message) }
  }

  deinit { close() }

  /// Opens libnats; once is enough.
  public static func load() throws(NATSFault) {
    var why = [CChar](repeating: 0, count: 512)
    guard !cnats_load(&why, Int32(why.count)) else { return }
    throw .noLibrary(String(decoding: why.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  private static func connect(
    _ found: inout OpaquePointer?, _ place: NATSPlace, _ closure: UnsafeMutableRawPointer
  ) -> Int32 {
    let texts = place.servers + [place.name]
    let files = [place.credentials, place.authorities, place.certificate, place.key]
    var kept: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
    for file in files { kept.append(file.flatMap { strdup($0) }) }
    defer { for text in kept { free(text) } }
    let count = place.servers.count
    return kept.withUnsafeMutableBufferPointer { all -> Int32 in
      var servers: [UnsafePointer<CChar>?] = all[..<count].map { UnsafePointer($0) }
      return servers.withUnsafeMutableBufferPointer { servers in
        var settings = cnats_settings(
          servers: servers.baseAddress, server_count: Int32(count), name: all[count], credentials: all[count + 1],
          secure: place.isSecure, authorities: all[count + 2], certificate: all[count + 3], key: all[count + 4],
          timeout_ms: 1000)
        return cnats_connect(
          &found, &settings,
          { _, closure in
            guard let closure else { return }
            Unmanaged<Change>.fromOpaque(closure).takeUnretainedValue().changed()
          }, closure)
      }
    }
  }

  public var isConnected: Bool { state.withLock { !$0.isClosed && cnats_connected(connection) } }

  /// Publishes. `false` = there is nothing to send it by; else it may or may not arrive.
  @discardableResult
  public func publish(
    _ subject: String, _ body: [UInt8], headers: [(String, String)] = [], reply: String? = nil
  ) -> Bool {
    state.withLock { state in
      // Nothing is kept for later: what is late is worse than what is lost.
      guard !state.isClosed, cnats_connected(connection) else { return false }
      var texts: [UnsafePointer<CChar>?] = []
      for (name, value) in headers { texts += [UnsafePointer(strdup(name)), UnsafePointer(strdup(value))] }
      defer { for text in texts { free(UnsafeMutablePointer(mutating: text)) } }
      return cnats_publish(connection, subject, reply, texts, Int32(texts.count), body, Int32(body.count)) == 0
    }
  }

  /// Publishes with an answer wanted. `then` is called at most once, and not any more after `forget`.
  /// - Returns: the number by which the answer is forgotten; `nil` = it could not be sent.
  public func request(
    _ subject: String, _ body: [UInt8], headers: [(String, String)] = [], then: @escaping Heard
  ) -> UInt64? {
    let number: UInt64? = state.withLock { state in
      guard state.waiting.count < Self.mostWaiting else { return nil }
      state.next += 1
      state.waiting[state.next] = then
      return state.next
    }
    guard let number else { return nil }
    guard publish(subject, body, headers: headers, reply: "\(inbox).\(number)") else {
      forget(number)
      return nil
    }
    return number
  }

  /// No answer to this request is waited for any more.
  public func forget(_ number: UInt64) { state.withLock { state in state.waiting[number] = nil } }

  private func answered(_ message: NATSMessage) {
    guard let dot = message.subject.lastIndex(of: "."),
      let number = UInt64(message.subject[message.subject.index(after: dot)...])
    else { return }
    let then = state.withLock { $0.waiting.removeValue(forKey: number) }
    then?(message)
  }

  /// Hears everything on a subject, until `close`.
  /// - Returns: whether it is listened to; what a server says of it comes later.
  @discardableResult
  public func listen(_ subject: String, _ heard: @escaping Heard) -> Bool {
    let ear = Unmanaged.passRetained(Ear(heard))
    var subscription: OpaquePointer?
    let status = cnats_subscribe(
      &subscription, connection, subject,
      { _, _, message, closure in
        guard let message, let closure else { return }
        defer { cnats_release(message) }
        Unmanaged<Ear>.fromOpaque(closure).takeUnretainedValue().heard(NATSConnection.copy(message))
      }, ear.toOpaque())
    guard status == 0, let subscription else {
      ear.release()
      return false
    }
    let listening = Listening(subscription: subscription, ear: ear)
    state.withLock { $0.ears.append(listening) }
    return true
  }

  private static func copy(_ message: OpaquePointer) -> NATSMessage {
    let text = { (pointer: UnsafePointer<CChar>?) in pointer.map { String(cString: $0) } ?? "" }
    let count = Int(cnats_length(message))
    let body = cnats_data(message).map { data in
      Array(UnsafeRawBufferPointer(start: data, count: count))
    }
    return NATSMessage(
      subject: text(cnats_subject(message)), reply: text(cnats_reply(message)),
      status: text(cnats_header(message, "Status")), body: body ?? [])
  }

  /// Ends it. Nothing is heard afterwards but what is being handed over at this moment; what the callbacks hold stays,
  /// since the library does not say when the last has ended.
  public func close() {
    let ears = state.withLock { state -> [Listening]? in
      guard !state.isClosed else { return nil }
      state.isClosed = true
      state.waiting = [:]
      return state.ears
    }
    guard let ears else { return }
    for listening in ears { cnats_unsubscribe(listening.subscription) }
    cnats_close(connection)
  }
}
