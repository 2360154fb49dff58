import CPatchbay
import ConnectorKit
import Decimals

/// What is known of an order.
struct OpenOrder {
  /// Its number; -1 where it is not known.
  var market = -1
  var client = ""
  var state = OrderState.open
  var side = Side.none
  var type: OrderType?
  /// As it was ordered, or as the venue says.
  var timeInForce: TimeInForce?
  var flags: OrderFlags = []
  var price: Decimal64?
  var quantity: Decimal64?
  var stop: Decimal64?
  var filled: Decimal64?
  var average: Decimal64?
  /// Venue time.
  var created: Int64 = 0
  /// A stop whose price has been reached.
  var isTriggered = false
  var reason = ""

  init() {}

  /// An order as it is placed.
  init(_ spec: OrderSpec) {
    self.init(named: spec)
    side = spec.side
    type = spec.type
    timeInForce = spec.type == .market ? .immediateOrCancel : spec.timeInForce
    flags = spec.flags
    price = spec.price
    stop = spec.stop
    if !spec.flags.contains(.byValue) { quantity = spec.quantity }
    filled = .zero
  }

  /// An order that a command names and nothing more is known of.
  init(named spec: OrderSpec) {
    market = spec.market.number
    client = spec.client
  }

  var waitsForTrigger: Bool {
    guard let type, type != .limit, type != .market else { return false }
    return !isTriggered
  }

  /// Everything but account, instrument and state.
  var fields: pb_order {
    var record = pb_order()
    record.side = side.rawValue
    record.type = type?.rawValue ?? 0
    record.time_in_force = timeInForce?.rawValue ?? 0
    record.flags = flags.rawValue
    record.price = pb_dec(price)
    record.quantity = pb_dec(quantity)
    record.filled = pb_dec(filled)
    record.average = pb_dec(average)
    record.stop = pb_dec(stop)
    return record
  }
}

/// The venue's words.
enum Words {
  static func type(_ type: OrderType) -> String {
    switch type {
    case .limit: "limit"
    case .market: "market"
    case .stopLimit: "stop-loss-limit"
    case .stopMarket: "stop-loss"
    case .takeLimit: "take-profit-limit"
    case .takeMarket: "take-profit"
    }
  }

  /// nil for types that this connector does not place, such as trailing stops.
  static func type(_ text: JSONText) -> OrderType? {
    switch text {
    case "limit", "iceberg": .limit
    case "market": .market
    case "stop-loss-limit", "trailing-stop-limit": .stopLimit
    case "stop-loss", "trailing-stop": .stopMarket
    case "take-profit-limit": .takeLimit
    case "take-profit": .takeMarket
    default: nil
    }
  }

  static func timeInForce(_ text: JSONText) -> TimeInForce {
    switch text {
    case "IOC", "ioc": .immediateOrCancel
    case "FOK", "fok": .fillOrKill
    case "GTD", "gtd": .goodTilDate
    default: .goodTilCancelled
    }
  }
}

/// One order's answer to being placed.
struct PlaceAnswer {
  var id = ""
  var error = ""

  static func read(_ mark: JSONMark) -> [PlaceAnswer] {
    var json = mark.scanner()
    var answers: [PlaceAnswer] = []
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "txid":
        json.enterArray()
        while json.nextElement() { answers.append(PlaceAnswer(id: json.scalar().text)) }
      case "orders":
        json.enterArray()
        while json.nextElement() { answers.append(one(&json)) }
      default: json.skip()
      }
    }
    guard json.isValid, !answers.contains(where: { $0.id.isEmpty && $0.error.isEmpty }) else { return [] }
    return answers
  }

  private static func one(_ json: inout JSONScanner) -> PlaceAnswer {
    var answer = PlaceAnswer()
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "txid": answer.id = json.scalar().text
      case "error": answer.error = json.string().text
      default: json.skip()
      }
    }
    return answer
  }
}

/// A question for one order. By the venue's id it is one request; by the client's the open orders are asked, then the
/// closed ones.
struct OrderQuery {
  enum Step { case byID, open, closed }
  let command: pb_id
  let account: pb_id
  let host: pb_id
  let instrument: pb_id
  let client: String
  let venue: String
  var step: Step
}

/// Orders as REST tells them. Sources: "Query Orders Info", "Get Open Orders", "Get Closed Orders".
extension KrakenSpot {
  /// - Parameter time: as the venue tells it; 0 for REST answers, which have no time of what they say.
  func tell(
    _ order: OpenOrder, _ id: String, account: pb_id, host: pb_id = 0, command: pb_id = 0, time: Int64 = 0
  ) {
    var record = order.fields
    record.account = account
    record.instrument = order.market >= 0 ? markets[order.market].id : 0
    record.order = host
    record.command = command
    record.venue_ns = time
    record.state = order.state.rawValue
    out.order(record, client: order.client, venue: id, reason: order.reason)
  }

  func queryOrder(_ command: Command, _ account: PrivateAccount) {
    let client = command.clientOrder
    let venue = command.venueOrder.isEmpty ? account.venueOrders[client] ?? "" : command.venueOrder
    guard !client.isEmpty || !venue.isEmpty else {
      return out.refuse(command.id, .invalidOrder, "the order is not named")
    }
    ask(
      OrderQuery(
        command: command.id, account: account.id, host: command.order, instrument: command.instrument, client: client,
        venue: venue, step: venue.isEmpty ? .open : .byID))
  }

  private func ask(_ query: OrderQuery) {
    var request =
      switch query.step {
      case .byID: signed(.queryOrders, account: query.account, form: [("txid", query.venue)])
      case .open: signed(.openOrders, account: query.account, form: [("cl_ord_id", query.client)])
      case .closed: signed(.closedOrders, account: query.account, form: [("cl_ord_id", query.client)])
      }
    request.command = query.command
    out.send(request, id: requests.insert(.order(query)))
  }

  func order(_ query: OrderQuery, _ error: VenueError?, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    if let error {
      if error.failure == .unknownOrder, query.step == .byID { return notFound(query) }
      return failed(query.command, error) ? .ok : .state
    }
    guard let (orders, unread) = readOrders(body) else { return unreadable(query.command, "orders") }
    let match = orders.first { id, order in query.step == .byID ? id == query.venue : order.client == query.client }
    // An order that cannot be read may be the one.
    guard let (id, found) = match else { return unread > 0 ? unreadable(query.command, "order") : notFound(query) }
    var order = found
    if order.market < 0 { order.market = market(query.instrument)?.number ?? -1 }
    tell(order, id, account: query.account, host: query.host, command: query.command)
    out.done(query.command)
    return .ok
  }

  private func notFound(_ query: OrderQuery) -> Status {
    var query = query
    if query.step == .byID, !query.client.isEmpty {
      query.step = .open
    } else if query.step == .open {
      query.step = .closed
    } else {
      out.refuse(query.command, .unknownOrder, "the venue knows no such order")
      return .ok
    }
    ask(query)
    return .ok
  }

  func openOrders(_ command: Command, _ account: PrivateAccount) {
    var request = signed(.openOrders, account: account.id)
    request.command = command.id
    out.send(
      request,
      id: requests.insert(.openOrders(command: command.id, account: account.id, instrument: command.instrument)))
  }

  func openOrders(
    _ command: pb_id, _ account: pb_id, _ instrument: pb_id, _ body: UnsafeBufferPointer<UInt8>
  ) -> Status {
    guard let (orders, unread) = readOrders(body) else { return unreadable(command, "open orders") }
    for (id, order) in orders where order.market >= 0 {
      guard instrument == 0 || markets[order.market].id == instrument else { continue }
      tell(order, id, account: account, command: command)
    }
    out.complete(PB_EV_ORDER, command: command, account: account, instrument: instrument, partial: unread > 0)
    out.done(command)
    return .ok
  }

  /// Orders that could be read, and how many could not; those are named and left out.
  /// `{"open": {"TXID": {...}}}`, `{"closed": {"TXID": {...}}, "count": 1}`, or of QueryOrders `{"TXID": {...}}`.
  func readOrders(_ body: UnsafeBufferPointer<UInt8>) -> (orders: [(id: String, order: OpenOrder)], unread: Int)? {
    guard var json = Envelope(body).result?.scanner() else { return nil }
    var orders: [(id: String, order: OpenOrder)] = []
    var unread = 0
    func read(_ id: String, _ entry: consuming JSONScanner) {
      var entry = entry
      readOrder(id, &entry, &orders)
      guard !entry.isValid else { return }
      unread += 1
      out.log(.error, "order \(id) cannot be read and is left out")
    }
    json.enterObject()
    while let key = json.nextKey() {
      if key == "open" || key == "closed" {
        json.enterObject()
        while let id = json.nextKey() { read(id.text, json.entry()) }
      } else if json.peek() == UInt8(ascii: "{") {
        read(key.text, json.entry())
      } else {
        json.skip()
      }
    }
    return json.isValid ? (orders, unread) : nil
  }

  /// `{"status", "cl_ord_id", "vol", "vol_exec", "price" (average), "stopprice", "oflags", "misc", "reason", "opentm",
  /// "descr":
  /// {"pair", "type", "ordertype", "price", "price2"}}`
  private func readOrder(_ id: String, _ json: inout JSONScanner, _ orders: inout [(id: String, order: OpenOrder)]) {
    var order = OpenOrder()
    var status = JSONText()
    var flags = JSONText()
    var stop: Decimal64?
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "stopprice": stop = KrakenSpot.price(&json)
      case "status": status = json.string()
      case "cl_ord_id" where json.peek() == UInt8(ascii: "\""): order.client = json.string().text
      case "vol": order.quantity = json.optionalDecimal()
      case "vol_exec": order.filled = json.optionalDecimal()
      // It is only shown.
      case "price": order.average = KrakenSpot.price(&json)
      case "opentm": order.created = json.seconds()
      case "oflags": flags = json.string()
      case "misc": order.isTriggered = KrakenSpot.isTriggered(json.string())
      case "reason" where json.peek() == UInt8(ascii: "\""): order.reason = json.string().text
      case "time_in_force", "timeinforce": order.timeInForce = Words.timeInForce(json.string())
      case "descr": readDescription(&json, &order)
      default: json.skip()
      }
    }
    guard json.isValid else { return }
    if order.waitsForTrigger, order.stop == nil { order.stop = stop }
    KrakenSpot.list(flags) { flag in
      if flag == "post" { order.flags.insert(.postOnly) }
      if flag == "viqc" { order.flags.insert(.byValue) }
    }
    // The volume of such an order is in quote currency.
    if order.flags.contains(.byValue) { order.quantity = nil }
    if order.average?.isZero == true { order.average = nil }
    let isFilled = order.filled?.isPositive == true
    switch status {
    case "closed": order.state = .filled
    case "canceled": order.state = .cancelled
    case "expired": order.state = .expired
    default: order.state = order.waitsForTrigger ? .untriggered : isFilled ? .partial : .open
    }
    orders.append((id, order))
  }

  private func readDescription(_ json: inout JSONScanner, _ order: inout OpenOrder) {
    var first: Decimal64?
    var second: Decimal64?
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "pair": order.market = market(named: json.string())?.number ?? -1
      case "type": order.side = side(json.string())
      case "ordertype": order.type = Words.type(json.string())
      case "price": first = KrakenSpot.price(&json)
      case "price2": second = KrakenSpot.price(&json)
      default: json.skip()
      }
    }
    switch order.type {
    case .limit: order.price = first
    case .stopMarket, .takeMarket: order.stop = first
    case .stopLimit, .takeLimit: (order.stop, order.price) = (first, second)
    case .market, nil: break
    }
  }

  /// A price of a description; zero is none, and relative prices such as `+5%` are not numbers.
  private static func price(_ json: inout JSONScanner) -> Decimal64? {
    var text = json.mark.scanner()
    json.skip()
    let value = text.decimal()
    return text.isValid && value.isPositive ? value : nil
  }

  /// "stopped": triggered by its stop price, "touched": by its touch price.
  private static func isTriggered(_ misc: JSONText) -> Bool {
    var found = false
    list(misc) { if $0 == "stopped" || $0 == "touched" { found = true } }
    return found
  }

  /// The members of a comma-separated list.
  private static func list(_ text: JSONText, _ body: (String) -> Void) {
    for member in text.text.split(separator: ",") { body(String(member)) }
  }
}
