import CPatchbay
import Decimals

/// How the fills of one order are asked for.
struct FillsOfOrder {
  let pages: Pages
  /// The parameter of the exchange's order id; empty where the list is of one market.
  let parameter: String
  let read: ReadOrder
}

/// Orders of an account more of which was filled than has been reported fill by fill.
struct OwedFills {
  struct Entry {
    let venue: String
    let symbol: String
    /// What the order says of itself: how much of it is filled, and by how many fills where it says.
    var filled: Decimal64
    var count: Int?
    var attempts = 0
    /// When to ask, by the monotonic clock.
    var due: Int64
  }

  var entries: [Entry] = []
  /// The order whose fills are being asked for.
  var asking = ""
  var timer: pb_id = 0
}

/// Private streams that say how much of an order was filled, and not how: the fills are asked for, one order at a time,
/// and again after growing pauses while the list is behind the stream. What cannot be had so is left to the host, which
/// asks for what it misses.
extension ExchangeConnector {
  /// Orders that are waited for at most; older ones are left to the host.
  private static let mostOwed = 256
  /// Pauses before each further attempt.
  private static let pauses: [Int64] = [200_000_000, 500_000_000, 1_000_000_000, 2_000_000_000, 4_000_000_000]

  /// Says how the fills of one order are asked for.
  /// - Parameter parameter: of the exchange's order id; empty where the exchange lists fills by market alone, whose
  ///   parameter then is `pages.symbol`.
  public final func fillsOfOrder(_ pages: Pages, parameter: String, read: @escaping ReadOrder) {
    fillsOfOrder = FillsOfOrder(pages: pages, parameter: parameter, read: read)
  }

  /// A report says that more of an order is filled.
  /// - Parameter count: by how many fills in all, where the exchange says.
  public final func owesFills(_ order: OrderReport, count: Int? = nil, _ account: TradingAccount) {
    guard fillsOfOrder != nil, let filled = order.filled, filled.isPositive, !order.venue.isEmpty else { return }
    let entry = OwedFills.Entry(
      venue: order.venue, symbol: order.symbol, filled: filled, count: count, due: out.now.mono)
    if let place = account.owed.entries.firstIndex(where: { $0.venue == order.venue }) {
      account.owed.entries[place] = entry
    } else {
      if account.owed.entries.count >= Self.mostOwed { account.owed.entries.removeFirst() }
      account.owed.entries.append(entry)
    }
    askOwedFills(account)
  }

  private func askOwedFills(_ account: TradingAccount) {
    guard account.owed.asking.isEmpty, self.account(account.id) === account, let plan = fillsOfOrder,
      let next = account.owed.entries.min(by: { $0.due < $1.due })
    else { return }
    cancelTimer(&account.owed.timer)
    guard next.due <= out.now.mono else {
      account.owed.timer = after(next.due &- out.now.mono) { [unowned(unsafe) self] in
        account.owed.timer = 0
        askOwedFills(account)
      }
      return
    }
    account.owed.asking = next.venue
    ask(OwedWalk(entry: next, plan: plan, account: account))
  }

  private struct OwedWalk {
    let entry: OwedFills.Entry
    let plan: FillsOfOrder
    let account: TradingAccount
    var cursor = ""
    var asked = 0
    var sum = Decimal64.zero
    var count = 0

    var isWhole: Bool { entry.count.map { count >= $0 } ?? (sum >= entry.filled) }
  }

  private func ask(_ walk: OwedWalk) {
    var call = Call(walk.plan.pages.endpoint)
    if !walk.plan.parameter.isEmpty { call.set(walk.plan.parameter, walk.entry.venue) }
    if !walk.plan.pages.symbol.isEmpty, let market = market(named: walk.entry.symbol) {
      call.set(walk.plan.pages.symbol, market.name)
    }
    for parameter in walk.plan.pages.parameters { call.set(parameter.name, parameter.value) }
    if case .cursor(let name, at: _) = walk.plan.pages.step, !walk.cursor.isEmpty { call.set(name, walk.cursor) }
    ask(call, walk.account) { [unowned(unsafe) self] answer in
      guard self.account(walk.account.id) === walk.account else { return .ok }
      guard answer.fault == nil else {
        ended(walk, isWhole: false, after: answer.fault?.retryAfter ?? 0)
        return .ok
      }
      return came(walk, answer.body)
    }
  }

  private func came(_ walk: OwedWalk, _ body: Body) -> Status {
    var walk = walk
    var json = JSONScanner(body)
    guard json.isWhole, var list = json.find(walk.plan.pages.place)?.scanner() else {
      ended(walk, isWhole: false)
      return .parse
    }
    _ = list.eachEntry { key, json in
      let report = walk.plan.read(key, &json)
      guard json.isValid, report.venue == walk.entry.venue, publish(fill: report, walk.account) else { return }
      walk.count += 1
      walk.sum = walk.sum.adding(report.fillQuantity ?? .zero) ?? walk.sum
    }
    walk.asked += 1
    if case .cursor(_, at: let place) = walk.plan.pages.step, !walk.isWhole, walk.asked < walk.plan.pages.most {
      let next = body.text(at: place)
      if !next.isEmpty, next != walk.cursor {
        walk.cursor = next
        ask(walk)
        return .ok
      }
    }
    ended(walk, isWhole: walk.isWhole)
    return .ok
  }

  private func ended(_ walk: OwedWalk, isWhole: Bool, after minimum: Int64 = 0) {
    let account = walk.account
    account.owed.asking = ""
    if let place = account.owed.entries.firstIndex(where: { $0.venue == walk.entry.venue }) {
      let isSame = account.owed.entries[place].filled == walk.entry.filled
      let attempts = account.owed.entries[place].attempts
      if isSame, isWhole || attempts >= Self.pauses.count {
        if !isWhole { out.log(.warning, "order \(walk.entry.venue): the exchange does not list all of its fills") }
        account.owed.entries.remove(at: place)
      } else if isSame {
        account.owed.entries[place].attempts += 1
        account.owed.entries[place].due = out.now.mono &+ max(Self.pauses[attempts], minimum)
      }
    }
    askOwedFills(account)
  }
}
