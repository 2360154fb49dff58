import MarketModel

extension JournalEntry {
  /// What an entry costs to keep besides its texts, in bytes: rounded up.
  static let handling = 512

  /// About how many bytes an entry takes while it waits. O(texts).
  var size: Int {
    let texts: Int =
      switch self {
      case .run(let entry): entry.instance.utf8.count + entry.version.utf8.count
      case .order(let entry):
        entry.name.size + entry.connector.utf8.count + entry.instrument.utf8.count + entry.pair.utf8.count
      case .event(let entry):
        entry.name.size + entry.event.size + entry.venueOrderID.utf8.count + entry.reason.utf8.count
      case .state(let entry): entry.name.size + entry.venueOrderID.utf8.count + entry.reason.utf8.count
      case .strayFill(let entry):
        entry.exchange.utf8.count + entry.account.utf8.count + entry.stray.size
      case .funding(let entry):
        entry.exchange.utf8.count + entry.account.utf8.count + entry.instrument.utf8.count + entry.pair.utf8.count
          + entry.payment.utf8.count + entry.asset.utf8.count
      case .position(let entry):
        entry.exchange.utf8.count + entry.account.utf8.count + entry.instrument.utf8.count + entry.pair.utf8.count
      case .mode(let entry): entry.exchange.utf8.count + entry.account.utf8.count + entry.instrument.utf8.count
      case .balance(let entry): entry.exchange.utf8.count + entry.account.utf8.count + entry.asset.utf8.count
      case .counter(let name, _): name.utf8.count
      case .mark(let entry):
        entry.exchange.utf8.count + entry.account.utf8.count + entry.instrument.utf8.count + entry.topic.utf8.count
      }
    return Self.handling + texts
  }
}

extension OrderName {
  fileprivate var size: Int { exchange.utf8.count + account.utf8.count + clientOrderID.utf8.count }
}

extension StrayFill {
  fileprivate var size: Int {
    symbol.utf8.count + pair.utf8.count + clientOrderID.utf8.count + venueOrderID.utf8.count + fill.size
  }
}

extension Fill {
  fileprivate var size: Int { trade.utf8.count + feeAsset.utf8.count }
}

extension OrderEvent {
  fileprivate var size: Int {
    switch self {
    case .report(let report): report.reason.utf8.count + (report.part?.continues.utf8.count ?? 0)
    case .fill(let fill): fill.size
    case .cancelRequested, .amendRequested, .outcome, .givenUp, .leaving: 0
    }
  }
}
