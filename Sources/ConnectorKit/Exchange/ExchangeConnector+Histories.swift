import CPatchbay
import Decimals

/// How a list that does not come in one answer is asked for.
public struct Pages: Sendable {
  /// What the next page is asked for by.
  public enum Step: Sendable {
    /// The list comes whole.
    case whole
    /// The id of the last entry goes into this parameter; `id` is the member that holds it.
    case after(String, id: StaticString)
    /// The number of entries that came already goes into this parameter.
    case offset(String)
    /// The number of the page goes into this parameter, counted from 1.
    case page(String)
  }

  /// How times are written in parameters.
  public enum TimeForm: Sendable {
    case milliseconds
    /// Whole seconds: the span is never narrower than what was asked for.
    case seconds
    /// Seconds with a fraction.
    case decimalSeconds
  }

  public let endpoint: Endpoint
  /// Where the list stands in a reply.
  public let place: String
  public let step: Step
  /// Entries of a full page: one that is not full is the last.
  public let full: Int
  /// Where a reply says how many entries there are in all; empty where it does not.
  public var total = ""
  /// Parameters of every page, and those that only go with `until`.
  public var parameters: [(name: String, value: String)] = []
  public var untilParameters: [(name: String, value: String)] = []
  /// The parameter that says how many entries a page may have; empty where there is none.
  public var size = ""
  /// The parameter of the instrument; empty where the list is always of all.
  public var symbol = ""
  /// The exchange has no list of all instruments: a command that names none is refused.
  public var isOfOneMarket = false
  /// Parameters of time, from and to; empty where there are none.
  public var since = ""
  public var until = ""
  public var timeForm = TimeForm.milliseconds
  /// How far back the exchange remembers, in nanoseconds.
  public var reach: Int64 = .max
  /// More pages are not asked for: the list then is partial.
  public var most = 100
  /// Entries that are reported where the command does not limit them; 0 = all.
  public var limit = 0

  public init(_ endpoint: Endpoint, at place: String, _ step: Step = .whole, full: Int = .max) {
    self.endpoint = endpoint
    self.place = place
    self.step = step
    self.full = full
  }

  func text(_ time: Int64, isUntil: Bool) -> String {
    switch timeForm {
    case .milliseconds: "\(time / 1_000_000)"
    case .seconds: isUntil ? "\((time - 1) / 1_000_000_000 + 1)" : "\(time / 1_000_000_000)"
    case .decimalSeconds: Decimal64(mantissa: time, exponent: -9).plain
    }
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
    let read: ReadOrder
    var cursor = ""
    /// Entries and pages of the list at hand, and entries that were reported of all lists.
    var entries = 0
    var asked = 0
    var reported = 0
    var isPartial = false

    var limit: Int { command.limit == 0 ? pages.limit : command.limit }
    var isEnough: Bool { limit > 0 && reported >= limit }
    /// Entries of a page that is full: no more are asked for than are wanted.
    var full: Int { limit > 0 && !pages.size.isEmpty ? min(pages.full, max(1, limit - reported)) : pages.full }
  }

  /// Serves `openOrders` or `orderHistory`, by one list or several that make one set together.
  public final func orders(_ verb: Verb, _ lists: Pages..., read: @escaping ReadOrder) {
    serve(verb, PB_EV_ORDER, lists, read)
  }

  /// Serves `fills`.
  public final func fills(_ lists: Pages..., read: @escaping ReadOrder) { serve(.fills, PB_EV_FILL, lists, read) }

  private func serve(_ verb: Verb, _ what: Int, _ lists: [Pages], _ read: @escaping ReadOrder) {
    guard let first = lists.first else { return }
    servePrivate(verb) { [unowned self] command, account in
      guard command.instrument == 0 || market(command.instrument) != nil else {
        return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
      }
      guard command.instrument != 0 || !lists.contains(where: \.isOfOneMarket) else {
        return out.refuse(command.id, .unsupported, "the exchange lists these by instrument: name one")
      }
      walk(Walk(command: command, account: account, pages: first, rest: lists.dropFirst(), what: what, read: read))
    }
  }

  private func walk(_ walk: Walk) {
    let (command, pages) = (walk.command, walk.pages)
    var call = Call(pages.endpoint)
    if !pages.symbol.isEmpty, let market = market(command.instrument) { call.set(pages.symbol, market.name) }
    for parameter in pages.parameters { call.set(parameter.name, parameter.value) }
    if !pages.size.isEmpty { call.set(pages.size, Int64(walk.full)) }
    if !pages.since.isEmpty, command.since > 0 { call.set(pages.since, pages.text(command.since, isUntil: false)) }
    if !pages.until.isEmpty, command.until > 0 {
      call.set(pages.until, pages.text(command.until, isUntil: true))
      for parameter in pages.untilParameters { call.set(parameter.name, parameter.value) }
    }
    switch pages.step {
    case .whole: break
    case .after(let name, id: _): if !walk.cursor.isEmpty { call.set(name, walk.cursor) }
    case .offset(let name): if walk.entries > 0 { call.set(name, "\(walk.entries)") }
    case .page(let name): call.set(name, "\(walk.asked + 1)")
    }
    ask(call, walk.account, command: command.id) { [unowned self] answer in
      guard succeeded(answer, command.id) else { return .ok }
      return page(walk, answer.body)
    }
  }

  private func page(_ walk: Walk, _ body: Body) -> Status {
    let (command, pages, full) = (walk.command, walk.pages, walk.full)
    var walk = walk
    var json = JSONScanner(body)
    guard json.isWhole, var list = json.find(pages.place)?.scanner() else { return unreadable(command.id, "list") }
    var (count, isPast, last) = (0, false, "")
    let unread = list.eachEntry { key, json in
      count += 1
      let mark = json.mark
      let report = walk.read(key, &json)
      if case .after(_, let id) = pages.step { last = Self.member(id, of: mark) }
      guard json.isValid else { return }
      // A list that is not asked for by time, such as that of open orders, is of all times.
      if pages.since.isEmpty { return publishEntry(report, &walk, &json) }
      if report.time > 0, command.since > 0, report.time < command.since {
        isPast = true
      } else if command.until == 0 || report.time < command.until {
        publishEntry(report, &walk, &json)
      }
    }
    guard list.isValid else { return unreadable(command.id, "list") }
    walk.asked += 1
    walk.entries += count
    if unread > 0 {
      walk.isPartial = true
      out.log(.warning, "\(unread) entries of a list could not be read and are left out")
    }
    // A page that is shorter than it should be is no end where the exchange counts more; an empty one has no next.
    let isOwed = !isPast && isMore(walk, body, isFull: count > 0 && count >= full)
    let isMore = count > 0 && isOwed
    let isStuck = if case .after = pages.step { last.isEmpty || last == walk.cursor } else { false }
    if isMore, !walk.isEnough, walk.asked < pages.most, !isStuck {
      walk.cursor = last
      self.walk(walk)
      return .ok
    }
    if isOwed || pages.reach != .max && command.since < out.now.venue.subtractingSaturated(pages.reach) {
      walk.isPartial = true
    }
    if let next = walk.rest.popFirst() {
      (walk.pages, walk.cursor, walk.asked, walk.entries) = (next, "", 0, 0)
      self.walk(walk)
      return .ok
    }
    out.complete(
      walk.what, command: command.id, account: walk.account.id, instrument: command.instrument,
      partial: walk.isPartial)
    out.done(command.id)
    return .ok
  }

  private func isMore(_ walk: Walk, _ body: Body, isFull: Bool) -> Bool {
    guard !walk.pages.total.isEmpty else { return isFull }
    var json = JSONScanner(body)
    guard var number = json.find(walk.pages.total)?.scanner() else { return isFull }
    return number.integer() > Int64(walk.entries) && number.isValid
  }

  private static func member(_ name: StaticString, of object: JSONMark) -> String {
    var json = object.scanner()
    var value = ""
    json.members { key, json in
      guard key == name else { return false }
      value = json.scalar().text
      return true
    }
    return value
  }

  private func publishEntry(_ report: OrderReport, _ walk: inout Walk, _ json: inout JSONScanner) {
    // What names an instrument that is not known here, or another one, is of no use.
    guard let market = market(named: report.symbol), !walk.isEnough,
      walk.command.instrument == 0 || self.market(walk.command.instrument) === market
    else { return }
    let isReported =
      walk.what == PB_EV_ORDER
      ? publish(order: report, walk.account, command: walk.command.id)
      : publish(fill: report, walk.account, command: walk.command.id)
    if isReported { walk.reported += 1 } else { json.fail() }
  }
}
