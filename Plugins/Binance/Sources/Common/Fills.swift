import CPatchbay
import ConnectorKit
import Decimals

/// Where own trades are asked for, and how far one question reaches.
struct FillPages {
  let path: String
  let act: String
  let weight: UInt32
  /// A question with a start reaches so far; 0 = to the newest.
  let windowNanoseconds: Int64
  /// Most trades in an answer ("limit: max 1000").
  static let largest = 1000
  /// A history that takes more questions is told as incomplete.
  static let most = 100
}

/// Own trades: `GET myTrades` of spot and `userTrades` of futures give the same fields. Sources: "Account trade list".
///
/// The first question names a start; a full answer is continued behind its last trade id, and where a start reaches
/// only so far (seven days on futures) an answer that is not full is continued with the next window.
extension BinanceConnector {
  /// How far a question has come.
  private struct Cursor {
    var start: Int64
    var fromID: UInt64?
    var asked = 0
    /// Entries that could not be read.
    var unread = 0
  }

  func queryFills(_ command: OwnedCommand, _ account: AccountState, _ pages: FillPages) {
    guard let market = historyMarket(command, of: "trades") else { return }
    askFills(command, account, market, pages, Cursor(start: command.since))
  }

  private func askFills(
    _ command: OwnedCommand, _ account: AccountState, _ market: Market, _ pages: FillPages, _ cursor: Cursor
  ) {
    var cursor = cursor
    cursor.asked += 1
    let limit = command.limit > 0 ? min(command.limit, FillPages.largest) : FillPages.largest
    var form = Form()
    form.add("symbol", market.symbol)
    if let id = cursor.fromID {
      form.add("fromId", Int64(clamping: id))
    } else if cursor.start > 0 {
      form.add("startTime", cursor.start / 1_000_000)
    }
    form.add("limit", Int64(limit))
    askSigned(
      .get, pages.path, form, act: pages.act, account, command: command.id, charges: venue.cost(pages.weight)
    ) { [unowned self] reply, body in
      guard succeeded(reply, body, command.id) else { return .ok }
      var (count, lastID, isPast, unread) = (0, UInt64(0), false, cursor.unread)
      let isList = eachElement(body) { json in
        count += 1
        let fill = readTrade(&json)
        guard json.isValid else { unread += 1; return }
        lastID = max(lastID, UInt64(fill.trade) ?? 0)
        if command.until > 0, fill.time >= command.until { isPast = true; return }
        if fill.time >= command.since, !tell(fill, account.id, command: command.id) { unread += 1 }
      }
      guard isList else { return unreadable(command.id, "list of trades") }
      var next = cursor
      next.unread = unread
      let isFull = count >= limit
      if isFull {
        next.fromID = lastID &+ 1
      } else if cursor.fromID == nil, cursor.start > 0, pages.windowNanoseconds > 0 {
        next.start = cursor.start.addingSaturated(pages.windowNanoseconds)
      }
      let end = command.until > 0 ? command.until : out.now.venue
      let isMore = isFull || next.start != cursor.start && next.start < end
      if isMore, !isPast, command.limit == 0, cursor.asked < FillPages.most {
        askFills(command, account, market, pages, next)
        return .ok
      }
      out.complete(
        PB_EV_FILL, command: command.id, account: account.id, instrument: market.id,
        partial: isMore && !isPast || unread > 0)
      out.done(command.id)
      return .ok
    }
  }

  /// `{"symbol", "id", "orderId", "price", "qty", "commission", "commissionAsset", "time", "isBuyer", "isMaker"}`;
  /// futures write `buyer`, `maker`, `side`, `positionSide` and `realizedPnl`.
  private func readTrade(_ json: inout JSONScanner) -> FillFacts {
    var fill = FillFacts()
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol": fill.symbol = json.string().text
      case "id": fill.trade = json.scalar().text
      case "orderId": fill.venue = json.scalar().text
      case "price": fill.price = json.optionalDecimal()
      case "qty": fill.quantity = json.optionalDecimal()
      case "commission": fill.fee = json.optionalDecimal()
      case "commissionAsset": fill.feeAsset = json.string().text
      case "realizedPnl": fill.realized = json.optionalDecimal()
      case "positionSide": fill.positionSide = json.string().text
      case "time": fill.time = json.milliseconds()
      case "isBuyer", "buyer": fill.side = json.boolean() ? .buy : .sell
      case "isMaker", "maker": fill.isMaker = json.boolean()
      default: json.skip()
      }
    }
    return fill
  }
}
