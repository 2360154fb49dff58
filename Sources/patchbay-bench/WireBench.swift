import CNet
import Catalog
import Decimals
import Foundation
import MarketModel
import Outbound
import Records
import Runtime
import Transport
import Vault
import VenueServer

/// Figures of one path, in nanoseconds: the host's and the reference's.
struct PathFigures {
  var name: String
  private(set) var host: [Int64] = []
  private(set) var reference: [Int64] = []

  init(_ name: String) { self.name = name }

  mutating func add(host: Int64, reference: Int64) {
    self.host.append(host)
    self.reference.append(reference)
  }

  func at(_ percent: Int) -> (host: Double, reference: Double) {
    func pick(_ values: [Int64]) -> Double { Double(values.sorted()[values.count * percent / 100]) / 1000 }
    return (pick(host), pick(reference))
  }
}

/// A clock that steps ahead between orders, so that no rate limit is met.
final class StridingClock: HostClock, @unchecked Sendable {
  private let real = SystemClock()
  var ahead: Int64 = 0

  func now() -> Times {
    let times = real.now()
    return Times(mono: times.mono + ahead, wall: times.wall + ahead, venue: times.venue + ahead)
  }
}

/// The two ways through the host over real sockets: a message in, an order out. On loopback, over plain TCP or TLS, in
/// one thread.
final class WireBench {
  let clock = StridingClock()
  let peer: LoopbackPeer
  let loop: EventLoop
  private let dispatcher: Dispatcher
  private let network: NetworkTransport
  let session: Session
  let secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
  private var depth = GeneratedDepth(levels: 4, seed: 7)

  /// - Parameter folder: of an empty folder, for counters of nonces and, with TLS, the certificate to trust.
  init(_ found: InstalledConnector, folder: String, encrypted: Bool = false) throws {
    guard let manifest = found.item.manifest, let loop = EventLoop(clock: clock) else {
      throw BenchFault.wrongBook("no event loop")
    }
    self.loop = loop
    let identity = encrypted ? try TLSIdentity(wall: clock.now().wall) : nil
    peer = LoopbackPeer(identity)
    var options = ConnectionOptions()
    options.allowsPlainLoopback = true
    if let identity {
      let file = folder + "/authority.pem"
      try Data(identity.authority).write(to: URL(fileURLWithPath: file))
      options.authorities = file
    }
    let scheme = encrypted ? "https" : "http"
    for host in manifest.hosts { options.substitutes[host] = "\(scheme)://127.0.0.1:\(peer.port)" }
    network = NetworkTransport(loop: loop, hosts: manifest.hosts, options: options, budgets: ConnectBudgets())
    dispatcher = Dispatcher(
      carrier: network, gate: SendGuard(manifest: manifest, nonces: NonceSources(folder: folder)), clock: clock)
    network.control = dispatcher
    var fields: [String: StoredField] = [:]
    for (name, value) in ["api_key": String(secret.reversed()), "secret_key": secret] {
      fields[name] = SecretBytes(Array(value.utf8)).map { StoredField($0, form: .raw) }
    }
    let account = StoredAccount(exchange: "binance", name: "bench", fields: fields)
    let loaded = try LoadedAccount(account, schema: manifest.credentials)
    dispatcher.add(account: 1, loaded)
    var book = OrderBook.Options()
    book.checksInvariants = false
    session = try Session(
      name: found.id, connector: found.connector, config: Array("{}".utf8), transport: dispatcher, observer: nil,
      times: clock.now(), bookOptions: book)
    peer.now = { [clock] in clock.now().mono }
    let snapshot = depth.snapshot
    peer.answer = { target in
      if target.contains("exchangeInfo") { return GeneratedDepth.instruments(1) }
      if target.contains("/depth") { return snapshot }
      return Array(#"{"code":-1000,"msg":"bench"}"#.utf8)
    }
    session.start(trading: true)
    session.account(
      PublicAccount(id: 1, label: "bench", algorithm: loaded.algorithm, publicFields: loaded.publicFields))
    try prepare()
  }

  func turn(until condition: () -> Bool) throws {
    for _ in 0..<200_000 {
      if condition() { return }
      peer.step()
      loop.wait(until: 0)
      session.times = clock.now()
      session.fireTimers()
    }
    throw BenchFault.wrongBook("nothing came over the loopback")
  }

  private func prepare() throws {
    session.send(CommandDraft(.instruments)) { _ in }
    try turn { session.view.all.count == 1 }
    var subscribe = CommandDraft(.subscribe)
    subscribe.instrument = 1
    subscribe.channels = .book
    session.send(subscribe) { _ in }
    let first = LoopbackPeer.frame(depth.next(symbol: "BTCUSDT"))
    try turn {
      peer.push(first)
      return session.view[1]?.book.isReady == true
    }
  }

  /// From a server's `send` to the changed book, against the same bytes read from a socket behind a bare epoll.
  func incoming(_ count: Int) throws -> PathFigures {
    var figures = PathFigures("message in: send to changed book")
    let (near, far) = peer.pair()
    defer { [near, far].forEach { close($0) } }
    let poll = cnet_poll_create()
    defer { cnet_close(poll) }
    cnet_poll_set(poll, near, 1, 1, 0)
    var ready = [cnet_ready](repeating: cnet_ready(), count: 4)
    var room = [UInt8](repeating: 0, count: 65536)
    guard let book = session.view[1]?.book else { return figures }
    for _ in 0..<count {
      let frame = LoopbackPeer.frame(depth.next(symbol: "BTCUSDT"))
      let before = book.counters.updates
      let start = clock.now().mono
      peer.push(frame)
      while book.counters.updates == before { loop.wait(until: .max) }
      let middle = clock.now().mono
      _ = frame.withUnsafeBytes { send(far, $0.baseAddress, $0.count, 0) }
      _ = cnet_poll_wait(poll, &ready, 4, 1_000_000_000)
      let got = recv(near, &room, room.count, 0)
      let end = clock.now().mono
      guard got == frame.count else { throw BenchFault.wrongBook("the reference read \(got) bytes") }
      figures.add(host: middle - start, reference: end - middle)
    }
    return figures
  }
}

func printPath(_ figures: PathFigures) {
  for percent in [50, 99] {
    let (host, reference) = figures.at(percent)
    let name = percent == 50 ? figures.name : ""
    print(
      "  " + name.padding(toLength: 44, withPad: " ", startingAt: 0) + pad("\(percent) %", 6)
        + pad(number(host, 1), 10) + pad(number(reference, 1), 13) + pad(number(host / reference, 2), 8))
  }
}
