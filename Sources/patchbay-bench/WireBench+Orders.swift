import Decimals
import Glibc
import Journal
import MarketModel
import Runtime
import Synchronization
import Transport
import Vault

/// An order on its way out, alone and behind a durable journal.
extension WireBench {
  /// From the command to the last byte of the request at the server, against a bare HMAC-SHA256 of the same length and
  /// a `send` of as many bytes, through TLS where the peer has it; and the same until the server has taken the head
  /// apart, as it was measured once.
  func outgoing(_ count: Int) throws -> [PathFigures] {
    let way = peer.identity == nil ? "order out" : "order out over TLS"
    var figures = PathFigures(way + ": command to the server")
    var understood = PathFigures("the same with the head read there")
    let bare = try BareOrder(peer, key: Array(secret.utf8))
    for number in 0..<count {
      stride()
      let start = clock.now().mono
      let (received, read) = try send(number)
      let reference = bare.send(clock)
      // The first orders open connections.
      if number >= 20 {
        figures.add(host: received - start, reference: reference)
        understood.add(host: read - start, reference: reference)
      }
    }
    return [figures, understood]
  }

  /// The same with the order in the journal first, durable, against the same HMAC, a `write` and `fdatasync` of 512
  /// bytes on the same disk, and the same `send`.
  /// - Parameter folder: of an empty folder on the disk that is meant.
  func durable(_ count: Int, folder: String) throws -> PathFigures {
    var figures = PathFigures("durable order out: command to the server")
    let bare = try BareOrder(peer, key: Array(secret.utf8), log: folder + "/bare.log")
    let kept = Receipts()
    let writer = try JournalWriter(Journal(path: folder + "/bench.db"))
    defer { writer.close() }
    let waker = Waker(loop: loop)
    let port = writer.port { receipts in
      kept.count.wrappingAdd(receipts.count(where: \.isDurable), ordering: .releasing)
      waker.loop.wake()
    }
    for number in 0..<count {
      stride()
      let start = clock.now().mono
      try port.append(entries(number), .intent)
      while kept.count.load(ordering: .acquiring) <= number { loop.wait(until: .max) }
      let taken = try send(number).received - start
      let reference = bare.send(clock)
      if number >= 20 { figures.add(host: taken, reference: reference) }
    }
    return figures
  }

  private func stride() {
    clock.ahead += 1_000_000_000
    session.times = clock.now()
    session.fireTimers()
  }

  private func entries(_ number: Int) -> [JournalEntry] {
    let draft = OrderDraft(
      side: .buy, type: .limit, quantity: Decimal64(mantissa: 1, exponent: -2), price: Decimal64(60_000))
    let order = OrderEntry(
      name: OrderName(exchange: "binance", account: "bench", clientOrderID: client(number)), connector: "binance",
      instrument: "BTCUSDT", pair: "BTC-USDT", order: OrderID(UInt64(number + 1)),
      createCommand: CommandID(UInt64(number + 1)), draft: draft, created: clock.now().wall)
    return [.order(order)]
  }

  private func client(_ number: Int) -> String { "bench-\(100_000_000_000 + number)" }

  /// Gives the command; when its last byte was at the server and when its head was read there, once it is answered.
  private func send(_ number: Int) throws -> (received: Int64, read: Int64) {
    var place = CommandDraft(.place)
    (place.account, place.instrument, place.order) = (1, 1, UInt64(number + 1))
    (place.side, place.type, place.timeInForce) = (.buy, .limit, .goodTillCancelled)
    (place.price, place.quantity) = (Decimal64("60000"), Decimal64("0.01"))
    place.clientOrder = client(number)
    var isOver = false
    let before = peer.requests
    session.send(place) { _ in isOver = true }
    while peer.requests == before {
      peer.step()
      if peer.requests == before { loop.wait(until: 0) }
    }
    let times = (peer.received, peer.understood)
    try turn { isOver }
    return times
  }
}

/// How many groups are durable.
private final class Receipts: Sendable {
  let count = Atomic<Int>(0)
}

/// A loop for other threads, which may only wake it.
private struct Waker: @unchecked Sendable {
  let loop: EventLoop
}

/// What nobody can do without: an HMAC and a `send`, or `SSL_write` where the peer is encrypted, with a flushed write
/// between them where a log is kept.
private struct BareOrder {
  private let ends: (near: Int32, far: Int32)
  private let tls: BareTLS?
  private let key: [UInt8]
  private let log: Int32?
  private let query = Array(
    ("symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01000&price=60000.00"
      + "&newClientOrderId=bench-000000000000&newOrderRespType=FULL&recvWindow=5000&timestamp=1700000000000").utf8)
  private let head = [UInt8](repeating: 0x41, count: 420)
  private let line = [UInt8](repeating: 0x42, count: 512)

  init(_ peer: LoopbackPeer, key: [UInt8], log path: String? = nil) throws {
    ends = peer.pair()
    tls = try peer.identity.map { [ends] in try BareTLS($0, near: ends.near, far: ends.far) }
    self.key = key
    log = path.map { open($0, O_WRONLY | O_CREAT | O_APPEND, 0o600) }
  }

  /// Does it once.
  /// - Returns: nanoseconds.
  func send(_ clock: HostClock) -> Int64 {
    var room = [UInt8](repeating: 0, count: 4096)
    let start = clock.now().mono
    if let log {
      _ = write(log, line, line.count)
      fdatasync(log)
    }
    let mac = Digest.sha256.hmac(query, key: key) ?? []
    let request = head + query + Encoding.hex(mac)
    if let tls {
      tls.write(request)
    } else {
      _ = request.withUnsafeBytes { Glibc.send(ends.near, $0.baseAddress, $0.count, 0) }
    }
    // Encrypted it is one record, a little longer, which arrives whole.
    var got = 0
    while got < request.count { got += max(0, recv(ends.far, &room, room.count, 0)) }
    return clock.now().mono - start
  }
}
