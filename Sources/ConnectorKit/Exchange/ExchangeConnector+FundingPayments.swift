import CPatchbay
import Decimals

public enum PaymentField: Sendable {
  case symbol, amount, asset, rate, id
  /// Time in milliseconds, in seconds, and as RFC 3339 has it.
  case time, seconds, isoTime
}

/// Funding that an account paid or received, once.
public struct PaymentReport: Sendable {
  public var symbol = ""
  /// Positive is received.
  public var amount: Decimal64?
  public var asset = ""
  public var rate: Decimal64?
  /// The exchange's own; where it has none, instrument and time stand for it.
  public var id = ""
  public var time: Int64 = 0

  public init() {}

  /// Reads an object by a table of names. `other` reads what the table does not name, and says whether it did.
  public init(
    _ json: inout JSONScanner, _ table: FieldTable<PaymentField>,
    other: (inout PaymentReport, JSONText, inout JSONScanner) -> Bool = { _, _, _ in false }
  ) {
    json.fields(table) { field, json in
      switch field {
      case .symbol: symbol = json.words()
      case .amount: amount = json.optionalDecimal()
      case .asset: asset = json.words()
      case .rate: rate = json.optionalDecimal()
      case .id: id = json.words()
      case .time: time = json.milliseconds()
      case .seconds: time = json.seconds()
      case .isoTime: time = json.timestamp()
      }
      return true
    } other: { key, json in
      other(&self, key, &json)
    }
  }
}

/// Funding payments. The host asks from a moment on, and counts each id once; the first time it asks from now on, which
/// is its baseline.
extension ExchangeConnector {
  /// Reads one entry of a list of payments. `nil` leaves it out on purpose: a list of all that changed an account holds
  /// more than funding.
  public typealias ReadPayment = (JSONText, inout JSONScanner) -> PaymentReport?

  /// Serves `fundingPayments` by one list or several that make one set together.
  public final func fundingPayments(_ lists: Pages..., read: @escaping ReadPayment) {
    serve(.fundingPayments, PB_EV_FUNDING_PAYMENT, lists) { [unowned(unsafe) self] key, json in
      guard let report = read(key, &json) else { return nil }
      return ListEntry(symbol: report.symbol, time: report.time) { [unowned(unsafe) self] account, command in
        publish(payment: report, account, command: command)
      }
    }
  }

  /// Reports a payment; `false` when its amount, its asset or its instrument is not known.
  @discardableResult
  public final func publish(payment report: PaymentReport, _ account: TradingAccount, command: pb_id = 0) -> Bool {
    guard let market = market(named: report.symbol), let amount = report.amount,
      !report.id.isEmpty || report.time > 0
    else { return false }
    let asset = report.asset.isEmpty ? market.rules.settle : report.asset
    guard !asset.isEmpty else { return false }
    var record = pb_funding_payment()
    record.account = account.id
    record.instrument = market.id
    record.command = command
    record.venue_ns = report.time
    record.rate = pb_dec(report.rate)
    record.amount = pb_dec(amount)
    let id = report.id.isEmpty ? "\(market.symbol)-\(report.time / 1_000_000)" : report.id
    out.fundingPayment(record, asset: asset, id: id)
    return true
  }
}
