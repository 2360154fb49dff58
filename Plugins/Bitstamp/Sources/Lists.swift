import CPatchbay
import ConnectorKit
import Decimals

/// What an account has: orders, trades, balances, fee rates. Sources: "Order status", "All open orders", "User
/// transactions", "Account balances", "All trading fees".
extension BitstampSpot {
  func offerLists() {
    let status = Self.account(.orderStatus, .form)
    serveOrder(OrderQuestion(status, at: "", isAlone: true)) { [unowned(unsafe) self] in order(&$1) }
    // Of all instruments: the exchange keeps the answer for ten seconds.
    orders(.openOrders, Pages(Self.account(.openOrders), at: "")) { [unowned(unsafe) self] in openOrder(&$1) }
    var pages = Pages(Self.account(.userTransactions, .form), at: "", .offset("offset"), full: 1000)
    pages.alone = Self.account(.marketTransactions, .form)
    // Newest first. A time in the question may be thirty days back at most: the pages go as far as is wanted.
    (pages.size, pages.isByTime) = ("limit", true)
    fills(pages) { [unowned(unsafe) self] in transaction(&$1) }
    balances(Self.account(.balances), at: "") { Self.balance(&$1) }
    let rates = Self.account(.fees)
    fees(of: rates, all: rates, symbol: "") { [unowned(unsafe) self] in feeRates(&$0) }
  }

  // MARK: Orders

  private static let order = FieldTable<OrderField>([
    "id": .venue, "client_order_id": .client, "market": .symbol, "currency_pair": .symbol, "type": .side,
    "subtype": .type, "status": .state, "price": .price, "amount_at_create": .quantity,
  ])

  /// `{"id": "1429545880227846", "datetime": "2021-11-25 12:59:59", "type": "0", "status": "Finished", "market":
  /// "ETH/USDT", "amount_remaining": "0", "client_order_id": "a1", "transactions": [{"tid": 209895701, "price":
  /// "4451.25", "eth": "0.005", "usdt": "22.25625", "fee": "0.11128", "datetime": "2021-11-25 12:59:59.322000", "type":
  /// 2}]}`.
  private func order(_ json: inout JSONScanner) -> OrderReport {
    var (report, transactions) = (OrderReport(), JSONMark?.none)
    report.read(&json, Self.order, vocabulary) { report, key, json in
      switch key {
      case "datetime": report.created = Self.time(&json)
      case "transactions": transactions = json.passed()
      default: return false
      }
      return true
    }
    if let market = market(named: report.symbol), var list = transactions?.scanner(), !list.skipNull() {
      list.elements { report.fills.append(Self.execution(&$0, market)) }
      if !list.isValid { json.fail() }
      report.filled = report.fills.reduce(Decimal64.zero) { sum, fill in
        sum.flatMap { left in fill.fillQuantity.flatMap { left.adding($0) } }
      }
      // An order that has been filled was so by trades, of which a list that names none says nothing.
      if report.fills.isEmpty, report.state == .filled { report.filled = nil }
    }
    if report.state == .open { report.state = report.openState }
    return report
  }

  /// One trade of an order: what changed hands stands under the names of the assets.
  private static func execution(_ json: inout JSONScanner, _ market: Market) -> OrderReport {
    let base = market.rules.base.lowercased()
    var fill = OrderReport()
    fill.feeAsset = market.rules.quote
    json.members { key, json in
      switch key {
      case "tid": fill.fillID = json.words()
      case "price": fill.fillPrice = json.optionalDecimal()
      case "fee": fill.fee = json.optionalDecimal()
      case "datetime": fill.time = time(&json)
      case _ where key.text == base: fill.fillQuantity = json.optionalDecimal()?.absolute
      default: return false
      }
      return true
    }
    return fill
  }

  /// `[{"id": "1", "datetime": "2019-01-31 21:23:36", "type": "0", "price": "0.00008012", "amount": "15",
  /// "amount_at_create": "20", "market": "XRP/BTC", "client_order_id": ""}]`: `amount` is what is left of it.
  private func openOrder(_ json: inout JSONScanner) -> OrderReport {
    var (report, left) = (OrderReport(), Decimal64?.none)
    report.read(&json, Self.order, vocabulary) { report, key, json in
      switch key {
      case "datetime": report.created = Self.time(&json)
      case "amount": left = json.optionalDecimal()
      default: return false
      }
      return true
    }
    if let quantity = report.quantity, let left { report.filled = quantity.subtracting(left) }
    report.quantity = report.quantity ?? left
    (report.type, report.state) = (report.type ?? .limit, report.openState)
    return report
  }

  // MARK: Trades

  /// `{"id": 209895701, "order_id": 1429545880227846, "type": "2", "datetime": "2021-11-25 12:59:59.322000", "eth":
  /// "0.00500000", "usdt": "-22.26", "eth_usdt": 4451.25, "fee": "0.11128", "usd": 0}`: of type 2. Which market it
  /// was in, the name of its price says; what the account gave has a minus sign. Deposits and the like are of none.
  private func transaction(_ json: inout JSONScanner) -> OrderReport {
    let entry = json.mark
    var (fill, type, market) = (OrderReport(), "", Market?.none)
    json.members { key, json in
      switch key {
      case "id": fill.fillID = json.words()
      case "order_id": fill.venue = json.words()
      case "type": type = json.words()
      case "datetime": fill.time = Self.time(&json)
      case "fee": fill.fee = Self.amount(&json)
      default:
        guard market == nil, let named = self.market(named: key) else { return false }
        let price = Self.amount(&json)
        guard price?.isZero == false else { return true }
        (market, fill.fillPrice) = (named, price?.absolute)
      }
      return true
    }
    guard json.isValid, type == "2" else { return OrderReport() }
    // Of a market that is not known here.
    guard let market else { return OrderReport() }
    let (base, quote) = (market.rules.base.lowercased(), market.rules.quote.lowercased())
    var (given, paid) = (Decimal64?.none, Decimal64?.none)
    var amounts = entry.scanner()
    amounts.members { key, json in
      switch key.text {
      case base: given = Self.amount(&json)
      case quote: paid = Self.amount(&json)
      default: return false
      }
      return true
    }
    guard amounts.isValid, let given, !given.isZero else {
      json.fail()
      return fill
    }
    let isBuy = paid.map { $0.isZero ? !given.isNegative : $0.isNegative } ?? !given.isNegative
    (fill.symbol, fill.side, fill.fillQuantity) = (market.symbol, isBuy ? .buy : .sell, given.absolute)
    fill.feeAsset = market.rules.quote
    return fill
  }

  /// A number, or `None`.
  private static func amount(_ json: inout JSONScanner) -> Decimal64? {
    var text = json.mark.scanner()
    guard text.scalar() != "None" else {
      json.skip()
      return nil
    }
    return json.optionalDecimal()
  }

  /// `2021-11-25 12:59:59.322000`, in UTC; some answers write it as RFC 3339 has it. 0 where it is neither.
  static func time(_ json: inout JSONScanner) -> Int64 {
    let words = json.words().replacing(" ", with: "T")
    let text = words.hasSuffix("Z") ? words : words + "Z"
    return Array(text.utf8).withUnsafeBufferPointer { RFC3339.nanoseconds($0) } ?? 0
  }

  // MARK: Balances and fees

  private static let balance = FieldTable<BalanceField>([
    "currency": .asset, "available": .free, "reserved": .held, "total": .total,
  ])

  /// `{"currency": "usdt", "total": "7.00000", "available": "7.00000", "reserved": "0.00000"}`.
  private static func balance(_ json: inout JSONScanner) -> BalanceReport {
    var report = BalanceReport(&json, balance)
    report.asset = report.asset.uppercased()
    return report
  }

  /// `[{"market": "btcusd", "fees": {"maker": "0.15000", "taker": "0.16000"}}]`: in percent, of all markets in one
  /// list. One without its rates cannot be read.
  private func feeRates(_ json: inout JSONScanner) -> MarketFees? {
    var (market, maker, taker) = (Market?.none, Decimal64?.none, Decimal64?.none)
    let percent = Decimal64(mantissa: 1, exponent: -2)
    json.members { key, json in
      switch key {
      case "market": market = self.market(named: json.words())
      case "fees":
        var object = JSONObject(&json)
        maker = object.decimal("maker")?.multiplied(by: percent)
        taker = object.decimal("taker")?.multiplied(by: percent)
      default: return false
      }
      return true
    }
    guard let market else { return nil }
    guard let maker, let taker else {
      json.fail()
      return nil
    }
    return MarketFees(market, maker: maker, taker: taker)
  }
}
