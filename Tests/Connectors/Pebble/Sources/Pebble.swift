import CPatchbay
import ConnectorKit
import Decimals

/// A made-up exchange for the tests of the certifier: numbered books with snapshots in band, trades, signed orders, a
/// token for the private stream. Its configuration breaks it in one place, as a maintainer's mistake would.
public final class Pebble: Connector {
  enum Fault: String, CaseIterable {
    case none = ""
    /// Missing updates are not noticed.
    case lostContinuity = "lost_continuity"
    /// A trade's side is the maker's.
    case wrongSide = "wrong_side"
    /// The last digit of a price is lost.
    case roundedPrice = "rounded_price"
    /// What is signed is ordered otherwise than what is sent.
    case unorderedParameter = "unordered_parameter"
    /// The token is read from the reply instead of being captured.
    case leakedToken = "leaked_token"
    /// The secret stands in a header.
    case leakedSecret = "leaked_secret"
    /// Books stay as they were when the connection is cut.
    case deafToCuts = "deaf_to_cuts"
    /// The order of a hash table decides what is sent.
    case hashOrder = "hash_order"
    /// Every trade is remembered for ever.
    case hoarder
    /// A message that it does not know ends the process.
    case brittle
    /// A fill is reported with the order's quantity.
    case wrongFill = "wrong_fill"
    /// A price goes out in exponent notation.
    case exponent
  }

  struct Market {
    let symbol: String
    var sync = BookSync(.increment)
    var channels: Channels = []
  }

  private static let url = "https://api.pebble.test"
  private static let (priceExponent, quantityExponent): (Int32, Int32) = (-2, -3)
  let fault: Fault
  private var markets: [Market] = []
  private var publicStream: pb_id = 0
  private var privateStream: pb_id = 0
  var account: pb_id = 0
  private var nextStream: pb_id = 1
  private var nextRequest: pb_id = 1
  private var waiting: [pb_id: (command: pb_id, verb: Verb)] = [:]
  private var hoard: [[UInt8]] = []
  /// The number of the private stream's last numbered message.
  var lastNumber: UInt64 = 0

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    fault = Fault(rawValue: try config.string("fault") ?? "") ?? .none
    try super.init(config: config, out: out)
  }

  // MARK: Inputs

  public override func start(trading: Bool) {
    out.limits([Output.Limit(bucket: 1, name: "requests", scope: .address, capacity: 100, interval: 1_000_000_000)])
  }

  public override func account(_ account: Account) {
    self.account = account.isPresent ? account.id : 0
    if account.isPresent { askForToken() }
  }

  private func askForToken() {
    var request = Request(.post, "\(Self.url)/token")
    request.headers = [("X-Key", SealedText(.field("api_key"))), ("X-Time", SealedText(.milliseconds))]
    request.account = account
    request.permission = "token"
    if fault != .leakedToken { request.captures = [Capture("/token", slot: 1)] }
    send(request, for: 0, .clock)
  }

  private func send(_ request: Request, for command: pb_id, _ verb: Verb) {
    var request = request
    request.charges = [Charge(1)]
    request.command = command
    waiting[nextRequest] = (command, verb)
    out.send(request, id: nextRequest)
    nextRequest += 1
  }

  public override func closed(_ stream: pb_id, code: UInt32, reason: String) {
    if stream == privateStream {
      privateStream = 0
      out.timer(2, after: 1_000_000_000)
      return
    }
    guard stream == publicStream else { return }
    publicStream = 0
    if fault != .deafToCuts {
      for place in markets.indices where markets[place].sync.isLive {
        markets[place].sync.reset()
        out.gap(instrument: pb_id(place + 1), reason: .closed)
      }
    }
    out.timer(1, after: 1_000_000_000)
  }

  public override func timer(_ id: pb_id) {
    if id == 2 { return askForToken() }
    openPublic()
  }

  private func openPublic() {
    guard publicStream == 0, markets.contains(where: { !$0.channels.isEmpty }) else { return }
    publicStream = nextStream
    nextStream += 1
    out.open(publicStream, "wss://stream.pebble.test/public")
  }

  public override func opened(_ stream: pb_id, published: Published) {
    guard stream == publicStream else { return }
    for place in markets.indices where !markets[place].channels.isEmpty { subscribe(place) }
  }

  private func subscribe(_ place: Int) {
    var names = ["book", "trades"]
    // So many that two processes do not agree by chance.
    if fault == .hashOrder { names = Array(Set(names + (1...30).map { "news\($0)" })) }
    for name in names {
      out.send(
        Request(
          frame: "{\"op\":\"subscribe\",\"symbol\":\"\(markets[place].symbol)\",\"channel\":\"\(name)\"}",
          on: publicStream), id: nextRequest)
      nextRequest += 1
    }
  }

  // MARK: Commands

  public override func command(_ command: Command) -> Status {
    switch command.verb {
    case .clock, .tickers, .balances: query(command)
    case .instruments: send(Request(.get, "\(Self.url)/instruments"), for: command.id, .instruments)
    case .subscribe, .unsubscribe, .resync: stream(command)
    case .place: place(command)
    case .cancel, .cancelMany: cancel(command)
    default: return .unsupported
    }
    return .ok
  }

  private func query(_ command: Command) {
    let verb = command.verb ?? .clock
    var request = Request(.get, "\(Self.url)/\(verb == .clock ? "time" : verb == .tickers ? "tickers" : "balances")")
    if verb == .balances {
      request.account = command.account
      request.permission = "balances"
      request.headers = [("X-Key", SealedText(.field("api_key")))]
    }
    send(request, for: command.id, verb)
  }

  private func stream(_ command: Command) {
    let place = Int(command.instrument) - 1
    guard markets.indices.contains(place) else {
      return out.refuse(command.id, .unknownInstrument, "no such instrument")
    }
    if command.verb == .subscribe { markets[place].channels.formUnion(command.channels) }
    if command.verb == .resync { markets[place].sync.reset() }
    openPublic()
    out.done(command.id)
  }

  private func place(_ command: Command) {
    let place = Int(command.instrument) - 1
    guard markets.indices.contains(place) else {
      return out.refuse(command.id, .unknownInstrument, "no such instrument")
    }
    guard command.type == .limit || command.type == .market, let quantity = command.quantity else {
      return out.refuse(command.id, .unsupported, "limit and market orders only")
    }
    var form = Form()
    form.add("symbol", markets[place].symbol)
    form.add("side", command.side == .buy ? "buy" : "sell")
    form.add("type", command.flags.contains(.postOnly) ? "post_only" : command.type == .market ? "market" : "limit")
    form.add("quantity", quantity)
    if let price = command.price {
      form.add("price", fault == .exponent ? "\(price.mantissa)E\(price.exponent)" : price.plain)
    }
    form.add("client", command.clientOrder)
    send(signed(.post, "order", form, command, permission: "place"), for: command.id, .place)
  }

  private func cancel(_ command: Command) {
    let first = command.items.first ?? command
    var form = Form()
    if first.venueOrder.isEmpty { form.add("client", first.clientOrder) } else { form.add("id", first.venueOrder) }
    send(signed(.delete, "order", form, command, permission: "cancel"), for: command.id, .cancel)
  }

  /// The signature is over the body as sent, the time behind it.
  private func signed(
    _ method: ConnectorKit.Method, _ path: String, _ form: Form, _ command: Command, permission: String
  ) -> Request {
    let body = form.text + SealedText("&time=\(.milliseconds)")
    let covered = fault == .unorderedParameter ? SealedText("time=\(.milliseconds)&") + form.text : body
    var request = Request(method, "\(Self.url)/\(path)")
    request.body = body
    request.headers = [
      ("X-Key", SealedText(.field("api_key"))),
      ("X-Sign", SealedText(covered.hmac(.sha256, key: .field("secret_key")).hex)),
    ]
    if fault == .leakedSecret { request.headers.append(("X-Debug", SealedText(.field("secret_key")))) }
    request.account = command.account
    request.permission = permission
    request.priority = .order
    return request
  }

  // MARK: Replies

  public override func reply(_ reply: Reply, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    guard let (command, verb) = waiting.removeValue(forKey: reply.request) else { return .state }
    guard reply.outcome == .replied, reply.status < 500 else {
      out.reply(command, verb == .place ? .unknown : .refused, .transient)
      return .ok
    }
    guard reply.isSuccess else {
      var json = JSONScanner(body)
      var code = ""
      json.enterObject()
      while let key = json.nextKey() { if key == "code" { code = json.scalar().text } else { json.skip() } }
      let failure: Failure = reply.status == 429 ? .rateLimit : code == "no_order" ? .unknownOrder : .other
      out.refuse(command, failure, code: code, "refused")
      return .ok
    }
    switch verb {
    case .instruments: return instruments(body, command)
    case .clock where command == 0: return token(body)
    default:
      out.done(command)
      return .ok
    }
  }

  private func instruments(_ body: UnsafeBufferPointer<UInt8>, _ command: pb_id) -> Status {
    var json = JSONScanner(body)
    var symbols: [String] = []
    json.enterArray()
    while json.nextElement() { symbols.append(json.string().text) }
    guard json.isComplete() else {
      out.refuse(command, .other, "the reply is not readable")
      return .parse
    }
    for symbol in symbols {
      var place = markets.firstIndex { $0.symbol == symbol }
      if place == nil {
        markets.append(Market(symbol: symbol))
        place = markets.count - 1
      }
      var fields = pb_instrument()
      fields.instrument = pb_id((place ?? 0) + 1)
      fields.kind = UInt32(PB_KIND_SPOT)
      fields.state = UInt32(PB_INSTRUMENT_TRADING)
      (fields.price_exp, fields.quantity_exp) = (Self.priceExponent, Self.quantityExponent)
      fields.order_types = 0b110
      fields.tick = pb_dec(mantissa: 1, exponent: -2, state: UInt32(PB_DEC_EXACT))
      fields.lot = pb_dec(mantissa: 1, exponent: -3, state: UInt32(PB_DEC_EXACT))
      fields.maker_fee = pb_dec(mantissa: 1, exponent: -3, state: UInt32(PB_DEC_EXACT))
      let pair = symbol.split(separator: "-").map(String.init)
      out.instrument(fields, symbol: symbol, base: pair.first ?? symbol, quote: pair.last ?? symbol)
    }
    out.complete(PB_EV_INSTRUMENT, command: command)
    out.done(command)
    return .ok
  }

  private func token(_ body: UnsafeBufferPointer<UInt8>) -> Status {
    var json = JSONScanner(body)
    var text = ""
    json.enterObject()
    while let key = json.nextKey() { if key == "token" { text = json.string().text } else { json.skip() } }
    guard json.isComplete() else { return .parse }
    privateStream = nextStream
    nextStream += 1
    let url: SealedText =
      fault == .leakedToken
      ? "wss://stream.pebble.test/private?token=\(text)" : "wss://stream.pebble.test/private?token=\(.slot(1))"
    out.open(privateStream, url, account: account, permission: "stream")
    return .ok
  }

  // MARK: Frames

  public override func frame(_ stream: pb_id, _ payload: UnsafeBufferPointer<UInt8>, isBinary: Bool) -> Status {
    guard !isBinary else { return .parse }
    var json = JSONScanner(payload)
    var kind = JSONText()
    json.enterObject()
    while let key = json.nextKey() { if key == "kind" { kind = json.string() } else { json.skip() } }
    guard json.isComplete() else { return .parse }
    switch kind {
    case "snapshot": return book(payload, isSnapshot: true)
    case "update": return book(payload, isSnapshot: false)
    case "trade": return trade(payload)
    case "order": return order(payload)
    case "fill": return fill(payload)
    case "balance": return balance(payload)
    case "number": return numbered(payload, stream)
    default:
      precondition(fault != .brittle || kind.isEmpty, "an unknown message")
      return .ok
    }
  }

  func market(_ symbol: JSONText) -> Int? { markets.firstIndex { $0.symbol == symbol.text } }

  private func price(_ price: Int64) -> Int64 { fault == .roundedPrice ? price / 10 * 10 : price }

  private func book(_ payload: UnsafeBufferPointer<UInt8>, isSnapshot: Bool) -> Status {
    var json = JSONScanner(payload)
    var place: Int?
    var number: UInt64 = 0, time: Int64 = 0
    var bids = pb_list(), asks = pb_list()
    out.beginBook()
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol": place = market(json.string())
      case "number": number = json.unsigned()
      case "time": time = json.milliseconds()
      case "bids": bids = levels(&json)
      case "asks": asks = levels(&json)
      default: json.skip()
      }
    }
    guard json.isComplete(), let place else { return .parse }
    if isSnapshot {
      markets[place].sync.snapshot(number, isInBand: true)
    } else {
      switch markets[place].sync.update(first: number, last: number) {
      case .apply: break
      case .drop, .queue: return .ok
      case .gap(let expected, let got):
        if fault == .lostContinuity {
          markets[place].sync.snapshot(number, isInBand: true)
        } else {
          out.gap(instrument: pb_id(place + 1), reason: .sequence, expected: expected, got: got, time: time)
          return .ok
        }
      }
    }
    out.book(
      instrument: pb_id(place + 1), snapshot: isSnapshot, first: number, last: number, time: time, bids: bids,
      asks: asks)
    return .ok
  }

  private func levels(_ json: inout JSONScanner) -> pb_list {
    var list = pb_list()
    json.enterArray()
    while json.nextElement() {
      json.enterArray()
      var numbers: [Int64] = []
      while json.nextElement() {
        numbers.append(json.fixed(numbers.isEmpty ? Self.priceExponent : Self.quantityExponent))
      }
      guard numbers.count == 2 else {
        json.fail()
        break
      }
      out.merge(price: price(numbers[0]), quantity: numbers[1], into: &list)
    }
    return list
  }

  private func trade(_ payload: UnsafeBufferPointer<UInt8>) -> Status {
    var json = JSONScanner(payload)
    var place: Int?
    var id = JSONText()
    var amount: Int64 = 0, cost: Int64 = 0, time: Int64 = 0
    var isBuy = false
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol": place = market(json.string())
      case "id": id = json.scalar()
      case "price": cost = json.fixed(Self.priceExponent)
      case "quantity": amount = json.fixed(Self.quantityExponent)
      case "taker": isBuy = json.string() == "buy"
      case "time": time = json.milliseconds()
      default: json.skip()
      }
    }
    guard json.isComplete(), let place else { return .parse }
    if fault == .hoarder { hoard.append([UInt8](repeating: 1, count: 20_000)) }
    if fault == .wrongSide { isBuy.toggle() }
    out.trade(
      instrument: pb_id(place + 1), id: id, price: price(cost), quantity: amount, taker: isBuy ? .buy : .sell,
      time: time)
    return .ok
  }

  private func order(_ payload: UnsafeBufferPointer<UInt8>) -> Status {
    var json = JSONScanner(payload)
    var fields = pb_order()
    var client = "", venue = "", state = ""
    var filled = Decimal64.zero, quantity = Decimal64.zero, price = Decimal64.zero
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol": fields.instrument = pb_id((market(json.string()) ?? -1) + 1)
      case "id": venue = json.string().text
      case "client": client = json.string().text
      case "side": fields.side = json.string() == "buy" ? 1 : 2
      case "price": price = json.decimal()
      case "quantity": quantity = json.decimal()
      case "filled": filled = json.decimal()
      case "state": state = json.string().text
      default: json.skip()
      }
    }
    guard json.isComplete() else { return .parse }
    fields.account = account
    fields.state = UInt32(
      state == "open" ? PB_ORDER_STATE_OPEN : state == "partial" ? PB_ORDER_STATE_PARTIAL
        : state == "canceled" ? PB_ORDER_STATE_CANCELLED : PB_ORDER_STATE_FILLED)
    func dec(_ value: Decimal64) -> pb_dec {
      pb_dec(mantissa: value.mantissa, exponent: value.exponent, state: UInt32(PB_DEC_EXACT))
    }
    fields.price = dec(price)
    fields.quantity = dec(quantity)
    fields.filled = dec(fault == .wrongFill ? quantity : filled)
    out.order(fields, client: client, venue: venue)
    return .ok
  }
}
