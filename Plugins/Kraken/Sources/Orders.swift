import CPatchbay
import ConnectorKit
import Decimals

/// One order of a command, copied, so that it outlives the call.
struct OrderSpec {
  let market: Market
  let host: pb_id
  let client: String
  let venue: String
  let side: Side
  let type: OrderType
  let timeInForce: TimeInForce
  let flags: OrderFlags
  let price: Decimal64?
  let quantity: Decimal64?
  let stop: Decimal64?
  let value: Decimal64?
}

/// A command that becomes one request or several; it is answered when the last has been.
final class OrderJob {
  let command: pb_id
  let account: pb_id
  let total: Int
  var outstanding = 0
  var refused = 0
  var unknown = 0
  var error: VenueError?
  /// Reports the refused orders once the answer is known; not when the host gives the command again.
  var refusals: [() -> Void] = []

  init(_ command: pb_id, _ account: pb_id, total: Int) {
    self.command = command
    self.account = account
    self.total = total
  }
}

/// Placing, changing and cancelling. Sources: Kraken API Center, "Add Order", "Add Order Batch", "Amend Order", "Cancel
/// Order", "Cancel Order Batch".
extension KrakenSpot {
  /// Orders in one request: 2 to 15 of one pair.
  private static let placeBatch = 15
  /// Ids in one request.
  private static let cancelBatch = 50

  /// The orders that a command is about; what an item of a batch leaves out it takes from the batch. Answers the
  /// command and gives nil when an instrument is not known.
  private func specs(_ command: Command) -> [OrderSpec]? {
    var specs: [OrderSpec] = []
    for part in command.items.isEmpty ? [command] : command.items {
      let instrument = part.instrument == 0 ? command.instrument : part.instrument
      guard let market = market(instrument) else {
        out.refuse(command.id, .unknownInstrument, "no instrument \(instrument)")
        return nil
      }
      specs.append(
        OrderSpec(
          market: market, host: part.order, client: part.clientOrder, venue: part.venueOrder, side: part.side,
          type: part.type ?? .limit, timeInForce: part.timeInForce, flags: part.flags, price: part.price,
          quantity: part.quantity, stop: part.stop, value: part.value))
    }
    return specs
  }

  // MARK: Place

  func place(_ command: Command, _ account: PrivateAccount) {
    guard let specs = specs(command) else { return }
    let job = OrderJob(command.id, account.id, total: specs.count)
    var groups: [[OrderSpec]] = []
    for spec in specs {
      if let why = refusal(spec) {
        refuse(job, spec, VenueError(failure: why.failure, text: why.text))
      } else if let last = groups.indices.last, groups[last][0].market === spec.market,
        groups[last].count < KrakenSpot.placeBatch
      {
        groups[last].append(spec)
      } else {
        groups.append([spec])
      }
    }
    for group in groups { send(group, job) }
    finish(job)
  }

  private func send(_ group: [OrderSpec], _ job: OrderJob) {
    let market = group[0].market
    declareOrderLimit(market)
    var request: Request
    if group.count == 1 {
      request = signed(.addOrder, account: job.account, form: [("pair", market.pair)] + parameters(group[0]))
    } else {
      let orders = group.map { spec in
        "{" + parameters(spec).map { "\"\($0.name)\":\(jsonString($0.value))" }.joined(separator: ",") + "}"
      }
      request = signed(
        .addOrderBatch, account: job.account,
        json: "\"pair\":\(jsonString(market.pair)),\"orders\":[\(orders.joined(separator: ","))]")
    }
    request.command = job.command
    request.charges = [Charge(market.bucket, UInt32(group.count))]
    job.outstanding += 1
    out.send(request, id: requests.insert(.place(job, group)))
  }

  /// Why an order is not even sent.
  private func refusal(_ spec: OrderSpec) -> (failure: Failure, text: String)? {
    if spec.side == .none { return (.invalidOrder, "side must be buy or sell") }
    if spec.flags.contains(.reduceOnly) || spec.flags.contains(.close) {
      return (.unsupported, "reduce-only is for margin positions, which are not offered here")
    }
    if spec.timeInForce == .goodTilDate { return (.unsupported, "this time in force is not offered") }
    let hasLimit = spec.type == .limit || spec.type == .stopLimit || spec.type == .takeLimit
    if hasLimit != (spec.price != nil) {
      return (.invalidOrder, hasLimit ? "price is absent" : "this type has no price")
    }
    let isTriggered = spec.type != .limit && spec.type != .market
    if isTriggered != (spec.stop != nil) {
      return (.invalidOrder, isTriggered ? "the stop price is absent" : "this type has no stop price")
    }
    if spec.flags.contains(.postOnly) || spec.timeInForce == .fillOrKill, spec.type != .limit {
      return (.unsupported, "only limit orders can be post-only or fill-or-kill")
    }
    if spec.flags.contains(.byValue) {
      if spec.type != .market { return (.unsupported, "only market orders can be by value") }
      if spec.value == nil { return (.invalidOrder, "value is absent") }
    } else if spec.quantity == nil {
      return (.invalidOrder, "quantity is absent")
    }
    return nil
  }

  /// An order's parameters, in the names of AddOrder. For triggered orders "price" is the trigger and "price2" the
  /// limit.
  private func parameters(_ spec: OrderSpec) -> [(name: String, value: String)] {
    let isByValue = spec.flags.contains(.byValue)
    var list: [(name: String, value: String)] = [
      ("type", spec.side == .buy ? "buy" : "sell"), ("ordertype", Words.type(spec.type)),
      ("volume", (isByValue ? spec.value : spec.quantity)?.plain ?? ""),
    ]
    if !spec.client.isEmpty { list.append(("cl_ord_id", spec.client)) }
    if let stop = spec.stop {
      list.append(("price", stop.plain))
      if let price = spec.price { list.append(("price2", price.plain)) }
    } else if let price = spec.price {
      list.append(("price", price.plain))
    }
    // Volume in quote currency is offered for market orders.
    if spec.flags.contains(.postOnly) { list.append(("oflags", "post")) }
    if isByValue { list.append(("oflags", "viqc")) }
    switch spec.timeInForce {
    case .immediateOrCancel where spec.type != .market: list.append(("timeinforce", "IOC"))
    case .fillOrKill: list.append(("timeinforce", "FOK"))
    default: break
    }
    return list
  }

  /// The trading engine counts transactions per pair; a pair's counter is declared when it is first needed.
  private func declareOrderLimit(_ market: Market) {
    guard !market.hasOrderLimit else { return }
    market.hasOrderLimit = true
    out.limits([venue.orderLimit(market)])
  }

  /// `{"txid": ["OUF4EM-FRGI2-MQMWZD"], "descr": {...}}`, or of a batch `{"orders": [{"txid": "...", "descr"},
  /// {"error": "..."}]}`.
  func placed(
    _ job: OrderJob, _ orders: [OrderSpec], _ error: VenueError?, _ body: UnsafeBufferPointer<UInt8>
  ) -> Status {
    job.outstanding -= 1
    defer { finish(job) }
    if let error {
      for order in orders { refuse(job, order, error) }
      return .ok
    }
    let answers = Envelope(body).result.map { PlaceAnswer.read($0) } ?? []
    guard answers.count == orders.count else {
      // It says that it was done, but not what.
      var error = VenueError(failure: .other, text: "the venue's answer to an order cannot be read")
      error.isAmbiguous = true
      for order in orders { refuse(job, order, error) }
      return .parse
    }
    for (order, answer) in zip(orders, answers) {
      if !answer.error.isEmpty {
        refuse(job, order, VenueError(answer.error, now: out.now.venue))
      } else {
        accept(job, order, answer.id)
      }
    }
    return .ok
  }

  private func accept(_ job: OrderJob, _ spec: OrderSpec, _ id: String) {
    guard let account = account(job.account) else { return }
    // The stream may have told of it, and even of its end, before this answer.
    if account.ended.contains(id) { return }
    var order = account.orders[id] ?? OpenOrder(spec)
    if account.orders[id] == nil {
      order.created = out.now.venue
      order.state = order.waitsForTrigger ? .untriggered : .open
      // Without the stream nothing would tell that it ended.
      if account.isLive || spec.type != .market { account.remember(id, order) }
    }
    tell(order, id, account: job.account, host: spec.host, command: job.command)
  }

  /// Counts an order that was not accepted, or of which nobody knows.
  func refuse(_ job: OrderJob, _ spec: OrderSpec, _ error: VenueError) {
    job.error = job.error ?? error
    if error.isAmbiguous {
      job.unknown += 1
      return
    }
    job.refused += 1
    var record = OpenOrder(spec).fields
    record.account = job.account
    record.instrument = spec.market.id
    record.order = spec.host
    record.command = job.command
    record.state = OrderState.rejected.rawValue
    record.error = error.failure.rawValue
    record.filled = pb_dec(.zero)
    let refused = record
    job.refusals.append { [unowned self] in
      out.order(refused, client: spec.client, venue: spec.venue, reason: error.text)
    }
  }

  /// Answers the command when nothing is outstanding: unknown when any part is, refused when all parts are, else done.
  func finish(_ job: OrderJob) {
    guard job.outstanding == 0 else { return }
    guard let error = job.error else { return out.done(job.command) }
    let outcome: Outcome = job.unknown > 0 ? .unknown : job.refused == job.total ? .refused : .done
    if outcome != .refused || error.failure != .clock { for report in job.refusals { report() } }
    job.refusals = []
    let failed = job.unknown + job.refused
    let text = job.total == 1 ? error.text : "\(failed) of \(job.total) failed, the first: \(error.text)"
    out.reply(
      job.command, outcome, outcome == .done ? .none : error.failure, retryAfter: error.retryAfter, code: error.code,
      text)
  }

  // MARK: Amend

  func amend(_ command: Command, _ account: PrivateAccount) {
    guard let specs = specs(command) else { return }
    let job = OrderJob(command.id, account.id, total: specs.count)
    for spec in specs { sendAmend(spec, job, account) }
    finish(job)
  }

  private func sendAmend(_ spec: OrderSpec, _ job: OrderJob, _ account: PrivateAccount) {
    guard let name = naming(spec), spec.price != nil || spec.quantity != nil || spec.stop != nil else {
      job.refused += 1
      job.error = job.error ?? VenueError(failure: .invalidOrder, text: "an amendment names its order and what changes")
      return
    }
    declareOrderLimit(spec.market)
    var form = [name]
    if let quantity = spec.quantity { form.append(("order_qty", quantity.plain)) }
    if let price = spec.price { form.append(("limit_price", price.plain)) }
    if let stop = spec.stop { form.append(("trigger_price", stop.plain)) }
    if spec.flags.contains(.postOnly) { form.append(("post_only", "true")) }
    var request = signed(.amendOrder, account: job.account, form: form)
    request.command = job.command
    request.charges = [Charge(spec.market.bucket, Venue.amendWeight(age: age(of: spec, account)))]
    job.outstanding += 1
    out.send(request, id: requests.insert(.amend(job, spec)))
  }

  /// `{"amend_id": "TEZA4R-DSDGT-IJBOJK"}`. What became of the order, the private stream tells.
  func amended(_ job: OrderJob, _ spec: OrderSpec, _ error: VenueError?) -> Status {
    job.outstanding -= 1
    if let error {
      job.error = job.error ?? error
      if error.isAmbiguous { job.unknown += 1 } else { job.refused += 1 }
    }
    finish(job)
    return .ok
  }

  // MARK: Cancel

  func cancel(_ command: Command, _ account: PrivateAccount) {
    guard let specs = specs(command) else { return }
    let job = OrderJob(command.id, account.id, total: specs.count)
    var start = 0
    while start < specs.count {
      // A batch may span pairs, but is charged to each one's counter.
      let group = Array(specs[start..<min(start + KrakenSpot.cancelBatch, specs.count)])
      start += group.count
      sendCancel(group, job, account)
    }
    finish(job)
  }

  private func sendCancel(_ group: [OrderSpec], _ job: OrderJob, _ account: PrivateAccount) {
    var named: [OrderSpec] = []
    for spec in group {
      if naming(spec) == nil {
        job.refused += 1
        job.error = job.error ?? VenueError(failure: .invalidOrder, text: "a cancel names its order")
      } else {
        named.append(spec)
      }
    }
    guard let first = named.first, let name = naming(first) else { return }
    var request: Request
    if named.count == 1 {
      request = signed(.cancelOrder, account: job.account, form: [name])
    } else {
      let venue = named.filter { !$0.venue.isEmpty }.map { jsonString($0.venue) }
      let client = named.filter { $0.venue.isEmpty }.map { jsonString($0.client) }
      var members: [String] = []
      if !venue.isEmpty { members.append("\"orders\":[\(venue.joined(separator: ","))]") }
      if !client.isEmpty { members.append("\"cl_ord_ids\":[\(client.joined(separator: ","))]") }
      request = signed(.cancelOrderBatch, account: job.account, json: members.joined(separator: ","))
    }
    request.command = job.command
    for spec in named {
      declareOrderLimit(spec.market)
      let weight = Venue.cancelWeight(age: age(of: spec, account))
      if let place = request.charges.firstIndex(where: { $0.bucket == spec.market.bucket }) {
        request.charges[place].weight += weight
      } else {
        request.charges.append(Charge(spec.market.bucket, weight))
      }
    }
    job.outstanding += 1
    out.send(request, id: requests.insert(.cancel(job, named)))
  }

  /// `{"count": 1}`, with `"pending": true` while the engine still works on it.
  func cancelled(
    _ job: OrderJob, _ orders: [OrderSpec], _ error: VenueError?, _ body: UnsafeBufferPointer<UInt8>
  ) -> Status {
    job.outstanding -= 1
    defer { finish(job) }
    if let error {
      job.error = job.error ?? error
      if error.isAmbiguous { job.unknown += orders.count } else { job.refused += orders.count }
      return .ok
    }
    var count: Int64 = -1
    var isPending = false
    if var json = Envelope(body).result?.scanner() {
      json.enterObject()
      while let key = json.nextKey() {
        switch key {
        case "count": count = json.integer()
        case "pending": isPending = json.boolean()
        default: json.skip()
        }
      }
      if !json.isValid { count = -1 }
    }
    guard count >= 0 else {
      job.unknown += orders.count
      job.error = job.error ?? VenueError(failure: .other, text: "the venue's answer to a cancel cannot be read")
      return .parse
    }
    if count < orders.count {
      // Which ones were not there, the venue does not say; the stream tells of those that were.
      job.refused += orders.count - Int(count)
      job.error = job.error ?? VenueError(failure: .unknownOrder, text: "\(count) of \(orders.count) orders were open")
    } else if !isPending {
      for spec in orders { tellCancelled(spec, job) }
    }
    return .ok
  }

  private func tellCancelled(_ spec: OrderSpec, _ job: OrderJob) {
    guard let account = account(job.account) else { return }
    let id = spec.venue.isEmpty ? account.venueOrders[spec.client] ?? "" : spec.venue
    var order = account.orders[id] ?? OpenOrder(named: spec)
    order.state = .cancelled
    tell(order, id, account: job.account, host: spec.host, command: job.command)
  }

  // MARK: Names and ages

  /// How a request names an order: by the venue's id where it is known.
  private func naming(_ spec: OrderSpec) -> (name: String, value: String)? {
    if !spec.venue.isEmpty { return ("txid", spec.venue) }
    return spec.client.isEmpty ? nil : ("cl_ord_id", spec.client)
  }

  /// How long an order has rested; one that is not remembered is old.
  private func age(of spec: OrderSpec, _ account: PrivateAccount) -> Int64 {
    let id = spec.venue.isEmpty ? account.venueOrders[spec.client] ?? "" : spec.venue
    guard let order = account.orders[id] else { return .max }
    return max(0, out.now.venue.subtractingSaturated(order.created))
  }
}
