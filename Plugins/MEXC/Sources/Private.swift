import CPatchbay
import ConnectorKit
import Decimals

/// The account and its stream. Sources: "Account Information", "Query Symbol Commission", "Websocket User Data
/// Streams".
extension MEXCSpot {
  private static let balance = FieldTable<BalanceField>(["asset": .asset, "free": .free, "locked": .held])

  func offerAccount() {
    balances(Endpoint(.account, charges: [Charge(Output.Limit.requests.bucket, 10)]), at: "balances", Self.balance)
    fees(
      Endpoint(.tradeFee, charges: [Charge(Output.Limit.requests.bucket, 20)]), each: "symbol", at: "data",
      maker: "makerCommission", taker: "takerCommission")
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    SealedText("{\"method\":\"SUBSCRIPTION\",\"params\":[\"\(channel)\"],\"id\":\(id)}")
  }

  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    if ControlFrame.isOne(frame) {
      guard let answer = ControlFrame(frame) else { return .parse }
      guard !answer.isPong else { return .ok }
      for topic in answer.topics { acknowledged(account, channel: topic, answer.outcome) }
      return .ok
    }
    let wrapper = PushWrapper(frame)
    guard wrapper.isValid, let data = wrapper.data else { return wrapper.isValid ? .unsupported : .parse }
    switch wrapper.kind {
    case 304: return order(data, wrapper, account)
    case 306: return deal(data, wrapper, account)
    case 307: return balance(data, account)
    default: return .unsupported
    }
  }

  /// `PrivateOrdersV3Api`.
  private func order(_ data: ProtobufScanner, _ wrapper: PushWrapper, _ account: TradingAccount) -> Status {
    var (message, report) = (data, OrderReport())
    (report.symbol, report.time) = (wrapper.symbol.text, wrapper.time)
    while let field = message.next() {
      switch field {
      case 1: report.venue = message.text().text
      case 2: report.client = message.text().text
      case 3: report.price = message.decimal().flatMap { $0.isZero ? nil : $0 }
      case 4: report.quantity = message.decimal().flatMap { $0.isZero ? nil : $0 }
      case 6: report.average = message.decimal().flatMap { $0.isZero ? nil : $0 }
      case 7: setType(message.unsigned(), &report)
      case 8: report.side = Self.side(message.unsigned())
      case 13: report.filled = message.decimal()
      case 14: report.cost = message.decimal()
      case 15:
        let status = message.unsigned()
        (report.state, report.stateWord) = (Self.state(status), "\(status)")
      case 16: report.created = PushWrapper.nanoseconds(message.integer())
      default: break
      }
    }
    guard message.isValid else { return .parse }
    if report.type == .market {
      report.price = nil
      if report.quantity == nil { report.flags.insert(.byValue) }
    }
    publish(order: report, account)
    return .ok
  }

  /// 1 limit, 2 post-only, 3 immediate or cancel, 4 fill or kill, 5 market; 100 waits for a price.
  private func setType(_ number: UInt64, _ report: inout OrderReport) {
    switch number {
    case 1: (report.type, report.force) = (.limit, .goodTilCancelled)
    case 2:
      (report.type, report.force) = (.limit, .goodTilCancelled)
      report.flags.insert(.postOnly)
    case 3: (report.type, report.force) = (.limit, .immediateOrCancel)
    case 4: (report.type, report.force) = (.limit, .fillOrKill)
    case 5: report.type = .market
    default: break
    }
  }

  /// 1 new, 2 filled, 3 partly filled, 4 cancelled, 5 cancelled when a part was filled.
  private static func state(_ number: UInt64) -> OrderState? {
    switch number {
    case 1: .open
    case 2: .filled
    case 3: .partial
    case 4, 5: .cancelled
    default: nil
    }
  }

  /// `PrivateDealsV3Api`.
  private func deal(_ data: ProtobufScanner, _ wrapper: PushWrapper, _ account: TradingAccount) -> Status {
    var (message, report) = (data, OrderReport())
    (report.symbol, report.isMaker) = (wrapper.symbol.text, false)
    while let field = message.next() {
      switch field {
      case 1: report.fillPrice = message.decimal()
      case 2: report.fillQuantity = message.decimal()
      case 4: report.side = Self.side(message.unsigned())
      case 5: report.isMaker = message.unsigned() != 0
      case 7: report.fillID = message.text().text
      case 8: report.client = message.text().text
      case 9: report.venue = message.text().text
      case 10: report.fee = message.decimal()
      case 11: report.feeAsset = message.text().text
      case 12: report.time = PushWrapper.nanoseconds(message.integer())
      default: break
      }
    }
    guard message.isValid else { return .parse }
    guard market(named: report.symbol) != nil else { return .ok }
    return publish(fill: report, account) ? .ok : .parse
  }

  /// `PrivateAccountV3Api`: what is free, and what orders hold.
  private func balance(_ data: ProtobufScanner, _ account: TradingAccount) -> Status {
    var (message, report) = (data, BalanceReport())
    while let field = message.next() {
      switch field {
      case 1: report.asset = message.text().text
      case 3: report.free = message.wideDecimal()
      case 5: report.held = message.wideDecimal()
      case 8: report.time = PushWrapper.nanoseconds(message.integer())
      default: break
      }
    }
    return message.isValid && publish(balance: report, account) ? .ok : .parse
  }
}
