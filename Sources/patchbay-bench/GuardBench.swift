import CPatchbay
import Catalog
import Decimals
import Records
import Runtime
import Vault

/// What the guard costs: on the same literal request, once with the act as the registry binds it and once with one that
/// lets everything through, which is what it costs to compare an order with its command; and on a signed request.
struct GuardBench {
  private static let body =
    "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=60000.5&newClientOrderId=pb-1"
    + "&newOrderRespType=FULL&recvWindow=5000&timestamp=1700000000000"

  private let guarding: SendGuard
  private let block = RecordBlock()
  private let item: LicenceItem

  init(_ manifest: Manifest, folder: String, isBound: Bool) throws {
    var manifest = manifest
    if !isBound {
      for index in manifest.acts.indices where manifest.acts[index].name == "place" {
        manifest.acts[index].rules.allowsAll = true
        (manifest.acts[index].rules.bindings, manifest.acts[index].rules.allowed) = ([], [])
      }
    }
    guarding = SendGuard(manifest: manifest, nonces: NonceSources(folder: folder))
    var fields: [String: StoredField] = [:]
    for (name, value) in ["api_key": "a-public-key-id-of-32-characters", "secret_key": "a-secret-of-at-least-8"] {
      fields[name] = SecretBytes(Array(value.utf8)).map { StoredField($0, form: .raw) }
    }
    let account = StoredAccount(exchange: manifest.id, name: "bench", fields: fields)
    guarding.add(account: 1, try LoadedAccount(account, schema: manifest.credentials))
    var item = LicenceItem()
    (item.symbol, item.clientOrder) = (Array("BTCUSDT".utf8), Array("pb-1".utf8))
    (item.quantity, item.price) = (Decimal64("0.01"), Decimal64("60000.50"))
    item.terms = [.buy, .limit, .goodTillCancelled, .notPostOnly, .notReduceOnly, .notByValue, .notClose, .net]
    self.item = item
  }

  private func write(isSealed: Bool) -> UnsafePointer<pb_rec> {
    block.begin(pb_out_request.self)
    var request = pb_out_request()
    (request.request, request.account, request.command, request.method) = (1, 1, 1, UInt32(PB_METHOD_POST))
    request.url = literal("https://api.binance.com/api/v3/order")
    request.headers = block.list(of: pb_header.self, count: 1)
    let type = literal("application/x-www-form-urlencoded")
    block.set(request.headers, 0, pb_header(name: block.text("Content-Type"), value: type))
    request.body = isSealed ? signed() : literal(Self.body)
    request.permission = block.text("place")
    return block.finish(request, kind: PB_OUT_REQUEST, seq: 0)
  }

  private func literal(_ text: String) -> pb_text {
    let list = block.list(of: pb_part.self, count: 1)
    var part = pb_part()
    part.literal = block.text(text)
    block.set(list, 0, part)
    return list
  }

  /// The order with its time and its signature, as Binance wants them.
  private func signed() -> pb_text {
    let list = block.list(of: pb_part.self, count: 3)
    var order = pb_part()
    order.ops = program([
      (PB_OP_BYTES, 0, Self.body.replacing("1700000000000", with: "")), (PB_OP_TIME_MS, 0, ""), (PB_OP_CONCAT, 2, ""),
      (PB_OP_STORE, 0, ""),
    ])
    var between = pb_part()
    between.literal = block.text("&signature=")
    var signature = pb_part()
    signature.ops = program([
      (PB_OP_LOAD, 0, ""), (PB_OP_FIELD, 0, "secret_key"), (PB_OP_HMAC_SHA256, 0, ""), (PB_OP_HEX, 0, ""),
    ])
    for (index, part) in [order, between, signature].enumerated() { block.set(list, index, part) }
    return list
  }

  private func program(_ ops: [(code: Int, argument: Int, text: String)]) -> pb_list {
    let list = block.list(of: pb_op.self, count: ops.count)
    for (index, op) in ops.enumerated() {
      var one = pb_op()
      (one.code, one.arg, one.bytes) = (UInt16(op.code), UInt16(op.argument), block.text(op.text))
      block.set(list, index, one)
    }
    return list
  }

  /// Nanoseconds for one request, the least of several rounds.
  func measure(_ count: Int, clock: HostClock, isSealed: Bool = false) throws -> Double {
    defer { block.free() }
    let record = RecordReader(checked: write(isSealed: isSealed))
    var least = Double.infinity
    for _ in 0..<5 {
      let start = clock.now().mono
      for _ in 0..<count {
        guarding.commands.begin(1, Licence(account: 1, verb: UInt32(PB_CMD_PLACE), items: [item]))
        _ = try guarding.resolve(record, venueTime: 1)
      }
      least = min(least, Double(clock.now().mono - start) / Double(count))
    }
    return least
  }
}

/// Prints what the guard costs.
func printGuard(_ manifest: Manifest, folder: String) throws {
  let clock = SystemClock()
  let bound = try GuardBench(manifest, folder: folder, isBound: true).measure(20_000, clock: clock)
  let free = try GuardBench(manifest, folder: folder, isBound: false).measure(20_000, clock: clock)
  print("\nan order compared with its command: \(number((bound - free) / 1000, 2)) µs of the guard's", terminator: " ")
  print("\(number(bound / 1000, 2)) µs, without seals")
  let signed = try GuardBench(manifest, folder: folder, isBound: true).measure(20_000, clock: clock, isSealed: true)
  print("a signed order: \(number(signed / 1000, 2)) µs, \(Int(1e9 / signed)) a second")
}
