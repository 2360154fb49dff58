import CPatchbay
import ConnectorKit
import Decimals

/// An account and its private stream.
final class PrivateAccount {
  let id: pb_id
  /// 0 while there is none.
  var stream: pb_id = 0
  /// The last sequence of each channel; 0 before the snapshot.
  var executionsSequence: UInt64 = 0
  var balancesSequence: UInt64 = 0
  var isLive = false
  /// When the stream is opened, and its token asked for, again.
  var pause = RetryPause()
  /// The timer before that, or 0.
  var streamTimer: pb_id = 0
  /// The stream is being closed, to open anew: what still comes on it is of no use.
  var isRestarting = false
  /// Orders that have not ended, by the venue's id: reports name only what changed. For look-ups alone: the order means
  /// nothing.
  var orders: [String: OpenOrder] = [:]
  /// Venue ids by client order ids.
  var venueOrders: [String: String] = [:]
  /// The orders that ended last: the stream may tell an order's end before REST tells its beginning.
  private(set) var ended: [String] = []

  /// A request for balances is under way, and the balances changed again meanwhile.
  var isAskingBalances = false
  var wantsBalances = false
  /// The timer before the next request for balances, or 0.
  var balancesTimer: pb_id = 0
  var lastBalances = Int64.min

  init(id: pb_id) { self.id = id }

  func remember(_ venueOrder: String, _ order: OpenOrder) {
    orders[venueOrder] = order
    if !order.client.isEmpty { venueOrders[order.client] = venueOrder }
  }

  func forgetAll() {
    orders.removeAll(keepingCapacity: true)
    venueOrders.removeAll(keepingCapacity: true)
  }

  func forget(_ venueOrder: String) {
    if ended.count >= 256 { ended.removeFirst(128) }
    ended.append(venueOrder)
    guard let order = orders.removeValue(forKey: venueOrder) else { return }
    if venueOrders[order.client] == venueOrder { venueOrders[order.client] = nil }
  }
}

/// Balances, fills and fee rates of an account. Sources: Kraken API Center, "Get Extended Balance", "Get Trades
/// History", "Get Trade Volume".
extension KrakenSpot {
  func accountChanged(_ account: Account) {
    if account.isPresent {
      guard self.account(account.id) == nil else { return }
      let added = PrivateAccount(id: account.id)
      accounts.append(added)
      openPrivateStream(added)
    } else if let gone = self.account(account.id) {
      accounts.removeAll { $0 === gone }
      closePrivateStream(gone)
    }
  }

  // MARK: Balances

  func balances(_ command: Command, _ account: PrivateAccount) { askBalances(account, command: command.id) }

  private func askBalances(_ account: PrivateAccount, command: pb_id) {
    account.isAskingBalances = true
    account.wantsBalances = false
    account.lastBalances = out.now.mono
    var request = signed(.balances, account: account.id)
    request.command = command
    out.send(request, id: requests.insert(.balances(account: account.id, command: command)))
  }

  /// What the balances channel says of the wallet that orders use, spot/main; of the others REST alone speaks, under
  /// names of their own. How much of it orders hold is not said. An entry that cannot be read is left out: the balances
  /// are asked for in any case.
  ///
  /// A snapshot: `[{"asset": "BTC", "balance": 1.2, "wallets": [{"type": "spot", "id": "main", "balance": 1.2}]}]`; an
  /// update: `[{"asset": "BTC", "balance": 1.2, "wallet_type": "spot", "wallet_id": "main", ...}]`.
  func reportTotals(_ data: JSONMark, _ account: PrivateAccount) {
    var json = data.scanner()
    json.enterArray()
    while json.nextElement() {
      var entry = json.entry()
      guard json.isValid else { break }
      guard let (name, total) = readTotal(&entry) else {
        out.log(.warning, "private stream: a balance could not be read and is left out")
        continue
      }
      if let total { out.balance(account: account.id, asset: asset(name), total: total, available: nil) }
    }
  }

  /// The total is nil where another wallet is meant.
  private func readTotal(_ json: inout JSONScanner) -> (name: String, total: WideDecimal?)? {
    var name = ""
    var whole: WideDecimal?
    var (listed, main): (Bool, WideDecimal?) = (false, nil)
    var isMain = true
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "asset": name = json.string().text
      case "balance": whole = json.wideDecimal()
      case "wallet_type": if json.string() != "spot" { isMain = false }
      case "wallet_id": if json.string() != "main" { isMain = false }
      case "wallets":
        listed = true
        json.enterArray()
        while json.nextElement() { if let balance = readWallet(&json) { main = balance } }
      default: json.skip()
      }
    }
    guard json.isValid, !name.isEmpty, whole != nil || listed else { return nil }
    return (name, isMain ? (listed ? main : whole) : nil)
  }

  /// The balance of spot/main; nil for other wallets.
  private func readWallet(_ json: inout JSONScanner) -> WideDecimal? {
    var isMain = true
    var balance: WideDecimal?
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "type": if json.string() != "spot" { isMain = false }
      case "id": if json.string() != "main" { isMain = false }
      case "balance": balance = json.wideDecimal()
      default: json.skip()
      }
    }
    return isMain ? balance : nil
  }

  /// The private stream does not say what orders hold, nor all wallets: the balances are asked for, at most every few
  /// seconds.
  func balancesChanged(_ account: PrivateAccount) {
    account.wantsBalances = true
    guard !account.isAskingBalances, account.balancesTimer == 0 else { return }
    let due = account.lastBalances == .min ? 0 : account.lastBalances + Venue.balanceInterval - out.now.mono
    guard due > 0 else { return askBalances(account, command: 0) }
    account.balancesTimer = timers.insert(.balances(account: account.id))
    out.timer(account.balancesTimer, after: due)
  }

  func refreshBalances(_ id: pb_id) {
    guard let account = account(id) else { return }
    account.balancesTimer = 0
    if account.wantsBalances, !account.isAskingBalances { askBalances(account, command: 0) }
  }

  func balancesAnswered(_ id: pb_id) {
    guard let account = account(id) else { return }
    account.isAskingBalances = false
    if account.wantsBalances { balancesChanged(account) }
  }

  /// `{"ZUSD": {"balance": "25.0", "hold_trade": "8.0", "credit": "0", "credit_used": "0"}}`; the older Balance gives
  /// `{"ZUSD": "25.0"}`. Available is balance + credit - credit_used - hold_trade.
  func balances(_ account: pb_id, _ command: pb_id, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    guard var json = Envelope(body).result?.scanner() else { return unreadable(command, "balances") }
    var isWhole = true
    json.enterObject()
    while let name = json.nextKey() {
      var entry = json.entry()
      guard json.isValid else { break }
      guard let (total, available) = readBalance(&entry) else {
        out.log(.error, "the balance of \(name.text) cannot be read and is left out")
        isWhole = false
        continue
      }
      out.balance(account: account, asset: asset(name.text), total: total, available: available, command: command)
    }
    guard json.isValid else { return unreadable(command, "balances") }
    if command != 0 { out.complete(PB_EV_BALANCE, command: command, account: account, partial: !isWhole) }
    out.done(command)
    return .ok
  }

  private func readBalance(_ json: inout JSONScanner) -> (WideDecimal, WideDecimal)? {
    guard json.peek() == UInt8(ascii: "{") else {
      let total = json.wideDecimal()
      return json.isValid ? (total, total) : nil
    }
    var (balance, hold, credit, used) = (WideDecimal.zero, WideDecimal.zero, WideDecimal.zero, WideDecimal.zero)
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "balance": balance = json.wideDecimal()
      case "hold_trade": hold = json.wideDecimal()
      case "credit": credit = json.wideDecimal()
      case "credit_used": used = json.wideDecimal()
      default: json.skip()
      }
    }
    return json.isValid ? (balance, balance + credit - used - hold) : nil
  }

  // MARK: Fills

  /// A question for fills, answered in pages of fifty, the newest first.
  struct FillsJob {
    let command: pb_id
    let account: pb_id
    let instrument: pb_id
    let since: Int64
    let until: Int64
    let limit: Int
    var offset = 0
    var told = 0
    /// Entries that could not be read.
    var unread = 0
    /// Five pages: more would use up the account's call counter.
    static let defaultLimit = 250
  }

  func fills(_ command: Command, _ account: PrivateAccount) {
    let fields = command.fields
    ask(
      FillsJob(
        command: command.id, account: account.id, instrument: command.instrument, since: fields.since_ns,
        until: fields.until_ns, limit: command.limit == 0 ? FillsJob.defaultLimit : command.limit))
  }

  private func ask(_ job: FillsJob) {
    var form: [(name: String, value: String)] = []
    if job.since > 0 { form.append(("start", seconds(job.since))) }
    if job.until > 0 { form.append(("end", seconds(job.until))) }
    if job.offset > 0 { form.append(("ofs", "\(job.offset)")) }
    var request = signed(.tradesHistory, account: job.account, form: form)
    request.command = job.command
    out.send(request, id: requests.insert(.fills(job)))
  }

  private func seconds(_ time: Int64) -> String { Decimal64(mantissa: time, exponent: -9).plain }

  /// `{"count": 2, "trades": {"TXID": {"ordertxid", "pair", "time", "type", "price", "fee", "vol", "maker", ...}}}`
  func fills(_ job: FillsJob, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    guard var json = Envelope(body).result?.scanner() else { return unreadable(job.command, "trades") }
    var job = job
    var count = 0
    var page = 0
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "count": count = Int(clamping: json.integer())
      case "trades":
        json.enterObject()
        while let id = json.nextKey() {
          page += 1
          var entry = json.entry()
          if tellFill(id, &entry, &job) { job.told += 1 }
          guard entry.isValid else {
            job.unread += 1
            out.log(.error, "trade \(id.text) cannot be read and is left out")
            continue
          }
        }
      default: json.skip()
      }
    }
    guard json.isValid else { return unreadable(job.command, "trades") }
    job.offset += page
    let isMore = page > 0 && job.offset < count
    if isMore, job.told < job.limit {
      ask(job)
      return .ok
    }
    out.complete(
      PB_EV_FILL, command: job.command, account: job.account, instrument: job.instrument,
      partial: isMore || job.unread > 0)
    out.done(job.command)
    return .ok
  }

  private func tellFill(_ id: JSONText, _ json: inout JSONScanner, _ job: inout FillsJob) -> Bool {
    var fill = pb_fill()
    var order = ""
    var client = ""
    var found: Market?
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "ordertxid": order = json.string().text
      case "cl_ord_id": client = json.scalar().text
      case "pair": found = market(named: json.string())
      case "time": fill.venue_ns = json.seconds()
      case "type": fill.side = side(json.string()).rawValue
      case "price": fill.price = pb_dec(json.decimal())
      case "vol": fill.quantity = pb_dec(json.decimal())
      case "fee": fill.fee = pb_dec(json.optionalDecimal())
      case "maker":
        fill.liquidity = (json.boolean() ? Liquidity.maker : .taker).rawValue
      default: json.skip()
      }
    }
    guard json.isValid, let market = found, job.told < job.limit else { return false }
    guard job.instrument == 0 || job.instrument == market.id else { return false }
    guard fill.venue_ns >= job.since, job.until == 0 || fill.venue_ns < job.until else { return false }
    fill.account = job.account
    fill.instrument = market.id
    fill.command = job.command
    // "fee: total fee (quote currency)".
    out.fill(fill, trade: id.text, client: client == "null" ? "" : client, venue: order, feeAsset: market.info.quote)
    return true
  }

  // MARK: Fees

  /// A question for fee rates; the pairs that are still to be asked for.
  struct FeesJob {
    let command: pb_id
    let account: pb_id
    let instrument: pb_id
    var next = 0
    static let pairsPerRequest = 100
  }

  func fees(_ command: Command, _ account: PrivateAccount) {
    if command.instrument != 0, market(command.instrument) == nil {
      return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
    }
    ask(FeesJob(command: command.id, account: account.id, instrument: command.instrument))
  }

  private func ask(_ job: FeesJob) {
    let pairs = market(job.instrument).map { [$0.pair] }
      ?? markets.dropFirst(job.next).prefix(FeesJob.pairsPerRequest).map(\.pair)
    var next = job
    next.next += pairs.count
    var request = signed(.tradeVolume, account: job.account, form: [("pair", pairs.joined(separator: ","))])
    request.command = job.command
    out.send(request, id: requests.insert(.fees(next)))
  }

  /// `{"fees": {"XXBTZUSD": {"fee": "0.26", ...}}, "fees_maker": {"XXBTZUSD": {"fee": "0.16", ...}}}`, in percent. A
  /// pair without a maker's rate has one rate for both.
  func fees(_ job: FeesJob, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    guard var json = Envelope(body).result?.scanner() else { return unreadable(job.command, "fees") }
    var takers: [(market: Market, rate: Decimal64)] = []
    var makers: [(market: Market, rate: Decimal64)] = []
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "fees" where json.peek() == UInt8(ascii: "{"): takers = readRates(&json)
      case "fees_maker" where json.peek() == UInt8(ascii: "{"): makers = readRates(&json)
      default: json.skip()
      }
    }
    guard json.isValid else { return unreadable(job.command, "fees") }
    for (market, taker) in takers {
      let maker = makers.first { $0.market === market }?.rate ?? taker
      out.fees(account: job.account, instrument: market.id, maker: maker, taker: taker, command: job.command)
    }
    if job.instrument == 0, job.next < markets.count {
      ask(job)
      return .ok
    }
    out.complete(PB_EV_FEES, command: job.command, account: job.account, instrument: job.instrument)
    out.done(job.command)
    return .ok
  }

  private func readRates(_ json: inout JSONScanner) -> [(market: Market, rate: Decimal64)] {
    var rates: [(market: Market, rate: Decimal64)] = []
    json.enterObject()
    while let pair = json.nextKey() {
      let market = market(named: pair)
      var entry = json.entry()
      entry.enterObject()
      while let key = entry.nextKey() {
        guard key == "fee" else { entry.skip(); continue }
        let percent = entry.decimal()
        if entry.isValid, let market, let rate = PairInfo.fraction(percent) { rates.append((market, rate)) }
      }
    }
    return rates
  }
}
