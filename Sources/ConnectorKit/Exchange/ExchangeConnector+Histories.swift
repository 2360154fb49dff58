import CPatchbay
import Decimals

/// How a list that does not come in one answer is asked for.
public struct Pages: Sendable {
  public let endpoint: Endpoint
  /// The parameter behind which the next page begins, and the member of an element that is its value.
  public let after: String
  public let id: StaticString
  /// Elements of a full page: one that is not full is the last.
  public let full: Int
  /// Parameters of every page.
  public let parameters: [(name: String, value: String)]
  /// The parameter of the instrument's symbol.
  public let symbol: String
  /// How far back the exchange remembers, in nanoseconds.
  public let reach: Int64
  /// Parameters of time in milliseconds, from and to; empty where there are none.
  public let since: String
  public let until: String
  /// More pages are not asked for: the list then is partial.
  public let most: Int

  public init(
    _ endpoint: Endpoint, after: String, id: StaticString, full: Int,
    _ parameters: KeyValuePairs<String, String> = [:], symbol: String, since: String = "", until: String = "",
    reach: Int64 = .max, most: Int = 100
  ) {
    self.endpoint = endpoint
    self.after = after
    self.id = id
    self.full = full
    self.parameters = parameters.map { ($0.key, $0.value) }
    self.symbol = symbol
    self.since = since
    self.until = until
    self.reach = reach
    self.most = most
  }
}

/// Lists of orders and fills, newest first, page by page.
extension ExchangeConnector {
  private struct Walk {
    let command: OwnedCommand
    let account: TradingAccount
    var pages: Pages
    /// Lists that belong to the same set and come after this one.
    var rest: ArraySlice<Pages>
    /// The kind of facts that the set is of.
    let what: Int
    let place: String
    let table: FieldTable<OrderField>
    var cursor = ""
    var asked = 0
    var isPartial = false
  }

  /// Serves `openOrders` or `orderHistory`, by one list or several that make one set together.
  public final func orders(_ verb: Verb, _ lists: Pages..., at place: String, _ table: FieldTable<OrderField>) {
    serve(verb, PB_EV_ORDER, lists, place, table)
  }

  /// Serves `fills`.
  public final func fills(_ lists: Pages..., at place: String, _ table: FieldTable<OrderField>) {
    serve(.fills, PB_EV_FILL, lists, place, table)
  }

  private func serve(
    _ verb: Verb, _ what: Int, _ lists: [Pages], _ place: String, _ table: FieldTable<OrderField>
  ) {
    guard let first = lists.first else { return }
    servePrivate(verb) { [unowned self] command, account in
      walk(
        Walk(
          command: command, account: account, pages: first, rest: lists.dropFirst(), what: what, place: place,
          table: table))
    }
  }

  private func walk(_ walk: Walk) {
    let (command, pages) = (walk.command, walk.pages)
    var call = Call(pages.endpoint)
    if command.instrument != 0 {
      guard let market = market(command.instrument) else {
        return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
      }
      call.set(pages.symbol, market.symbol)
    }
    for parameter in pages.parameters { call.set(parameter.name, parameter.value) }
    if !pages.since.isEmpty, command.since > 0 { call.set(pages.since, "\(command.since / 1_000_000)") }
    if !pages.until.isEmpty, command.until > 0 { call.set(pages.until, "\(command.until / 1_000_000)") }
    if !walk.cursor.isEmpty { call.set(pages.after, walk.cursor) }
    ask(call, walk.account, command: command.id) { [unowned self] reply, body in
      guard succeeded(reply, body, command.id) else { return .ok }
      return page(walk, body)
    }
  }

  private func page(_ walk: Walk, _ body: Body) -> Status {
    let (command, pages) = (walk.command, walk.pages)
    var walk = walk
    walk.asked += 1
    var json = JSONScanner(body)
    guard let list = json.find(walk.place) else { return unreadable(command.id, "list") }
    var scanner = list.scanner()
    var (count, isPast, last) = (0, false, "")
    let unread = scanner.eachElement { json in
      count += 1
      let mark = json.mark
      let report = OrderReport(&json, walk.table, vocabulary)
      var own = mark.scanner()
      own.members { key, json in
        guard key == pages.id else { return false }
        last = json.scalar().text
        return true
      }
      guard json.isValid else { return }
      if report.time > 0, command.since > 0, report.time < command.since {
        isPast = true
      } else if command.until == 0 || report.time < command.until {
        publishEntry(exchange?.corrected(report) ?? report, walk, &json)
      }
    }
    guard scanner.isValid else { return unreadable(command.id, "list") }
    if unread > 0 {
      walk.isPartial = true
      out.log(.warning, "\(unread) entries of a list could not be read and are left out")
    }
    let isFull = count >= pages.full
    if isFull, !isPast, command.limit == 0 || count < command.limit, walk.asked < pages.most, !last.isEmpty,
      last != walk.cursor
    {
      walk.cursor = last
      self.walk(walk)
      return .ok
    }
    let isCut = isFull && !isPast || pages.reach != .max && command.since < out.now.venue &- pages.reach
    walk.isPartial = walk.isPartial || isCut
    if let next = walk.rest.popFirst() {
      (walk.pages, walk.cursor, walk.asked) = (next, "", 0)
      self.walk(walk)
      return .ok
    }
    out.complete(
      walk.what, command: command.id, account: walk.account.id, instrument: command.instrument,
      partial: walk.isPartial)
    out.done(command.id)
    return .ok
  }

  private func publishEntry(_ report: OrderReport, _ walk: Walk, _ json: inout JSONScanner) {
    let isReported =
      walk.what == PB_EV_ORDER
      ? publish(order: report, walk.account, command: walk.command.id)
      : publish(fill: report, walk.account, command: walk.command.id)
    // What names an instrument that is not known here is of no use; what names one and says nothing is unread.
    if !isReported, symbols.find(report.symbol) >= 0 { json.fail() }
  }
}
