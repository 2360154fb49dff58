import CCurl
import CNet

/// A transfer of libcurl.
protocol CurlTransfer: AnyObject {
  /// It ended; outside libcurl, so that anything may be done.
  func finished(_ code: CURLcode)
}

/// A set of transfers that libcurl drives through the event loop.
final class CurlMulti {
  private let multi: UnsafeMutableRawPointer?
  private unowned let loop: EventLoop
  private let index: UInt64
  private var transfers: [UnsafeMutableRawPointer: CurlTransfer] = [:]
  /// When libcurl wants to be called without a socket.
  private(set) var due: Int64?

  init(_ loop: EventLoop, index: UInt64, connectionsPerHost: Int) {
    self.loop = loop
    self.index = index
    CurlMulti.prepare
    multi = curl_multi_init()
    guard let multi else { return }
    _ = cnet_multi_long(multi, Int32(CURLMOPT_MAX_HOST_CONNECTIONS.rawValue), connectionsPerHost)
    _ = cnet_multi_callbacks(
      multi,
      { _, descriptor, what, context, _ in
        guard let context else { return 0 }
        Unmanaged<CurlMulti>.fromOpaque(context).takeUnretainedValue().watch(descriptor, what)
        return 0
      },
      { _, milliseconds, context in
        guard let context else { return 0 }
        Unmanaged<CurlMulti>.fromOpaque(context).takeUnretainedValue().remind(milliseconds)
        return 0
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  deinit {
    // The loop is going too: cleaning up must not ask it for anything.
    _ = cnet_multi_callbacks(multi, nil, nil, nil)
    for easy in transfers.keys {
      curl_multi_remove_handle(multi, easy)
      curl_easy_cleanup(easy)
    }
    curl_multi_cleanup(multi)
  }

  /// libcurl's own start, once in a process.
  private static let prepare: Void = { curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }()

  /// Starts a transfer; whether libcurl took it.
  func add(_ easy: UnsafeMutableRawPointer, _ transfer: CurlTransfer) -> Bool {
    guard multi != nil, curl_multi_add_handle(multi, easy) == CURLM_OK else { return false }
    transfers[easy] = transfer
    return true
  }

  /// Ends a transfer, and its connection where it is used by nobody else. The handle goes too, unless it is kept for
  /// another transfer.
  func remove(_ easy: UnsafeMutableRawPointer, isKept: Bool = false) {
    if transfers.removeValue(forKey: easy) != nil { curl_multi_remove_handle(multi, easy) }
    if !isKept { curl_easy_cleanup(easy) }
  }

  /// The event loop's token for a socket of libcurl: bit 63, the set and the descriptor.
  static func socket(_ token: UInt64) -> (multi: UInt64, descriptor: Int32)? {
    guard token >> 63 == 1 else { return nil }
    return (token >> 32 & 1, Int32(truncatingIfNeeded: token))
  }

  private func watch(_ descriptor: Int32, _ what: Int32) {
    let token = 1 << 63 | index << 32 | UInt64(UInt32(bitPattern: descriptor))
    let isIn = what == CURL_POLL_IN || what == CURL_POLL_INOUT
    let isOut = what == CURL_POLL_OUT || what == CURL_POLL_INOUT
    loop.watch(curl: descriptor, token: token, readable: isIn, writable: isOut)
  }

  private func remind(_ milliseconds: Int) {
    due = milliseconds < 0 ? nil : loop.clock.now().mono + Int64(milliseconds) * 1_000_000
  }

  func act(_ descriptor: Int32, readable: Bool, writable: Bool) {
    var running: Int32 = 0
    let mask = (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0)
    curl_multi_socket_action(multi, descriptor, mask, &running)
  }

  func fire(now: Int64) {
    guard let due, due <= now else { return }
    self.due = nil
    var running: Int32 = 0
    curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
  }

  /// Reports the transfers that have ended; whether there were any.
  func finish() -> Bool {
    var any = false
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
      any = true
      transfers[easy]?.finished(message.pointee.data.result)
    }
    return any
  }
}
