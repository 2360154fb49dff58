import Decimals
import MarketModel

/// What an account on paper has done in earlier runs, added up: by how much its balances differ from those that it
/// began with, and its positions. A value; the same deals in the same order give the same sums.
public struct PaperHistory: Sendable {
  /// A fill as a journal keeps it. Instruments are named by the venue's symbol.
  public struct Deal: Sendable {
    public var symbol: String
    /// `BASE-QUOTE`.
    public var pair: String
    public var side: Side
    public var fill: Fill

    public init(symbol: String, pair: String, side: Side, fill: Fill) {
      (self.symbol, self.pair, self.side, self.fill) = (symbol, pair, side, fill)
    }
  }

  public struct Holding: Equatable, Sendable {
    public var symbol: String
    /// Negative = short.
    public var quantity: Decimal64
    public var entry: Decimal64
  }

  private let isPerpetual: Bool
  /// Both assets of pairs; of perpetuals fees and funding.
  private var money: PaperAccounts
  /// Positions, and what was made with them: by symbol, since only an instrument says in which asset it settles.
  private var contracts: PaperAccounts
  private var symbols: [String] = []
  private var quotes: [String: String] = [:]
  private static let account = AccountID(1)

  /// - Parameter isPerpetual: deals move linear positions; else both assets of a pair.
  public init(isPerpetual: Bool) {
    self.isPerpetual = isPerpetual
    money = PaperAccounts([:], [Self.account])
    contracts = money
  }

  /// Fills in the order in which they happened.
  public mutating func add(_ deal: Deal) {
    let parts = deal.pair.split(separator: "-", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return money.mark(broken: Self.account) }
    let place = symbols.firstIndex(of: deal.symbol) ?? symbols.count
    if place == symbols.count { symbols.append(deal.symbol) }
    quotes[deal.symbol] = parts[1]
    let terms = PaperAccounts.Terms(
      instrument: InstrumentID(UInt64(place + 1)), base: parts[0], quote: parts[1],
      settle: isPerpetual ? deal.symbol : nil)
    guard isPerpetual else {
      _ = money.settle(deal.fill, deal.side, Self.account, on: terms)
      return
    }
    var fill = deal.fill
    fill.fee = nil
    _ = contracts.settle(fill, deal.side, Self.account, on: terms)
    if let fee = deal.fill.fee { money.add(.zero - WideDecimal(fee), Self.account, deal.fill.feeAsset) }
  }

  /// Funding; negative was paid.
  public mutating func pay(_ amount: Decimal64, _ asset: String) {
    money.add(WideDecimal(amount), Self.account, asset)
  }

  /// Sums by asset, those that are not zero.
  /// - Parameter settle: the asset in which the instrument of a symbol settles; `nil` = the quote of its pair.
  public func changes(settle: (String) -> String? = { _ in nil }) -> [(asset: String, amount: WideDecimal)] {
    var sums: [String: WideDecimal] = [:]
    for (key, amount) in money.totals { sums[key.asset] = amount }
    for (key, profit) in contracts.totals {
      let asset = settle(key.asset) ?? quotes[key.asset] ?? key.asset
      sums[asset] = (sums[asset] ?? .zero) + profit
    }
    return sums.filter { !$0.value.isZero }.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
  }

  public var holdings: [Holding] {
    contracts.positions.sorted { $0.key.instrument < $1.key.instrument }.map { key, position in
      Holding(
        symbol: symbols[Int(key.instrument.rawValue) - 1], quantity: position.quantity, entry: position.entry)
    }
  }

  /// A deal could not be counted: the sums are wrong.
  public var isBroken: Bool { !money.broken.isEmpty || !contracts.broken.isEmpty }

  public var isEmpty: Bool { symbols.isEmpty && !isBroken && changes().isEmpty }
}
