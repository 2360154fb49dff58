import CCurl
import CNet
import Runtime
import WebSocket

/// A connection that is ready for a request of HTTP/1.1, one at a time. libcurl makes it, as all others, with
/// certificate, proxy and limits; what goes over it is written and read here, which is less work than libcurl has with
/// every request.
///
/// After a reply that leaves any doubt about where it ended, and after a request without one, it is not used again.
final class StandingConnection: CurlTransfer, Timed, Watched {
  enum State {
    case connecting, idle
    case busy(HTTPExchange)
    case gone
  }

  private let route: StandingRoute
  private let loop: EventLoop
  private let token: UInt64
  private(set) var state = State.connecting
  private var easy: UnsafeMutableRawPointer?
  private var descriptor: Int32 = -1
  private var idleSince: Int64 = 0
  /// Whether anything has gone over it.
  private(set) var isUsed = false
  var isUnread = false
  private var input = ByteQueue(capacity: 4096)
  private var reader: ReplyReader
  /// What is being sent; it stays where it is, since TLS wants the same bytes again.
  private var output: [UInt8] = []
  private var written = 0
  private var isWriteWatched = false

  /// `nil` when libcurl takes no more.
  init?(_ route: StandingRoute, _ loop: EventLoop, _ options: ConnectionOptions) {
    (self.route, self.loop) = (route, loop)
    token = loop.newToken()
    reader = ReplyReader(headLimit: loop.limits.replyHeaders)
    guard let easy = CurlHandle.make(route.url, options, loop.limits) else { return nil }
    CurlHandle.set(easy, CURLOPT_CONNECT_ONLY, 1)
    // With a choice, this libcurl takes HTTP/2, which is not spoken here.
    CurlHandle.set(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    CurlHandle.set(easy, CURLOPT_FRESH_CONNECT, 1)
    CurlHandle.set(easy, CURLOPT_HTTPPROXYTUNNEL, 1)
    guard loop.sockets.add(easy, self) else {
      curl_easy_cleanup(easy)
      return nil
    }
    self.easy = easy
  }

  var isIdle: Bool { if case .idle = state { true } else { false } }

  var isConnecting: Bool { if case .connecting = state { true } else { false } }

  func finished(_ code: CURLcode) {
    guard case .connecting = state, let easy else { return }
    guard code == CURLE_OK, cnet_easy_info_socket(easy, &descriptor) == 0, descriptor >= 0 else { return drop() }
    (state, idleSince) = (.idle, loop.clock.now().mono)
    loop.watch(self, token: token, descriptor: descriptor, writable: false)
    loop.remind(self, at: idleSince + age)
  }

  private var age: Int64 { Int64(loop.limits.connectionAge) * TransportLimits.second }

  func check(now: Int64) -> Int64? {
    switch state {
    case .idle:
      guard now >= idleSince + age else { return idleSince + age }
      drop(isAged: true)
      return nil
    case .connecting, .busy: return now + age
    case .gone: return nil
    }
  }

  // MARK: Sending

  /// Whether it is free and still there: nothing has come on it, nor its end. What is found dead here has cost nothing.
  func isReady(now: Int64) -> Bool {
    guard isIdle, now < idleSince + age else { return false }
    receive()
    return isIdle
  }

  /// Writes a request, of which nothing has left yet; only while it is ready. A failure is found by the reader, which
  /// is never inside a connector.
  func send(_ bytes: [UInt8], for exchange: HTTPExchange) {
    state = .busy(exchange)
    isUsed = true
    reader = ReplyReader(headLimit: loop.limits.replyHeaders)
    (output, written) = (bytes, 0)
    flush()
  }

  private func flush() {
    guard let easy else { return }
    while written < output.count {
      var count = 0
      let code = output.withUnsafeBytes { bytes in
        bytes.baseAddress.map { curl_easy_send(easy, $0 + written, bytes.count - written, &count) } ?? CURLE_OK
      }
      if code == CURLE_AGAIN { break }
      guard code == CURLE_OK, count > 0 else {
        // What the server has said before it ended the connection counts.
        loop.later { [weak self] in self?.failed(code) }
        return
      }
      written += count
    }
    if written == output.count { output = [] }
    let wantsWrite = !output.isEmpty
    if wantsWrite != isWriteWatched {
      isWriteWatched = wantsWrite
      loop.watch(self, token: token, descriptor: descriptor, writable: wantsWrite)
    }
  }

  private func failed(_ code: CURLcode) {
    receive()
    if case .busy = state { lose(CurlHandle.text(code)) }
  }

  // MARK: Receiving

  func ready(readable: Bool, writable: Bool) {
    if writable, !output.isEmpty { flush() }
    if readable { receive() }
  }

  private func receive() {
    var budget = loop.limits.readTurn
    while let easy, budget > 0 {
      var code = CURLE_OK
      let count = input.write(atLeast: 4096) { room in
        var count = 0
        code = curl_easy_recv(easy, room.baseAddress, room.count, &count)
        return code == CURLE_OK ? count : 0
      }
      if code == CURLE_AGAIN { return }
      budget -= count
      switch state {
      case .busy(let exchange):
        guard code == CURLE_OK else { return lose(CurlHandle.text(code)) }
        guard count > 0 else { return reader.end() ? answered(exchange) : lose("the server ended the connection") }
        if read(for: exchange) { return }
      case .connecting, .idle, .gone:
        // Its end, or what nobody has asked for.
        return drop()
      }
    }
    if easy != nil { loop.readAgain(self) }
  }

  /// Whether the reply has come to its end, or to nothing.
  private func read(for exchange: HTTPExchange) -> Bool {
    do throws(ReplyFault) { input.removeFirst(try reader.take(UnsafeRawBufferPointer(input.bytes), exchange)) } catch {
      // What broke a rule here may be understood by libcurl.
      if error != .refused { route.isUnfit = true }
      lose("\(error)")
      return true
    }
    if reader.isWhole { answered(exchange) }
    return reader.isWhole
  }

  private func answered(_ exchange: HTTPExchange) {
    let status = reader.status
    // Bytes behind a reply would be taken for the answer to the next request; what is not all sent is no request.
    if reader.keepsConnection, input.isEmpty, output.isEmpty {
      (state, idleSince) = (.idle, loop.clock.now().mono)
    } else {
      drop()
    }
    exchange.answered(status)
  }

  private func lose(_ reason: String) {
    guard case .busy(let exchange) = state else { return drop() }
    drop()
    exchange.lost(reason)
  }

  // MARK: The end

  /// A request is given up: what may still come for it would be taken for the answer to the next one.
  func leave(_ exchange: HTTPExchange) { if case .busy(let own) = state, own === exchange { drop() } }

  /// Ends it, whatever is on its way.
  func drop(isAged: Bool = false) {
    if case .gone = state { return }
    state = .gone
    loop.forget(self)
    if descriptor >= 0 { loop.unwatch(token: token, descriptor: descriptor) }
    descriptor = -1
    output = []
    if let easy {
      self.easy = nil
      loop.sockets.remove(easy)
    }
    route.ended(self, isAged: isAged)
  }
}
