import CGateway
import CMicroHTTP
import CNet
import Glibc
import JSONTree
import WebSocket

/// One program on a WebSocket. On the gateway's thread.
final class StreamClient {
  let token: UInt64
  let client: Client
  private let descriptor: Int32
  private let handle: OpaquePointer
  private var machine: WebSocketMachine
  var subscriptions: [Int: Subscription] = [:]
  var nextSubscription = 1
  var bucket: RateBucket
  /// Monotonic: when it last sent anything, and was last asked for a sign.
  var heard: Int64
  var pinged: Int64
  /// The connection is to be given up once what waits was offered.
  private(set) var isEnding = false

  init(
    _ token: UInt64, _ client: Client, _ descriptor: Int32, _ handle: OpaquePointer, _ limits: GatewayLimits, now: Int64
  ) {
    (self.token, self.client, self.descriptor, self.handle) = (token, client, descriptor, handle)
    var bounds = WebSocketLimits()
    bounds.message = limits.messageBytes
    machine = WebSocketMachine(role: .server, limits: bounds) { 0 }
    bucket = RateBucket(perSecond: limits.messagesPerSecond, burst: limits.messagesAtOnce)
    (heard, pinged) = (now, now)
    cgateway_prepare(descriptor, limits.kernelBytes)
  }

  /// Bytes that wait for it.
  var backlog: Int { machine.output.count }

  func send(_ value: JSONValue) { send(JSONWriter.compact(value)) }

  func send(_ text: String) {
    var copy = text
    copy.withUTF8 { machine.send(.text, UnsafeRawBufferPointer($0)) }
  }

  func ping(_ now: Int64) {
    pinged = now
    machine.send(.ping, UnsafeRawBufferPointer(start: nil, count: 0))
  }

  func close(_ code: UInt16, _ reason: String) {
    machine.close(code: code, reason: reason)
    isEnding = true
  }

  /// Takes what the connection libmicrohttpd handed over had read already.
  func take(_ bytes: UnsafeRawBufferPointer) { machine.receive(bytes) }

  /// Reads once; `false` at the end of the connection.
  func read() -> Bool {
    let count = machine.receive(atLeast: WebSocketLimits.firstBuffer) { room in
      let got = cgateway_receive(descriptor, room.baseAddress, room.count)
      return got == 0 ? -Int(EPIPE) : Int(got)
    }
    return count > 0 || count == -Int(EAGAIN) || count == -Int(EINTR)
  }

  /// The next whole message that came; `nil` = no more for now.
  func message() -> [UInt8]? {
    while let event = machine.next() {
      switch event {
      case .text(let bytes): return Array(bytes)
      case .binary: close(1003, "text only")
      case .ping, .pong: continue
      case .closed, .failed: isEnding = true
      }
    }
    return nil
  }

  /// Offers what waits to the kernel; `false` when the connection is broken.
  func flush() -> Bool {
    while !machine.output.isEmpty {
      let bytes = machine.output.bytes
      let sent = cgateway_send(descriptor, bytes.baseAddress, bytes.count)
      if sent > 0 { machine.output.removeFirst(Int(sent)) } else { return sent == -Int(EAGAIN) || sent == -Int(EINTR) }
    }
    return true
  }

  func watch(_ poll: Int32) { cnet_poll_set(poll, descriptor, token, 1, machine.output.isEmpty ? 0 : 1) }

  /// Gives the connection back.
  func end(_ poll: Int32) {
    cnet_poll_remove(poll, descriptor)
    cgateway_finish(handle)
  }
}
