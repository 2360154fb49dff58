import CPatchbay
import Decimals

/// How a list that does not come in one answer is asked for.
public struct Pages: Sendable {
  /// What the next page is asked for by.
  public enum Step: Sendable {
    /// The list comes whole.
    case whole
    /// The id of the last entry goes into this parameter; `id` is the member that holds it. Its time, where the
    /// parameter is that of `until`.
    case after(String, id: StaticString)
    /// The number of entries that came already goes into this parameter.
    case offset(String)
    /// The number of the page goes into this parameter, counted from 1.
    case page(String)
    /// Oldest first: the number behind the largest id goes into this parameter, instead of a time; `id` is the member
    /// that holds it.
    case behind(String, id: StaticString)
    /// A word that stands at this place of a page goes into this parameter for the next; the last page has none.
    case cursor(String, at: String)
    /// The same, where every page has one, the last too: one that is not full ends the list.
    case number(String, at: String)
  }

  /// How times are written in parameters.
  public enum TimeForm: Sendable {
    case milliseconds
    /// Whole seconds: the span is never narrower than what was asked for.
    case seconds
    /// Seconds with a fraction.
    case decimalSeconds
    /// As RFC 3339 has it, with milliseconds.
    case iso

    func text(_ time: Int64, isUntil: Bool) -> String {
      switch self {
      case .milliseconds: "\(time / 1_000_000)"
      case .seconds: isUntil ? "\((time - 1) / 1_000_000_000 + 1)" : "\(time / 1_000_000_000)"
      case .decimalSeconds: Decimal64(mantissa: time, exponent: -9).plain
      case .iso: RFC3339.text(isUntil ? time.addingSaturated(999_999) : time)
      }
    }
  }

  public let endpoint: Endpoint
  /// Where the list stands in a reply.
  public let place: String
  public let step: Step
  /// Entries of a full page: one that is not full is the last.
  public let full: Int
  /// Where a reply says how many entries there are in all; empty where it does not.
  public var total = ""
  /// Where a reply says whether there are more pages; empty where it does not.
  public var more = ""
  /// Parameters of every page, and those that only go with `until`.
  public var parameters: [(name: String, value: String)] = []
  public var untilParameters: [(name: String, value: String)] = []
  /// Parameters of questions about all instruments; and whether the list is asked for in those alone.
  public var unnamed: [(name: String, value: String)] = []
  public var isOfAll = false
  /// Parameters that only go with the id of the last entry: which way from there.
  public var cursorParameters: [(name: String, value: String)] = []
  /// The parameter that says how many entries a page may have; empty where there is none.
  public var size = ""
  /// The list holds groups, such as one of each instrument, and each group's entries stand in this member; the number
  /// of entries of a full page then is each group's. Empty where it holds the entries themselves.
  public var group: StaticString = ""
  /// The parameter of the instrument; empty where the list is always of all.
  public var symbol = ""
  /// The same list of one instrument, whose name stands in the path, for commands that name one.
  public var alone: Endpoint?
  /// The exchange has no list of all instruments: where a command names none, `markets` says which are asked for.
  public var isOfOneMarket = false
  public var markets = Markets.named
  /// Parameters of time, from and to; empty where there are none.
  public var since = ""
  public var until = ""
  public var timeForm = TimeForm.milliseconds
  /// Where a command names no end, the list is asked for up to now.
  public var endsNow = false
  /// The list is of ended things, newest first, and ends at `since` though it is not asked for by time.
  public var isByTime = false
  /// Times in parameters are of when orders were made, not of when they changed last.
  public var isByCreation = false
  /// Times of entries are whole units of so many nanoseconds, rounded down.
  public var resolution: Int64 = 1
  /// How far back the exchange remembers everything, in nanoseconds.
  public var reach: Int64 = .max
  /// One question is of so many nanoseconds at most, up to where the time ends or to now. A longer time is asked for in
  /// parts, the newest first, as far as `most` lets.
  public var span: Int64 = .max
  /// Where a question that begins at a time reaches only so far, in nanoseconds: the next one begins there; 0 = to the
  /// newest.
  public var window: Int64 = 0
  /// More pages are not asked for: the list then is partial.
  public var most = 100
  /// Entries that are reported where the command does not limit them; 0 = all.
  public var limit = 0
  /// An empty list may be written `null`.
  public var isNullEmpty = false
  /// Codes of errors by which the exchange says that the list is empty.
  public var emptyCodes: [String] = []
  /// The exchange wants both ends of the time named in every question. What a command leaves open is as far back as
  /// `span` and `reach` let, and a minute from now.
  public var isBounded = false

  public init(_ endpoint: Endpoint, at place: String, _ step: Step = .whole, full: Int = .max) {
    self.endpoint = endpoint
    self.place = place
    self.step = step
    self.full = full
  }

  var isOfGroups: Bool { group.utf8CodeUnitCount > 0 }
}

extension Body {
  /// A text or number at a place of a reply; empty where there is none.
  func text(at place: String) -> String {
    var json = JSONScanner(self)
    guard !place.isEmpty, var value = json.find(place)?.scanner() else { return "" }
    let text = value.words()
    return value.isValid ? text : ""
  }

  /// Whether something stands at a place of a reply, or the reply cannot be read as far as that.
  func has(_ place: String) -> Bool {
    var json = JSONScanner(self)
    return json.find(place) != nil || !json.isValid
  }

  /// What `true` or `false` at a place of a reply says; nil where there is neither.
  func flag(at place: String) -> Bool? {
    switch text(at: place) {
    case "true": true
    case "false": false
    default: nil
    }
  }
}

/// One entry of a list that is walked page by page: what it is of, and how it is reported.
struct ListEntry {
  let symbol: String
  /// When it changed last; 0 where it has no time.
  let time: Int64
  /// When it was made; 0 where that is not said.
  var created: Int64 = 0
  /// Of an order: its id, and that of the order that it has become.
  var venue = ""
  var became = ""
  /// Reports it, as part of the answer to a command; `false` when it cannot be read.
  let publish: (TradingAccount, _ command: pb_id) -> Bool
}

/// Lists of orders, fills, positions and payments, newest first, page by page.
extension ExchangeConnector {
  /// Reads one entry of a list. `nil` leaves it out on purpose.
  typealias ReadEntry = (JSONText, inout JSONScanner) -> ListEntry?

  private struct Walk {
    let command: OwnedCommand
    let account: TradingAccount
    var pages: Pages
    /// Lists that belong to the same set and come after this one.
    var rest: ArraySlice<Pages>
    /// The kind of facts that the set is of.
    let what: Int
    let read: ReadEntry
    var cursor = ""
    /// Entries and pages of the list at hand, and entries that were reported of all lists.
    var entries = 0
    var asked = 0
    var reported = 0
    /// Pages of the part of time at hand.
    var page = 0
    var isPartial = false
    /// The time that the question at hand is about; 0 = open.
    var start: Int64 = 0
    var end: Int64 = 0
    /// The exchange's ids of orders that were reported.
    var seen: Set<String> = []

    var isAscending: Bool { if case .behind = pages.step { true } else { false } }

    /// The same, at the beginning of its list: with all of the time that is wanted, or with its newest part.
    func started(now: Int64) -> Walk {
      var walk = self
      (walk.start, walk.end) = (command.since, command.until)
      if pages.isBounded {
        if walk.end == 0 { walk.end = now.addingSaturated(60_000_000_000) }
        let least = max(1, walk.end.subtractingSaturated(min(pages.span, pages.reach)))
        walk.start = command.since > 0 ? max(command.since, least) : least
        return walk
      }
      guard pages.span != .max, command.since > 0 else { return walk }
      let end = command.until > 0 ? command.until : now
      walk.start = max(command.since, end.subtractingSaturated(pages.span))
      return walk
    }

    /// The last entry's time says where the page at hand ends.
    var isAskedByTime: Bool {
      guard case .after(let name, id: _) = pages.step else { return false }
      return !cursor.isEmpty && name == pages.until
    }

    /// The next page would be asked for by nothing, or by what this one was.
    func isStuck(at next: String) -> Bool {
      switch pages.step {
      case .after, .cursor, .number: next.isEmpty || next == cursor
      case .whole, .offset, .page, .behind: false
      }
    }

    /// Some of the wanted time lies before the part that was asked for.
    var isShort: Bool { pages.span != .max && command.since > 0 && start > command.since }

    /// Goes on with the part of the time before; `false` where there is none, or too much was asked already.
    mutating func goesBack() -> Bool {
      guard isShort, !isEnough, asked < pages.most else { return false }
      end = start
      start = max(command.since, end.subtractingSaturated(pages.span))
      (cursor, page, entries) = ("", 0, 0)
      return true
    }

    /// Goes on where the window at hand ends, from its first page.
    mutating func openWindow() {
      start = start.addingSaturated(pages.window)
      (page, entries) = (0, 0)
    }

    var limit: Int { command.limit == 0 ? pages.limit : command.limit }
    var isEnough: Bool { limit > 0 && reported >= limit }
    /// Entries of a page that is full: no more are asked for than are wanted.
    var full: Int { limit > 0 && !pages.size.isEmpty ? min(pages.full, max(1, limit - reported)) : pages.full }
  }

  /// Serves `openOrders` or `orderHistory`, by one list or several that make one set together.
  public final func orders(_ verb: Verb, _ lists: Pages..., read: @escaping ReadOrder) {
    orders(verb, lists, read: read)
  }

  public final func orders(_ verb: Verb, _ lists: [Pages], read: @escaping ReadOrder) {
    serve(verb, PB_EV_ORDER, lists) { [unowned(unsafe) self] key, json in
      let report = read(key, &json)
      return ListEntry(
        symbol: report.symbol, time: report.time, created: report.created, venue: report.venue, became: report.became
      ) { [unowned(unsafe) self] account, command in
        publish(order: report, account, command: command)
      }
    }
  }

  /// Serves `fills`.
  public final func fills(_ lists: Pages..., read: @escaping ReadOrder) { fills(lists, read: read) }

  public final func fills(_ lists: [Pages], read: @escaping ReadOrder) {
    serve(.fills, PB_EV_FILL, lists) { [unowned(unsafe) self] key, json in
      let report = read(key, &json)
      return ListEntry(symbol: report.symbol, time: report.time) { [unowned(unsafe) self] account, command in
        publish(fill: report, account, command: command)
      }
    }
  }

  /// Serves a verb by one list or several that make one set of facts together.
  final func serve(_ verb: Verb, _ what: Int, _ lists: [Pages], _ read: @escaping ReadEntry) {
    servePrivate(verb) { [unowned(unsafe) self] command, account in
      let lists = command.instrument == 0 ? lists : lists.filter { !$0.isOfAll }
      guard command.instrument == 0 || market(command.instrument) != nil else {
        return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
      }
      spread(lists, command, account) { [unowned(unsafe) self] lists, isPartial in
        guard let first = lists.first else { return complete(what, command, account, isPartial: isPartial) }
        var all = Walk(
          command: command, account: account, pages: first, rest: lists.dropFirst(), what: what, read: read)
        all.isPartial = isPartial
        walk(all.started(now: out.now.venue))
      }
    }
  }

  private func walk(_ walk: Walk) {
    let (command, pages) = (walk.command, walk.pages)
    var call = Call(pages.endpoint)
    if let market = market(command.instrument) {
      if let alone = pages.alone {
        call.use(alone)
        call.fill(bare: market.name)
      } else if !pages.symbol.isEmpty {
        call.set(pages.symbol, market.name)
      }
    }
    for parameter in pages.parameters { call.set(parameter.name, parameter.value) }
    if command.instrument == 0 { for parameter in pages.unnamed { call.set(parameter.name, parameter.value) } }
    if !pages.size.isEmpty { call.set(pages.size, Int64(walk.full)) }
    if !pages.since.isEmpty, walk.start > 0, !walk.isAscending || walk.cursor.isEmpty {
      call.set(pages.since, pages.timeForm.text(walk.start, isUntil: false))
    }
    let end = walk.end == 0 && pages.endsNow ? out.now.venue : walk.end
    if !pages.until.isEmpty, end > 0, !walk.isAskedByTime {
      let window = pages.window > 0 && walk.start > 0 ? walk.start.addingSaturated(pages.window) : .max
      call.set(pages.until, pages.timeForm.text(min(end, window), isUntil: true))
      for parameter in pages.untilParameters { call.set(parameter.name, parameter.value) }
    }
    switch pages.step {
    case .whole: break
    case .after(let name, id: _), .behind(let name, id: _):
      guard !walk.cursor.isEmpty else { break }
      call.set(name, walk.cursor)
      for parameter in pages.cursorParameters { call.set(parameter.name, parameter.value) }
    case .offset(let name): if walk.entries > 0 { call.set(name, "\(walk.entries)") }
    case .page(let name): call.set(name, "\(walk.page + 1)")
    case .cursor(let name, at: _), .number(let name, at: _):
      if !walk.cursor.isEmpty { call.set(name, bare: percentEncodedOnce(walk.cursor)) }
    }
    ask(call, walk.account, command: command.id) { [unowned(unsafe) self] answer in
      if let fault = answer.fault, pages.emptyCodes.contains(fault.code) { return ended(walk, isOwed: false) }
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
    func take(_ key: JSONText, _ json: inout JSONScanner) {
      count += 1
      let mark = json.mark
      let entry = walk.read(key, &json)
      switch pages.step {
      case .after(_, let id): last = mark.member(id)
      case .behind(_, let id): last = "\(max(UInt64(last) ?? 0, (UInt64(mark.member(id)) ?? 0) &+ 1))"
      default: break
      }
      guard json.isValid, let entry else { return }
      // A list that is not asked for by time, such as that of open orders, is of all times.
      if pages.since.isEmpty, !pages.isByTime { return publish(entry, &walk, &json) }
      let time = pages.isByCreation && entry.created > 0 ? entry.created : entry.time
      if time > 0, command.since > 0, time.addingSaturated(pages.resolution) <= command.since {
        isPast = true
      } else if walk.end == 0 || time < walk.end {
        publish(entry, &walk, &json)
      } else if walk.isAscending {
        isPast = true
      }
    }
    let unread: Int
    if pages.isNullEmpty, list.skipNull() {
      unread = 0
    } else if pages.isOfGroups {
      (unread, count) = Self.eachGroup(&list, pages.group, count: { count }, take)
    } else {
      unread = list.eachEntry(take)
    }
    guard list.isValid else { return unreadable(command.id, "list") }
    walk.asked += 1
    walk.page += 1
    walk.entries += count
    if unread > 0 {
      walk.isPartial = true
      out.log(.warning, "\(unread) entries of a list could not be read and are left out")
    }
    switch pages.step {
    case .cursor(_, at: let place), .number(_, at: let place): last = body.text(at: place)
    default: break
    }
    // A page that is shorter than it should be is no end where the exchange counts more; an empty one has no next.
    let isFull = count > 0 && count >= full
    let isNextWindow = !isFull && opensWindow(walk)
    let isOwed = !isPast && (isNextWindow || isMore(walk, body, isFull: isFull, next: last))
    let isMore = isOwed && (count > 0 || isNextWindow)
    if isMore, !walk.isEnough, walk.asked < pages.most, !walk.isStuck(at: last) {
      if isNextWindow { walk.openWindow() } else { walk.cursor = last }
      self.walk(walk)
      return .ok
    }
    return ended(walk, isOwed: isOwed)
  }

  /// A list has come to its end, or to where no more of it is asked for: goes on with earlier parts of time and with
  /// further lists of the set, or completes it.
  private func ended(_ ended: Walk, isOwed: Bool) -> Status {
    var walk = ended
    let (command, pages) = (walk.command, walk.pages)
    if walk.goesBack() {
      if isOwed { walk.isPartial = true }
      self.walk(walk)
      return .ok
    }
    let isForgotten = pages.reach != .max && command.since < out.now.venue.subtractingSaturated(pages.reach)
    if isOwed || walk.isShort || isForgotten {
      walk.isPartial = true
    }
    if let next = walk.rest.popFirst() {
      (walk.pages, walk.cursor, walk.asked, walk.page, walk.entries) = (next, "", 0, 0, 0)
      self.walk(walk.started(now: out.now.venue))
      return .ok
    }
    complete(walk.what, command, walk.account, isPartial: walk.isPartial)
    return .ok
  }

  private func complete(_ what: Int, _ command: OwnedCommand, _ account: TradingAccount, isPartial: Bool) {
    out.complete(
      what, command: command.id, account: account.id, instrument: command.instrument, partial: isPartial)
    out.done(command.id)
  }

  /// Whether a question that began at a time did not reach to the end of what is wanted.
  private func opensWindow(_ walk: Walk) -> Bool {
    guard walk.pages.window > 0, walk.cursor.isEmpty, walk.start > 0 else { return false }
    let end = walk.command.until > 0 ? walk.command.until : out.now.venue
    return walk.start.addingSaturated(walk.pages.window) < end
  }

  private func isMore(_ walk: Walk, _ body: Body, isFull: Bool, next: String) -> Bool {
    if let isMore = body.flag(at: walk.pages.more) { return isMore }
    // Some write a zero where nothing follows.
    if case .cursor = walk.pages.step { return !next.isEmpty && next != "0" }
    guard !walk.pages.total.isEmpty else { return isFull }
    var json = JSONScanner(body)
    guard var number = json.find(walk.pages.total)?.scanner() else { return isFull }
    return number.integer() > Int64(walk.entries) && number.isValid
  }

  /// Hands over the entries of each group of a list; gives how many could not be read, and how many the largest has.
  private static func eachGroup(
    _ list: inout JSONScanner, _ name: StaticString, count: () -> Int, _ take: (JSONText, inout JSONScanner) -> Void
  ) -> (unread: Int, largest: Int) {
    var (unread, largest) = (0, 0)
    unread += list.eachEntry { _, group in
      let before = count()
      group.members { key, json in
        guard key == name else { return false }
        unread += json.eachEntry(take)
        return true
      }
      largest = max(largest, count() - before)
    }
    return (unread, largest)
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

  private func publish(_ entry: ListEntry, _ walk: inout Walk, _ json: inout JSONScanner) {
    // What names an instrument that is not known here, or another one, is of no use.
    guard let market = market(named: entry.symbol), !walk.isEnough,
      walk.command.instrument == 0 || self.market(walk.command.instrument) === market
    else { return }
    // What it has become says more, and is in the list before; one that became it since that was asked for is missing.
    guard entry.became.isEmpty else {
      if !walk.seen.contains(entry.became) { json.fail() }
      return
    }
    guard entry.publish(walk.account, walk.command.id) else { return json.fail() }
    walk.reported += 1
    if !walk.rest.isEmpty { walk.seen.insert(entry.venue) }
  }
}
