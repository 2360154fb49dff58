import Decimals
import JSONTree
import MarketModel

/// An entry as JSON, for those who keep a copy of a journal elsewhere. What is left out is not there, as in the tables:
/// a text of a later Patchbay with more fields is read without them.
extension JournalEntry {
  public var json: JSONValue {
    var text = EntryWriter()
    switch self {
    case .run(let run):
      text.put("kind", "run")
      text.put("instance", run.instance)
      text.put("version", run.version)
      text.put("time", run.started)
    case .order(let order): text.put(order)
    case .event(let event):
      text.put("kind", "event")
      text.put(event.name)
      text.put(event.event)
      text.put("venue_order", event.venueOrderID)
      text.put("state", event.state.word)
      text.put("filled_in_all", event.filled)
      text.put("why", event.reason)
      text.put("time", event.time)
    case .state(let state):
      text.put("kind", "state")
      text.put(state.name)
      text.put("state", state.state.word)
      text.put("filled_in_all", state.filled)
      text.put("venue_order", state.venueOrderID)
      text.put("why", state.reason)
      text.put("time", state.time)
    case .strayFill(let entry): text.put(entry)
    case .funding(let entry):
      text.put("kind", "funding")
      text.put(entry.exchange, entry.account, entry.instrument)
      text.put("pair", entry.pair)
      text.put("payment", entry.payment)
      text.put("rate", entry.rate)
      text.put("amount", entry.amount)
      text.put("asset", entry.asset)
      text.put("time", entry.time)
    case .position(let entry): text.put(entry)
    case .mode(let entry):
      text.put("kind", "mode")
      text.put(entry.exchange, entry.account, entry.instrument)
      text.put("leverage", entry.leverage)
      text.put("margin_mode", entry.marginMode)
      text.put("time", entry.time)
    case .balance(let entry):
      text.put("kind", "balance")
      text.put(entry.exchange, entry.account, nil)
      text.put("asset", entry.asset)
      text.put("total", entry.balance.total)
      text.put("available", entry.balance.available)
      text.put("venue_time", entry.balance.time)
      text.put("time", entry.time)
    case .counter(let name, let next):
      text.put("kind", "counter")
      text.put("name", name)
      text.put("next", next)
    case .mark(let mark):
      text.put("kind", "mark")
      text.put(mark.exchange, mark.account, mark.instrument)
      text.put("topic", mark.topic)
      text.put("time", mark.time)
      text.put("replaces", mark.replaces)
    }
    return JSONValue(.object(text.members))
  }

  /// `nil` where it is none that this Patchbay can enter.
  public init?(json: JSONValue) {
    let text = EntryReader(json)
    do throws(EntryReader.Missing) {
      switch try text.string("kind") {
      case "run":
        self = .run(
          RunEntry(
            instance: try text.string("instance"), version: try text.string("version"), started: try text.time("time")))
      case "order": self = .order(try text.order())
      case "event":
        self = .event(
          OrderEventEntry(
            name: try text.name(), event: try text.event(), venueOrderID: text.text("venue_order"),
            state: try text.word("state"), filled: try text.decimal("filled_in_all"), reason: text.text("why"),
            time: try text.time("time")))
      case "state":
        self = .state(
          OrderStateEntry(
            name: try text.name(), state: try text.word("state"), filled: try text.decimal("filled_in_all"),
            venueOrderID: text.text("venue_order"), reason: text.text("why"), time: try text.time("time")))
      case "stray_fill": self = .strayFill(try text.strayFill())
      case "funding":
        self = .funding(
          FundingEntry(
            exchange: try text.string("exchange"), account: try text.string("account"),
            instrument: try text.string("instrument"), pair: text.text("pair"), payment: try text.string("payment"),
            rate: try text.decimalIfThere("rate"), amount: try text.decimal("amount"), asset: try text.string("asset"),
            time: try text.time("time")))
      case "position": self = .position(try text.position())
      case "mode":
        self = .mode(
          ModeEntry(
            exchange: try text.string("exchange"), account: try text.string("account"),
            instrument: try text.string("instrument"), leverage: try text.decimalIfThere("leverage"),
            marginMode: text.stringIfThere("margin_mode"), time: try text.time("time")))
      case "balance":
        self = .balance(
          BalanceEntry(
            exchange: try text.string("exchange"), account: try text.string("account"),
            asset: try text.string("asset"),
            balance: Balance(
              total: try text.decimal("total"), available: try text.decimal("available"),
              time: try text.time("venue_time")), time: try text.time("time")))
      case "counter": self = .counter(name: try text.string("name"), next: try text.number("next"))
      case "mark":
        self = .mark(
          JournalMark(
            exchange: try text.string("exchange"), account: try text.string("account"),
            instrument: text.text("instrument"), topic: try text.string("topic"), time: try text.time("time"),
            replaces: text.flag("replaces")))
      default: return nil
      }
    } catch {
      return nil
    }
  }
}

/// Builds the members of one entry.
struct EntryWriter {
  private(set) var members: [JSONMember] = []

  mutating func put(_ key: String, _ text: String?) {
    guard let text, !text.isEmpty else { return }
    members.append(JSONMember(key, JSONValue(.string(text))))
  }

  mutating func put(_ key: String, _ number: Int64?) {
    guard let number else { return }
    members.append(JSONMember(key, JSONValue(.number("\(number)"))))
  }

  mutating func put(_ key: String, _ number: UInt64) {
    members.append(JSONMember(key, JSONValue(.number("\(number)"))))
  }

  /// Exact: as the tables have it.
  mutating func put(_ key: String, _ decimal: Decimal64?) { put(key, decimal.map { "\($0.plain)" }) }

  mutating func put(_ key: String, _ flag: Bool) {
    if flag { members.append(JSONMember(key, JSONValue(.bool(true)))) }
  }

  mutating func put(_ exchange: String, _ account: String, _ instrument: String?) {
    put("exchange", exchange)
    put("account", account)
    put("instrument", instrument)
  }

  mutating func put(_ name: OrderName) {
    put(name.exchange, name.account, nil)
    put("client_order", name.clientOrderID)
  }

  mutating func put(_ order: OrderEntry) {
    let draft = order.draft
    put("kind", "order")
    put(order.name)
    put("connector", order.connector)
    put("instrument", order.instrument)
    put("pair", order.pair)
    put("order", order.order.rawValue)
    put("command", order.createCommand.rawValue)
    put("side", draft.side.word)
    put("type", draft.type.word)
    put("time_in_force", draft.timeInForce?.word)
    put("flags", draft.flags.word)
    put("leg", order.leg.word)
    put("price", draft.price)
    put("stop", draft.stop)
    put("quantity", draft.quantity)
    put("expiry", draft.expiry)
    put("adopted", order.isAdopted)
    put("time", order.created)
    put("venue_time", order.createdAtVenue)
  }

  mutating func put(_ event: OrderEvent) {
    switch event {
    case .report(let report):
      put("event", EventKind.report.word)
      put("claim", report.claim.word)
      put("filled", report.filled)
      put("quantity", report.quantity)
      put("price", report.price)
      put("average", report.average)
      put("time_in_force", report.timeInForce?.word)
      put("venue_time", report.time)
      put("reason", report.reason)
      guard let part = report.part else { return }
      put("part", part.venueOrderID)
      put("continues", part.continues)
      put("carried", part.carried)
    case .fill(let fill):
      put("event", EventKind.fill.word)
      put(fill)
    case .cancelRequested(let command):
      put("event", EventKind.cancel.word)
      put("command", command.rawValue)
    case .amendRequested(let command, let price, let quantity):
      put("event", EventKind.amend.word)
      put("command", command.rawValue)
      put("price", price)
      put("quantity", quantity)
    case .outcome(let command, let outcome):
      put("event", EventKind.outcome.word)
      put("command", command.rawValue)
      put("outcome", outcome.word)
    case .givenUp: put("event", EventKind.givenUp.word)
    case .leaving: put("event", EventKind.leaving.word)
    }
  }

  mutating func put(_ fill: Fill) {
    put("trade", fill.trade)
    put("price", fill.price)
    put("quantity", fill.quantity)
    put("fee", fill.fee)
    put("fee_asset", fill.feeAsset)
    put("fee_estimated", fill.isFeeEstimated)
    put("liquidity", fill.liquidity?.word)
    put("venue_time", fill.time)
  }

  mutating func put(_ entry: StrayFillEntry) {
    let stray = entry.stray
    put("kind", "stray_fill")
    put(entry.exchange, entry.account, stray.symbol)
    put("pair", stray.pair)
    put("side", stray.side?.word)
    put("client_order", stray.clientOrderID)
    put("venue_order", stray.venueOrderID)
    put("whose", stray.kind.word)
    put(stray.fill)
    put("time", stray.time)
  }

  mutating func put(_ entry: PositionEntry) {
    let position = entry.position
    put("kind", "position")
    put(entry.exchange, entry.account, entry.instrument)
    put("pair", entry.pair)
    put("leg", entry.leg.word)
    put("quantity", position.quantity)
    put("entry", position.entry)
    put("mark", position.mark)
    put("liquidation", position.liquidation)
    put("unrealized", position.unrealized)
    put("realized", position.realized)
    put("leverage", position.leverage)
    put("margin", position.margin)
    put("venue_time", position.time)
    put("time", entry.time)
  }
}

/// Reads one entry's members.
struct EntryReader {
  /// A field is not there, or not of its kind.
  struct Missing: Error {}

  private let value: JSONValue

  init(_ value: JSONValue) { self.value = value }

  func stringIfThere(_ key: String) -> String? { value[key]?.string }
  func text(_ key: String) -> String { stringIfThere(key) ?? "" }
  func flag(_ key: String) -> Bool { value[key]?.bool ?? false }

  func string(_ key: String) throws(Missing) -> String {
    guard let text = value[key]?.string else { throw Missing() }
    return text
  }

  func number(_ key: String) throws(Missing) -> UInt64 {
    guard let number = value[key]?.number.flatMap({ UInt64($0) }) else { throw Missing() }
    return number
  }

  func time(_ key: String) throws(Missing) -> Int64 {
    guard let number = value[key]?.number.flatMap({ Int64($0) }) else { throw Missing() }
    return number
  }

  func decimal(_ key: String) throws(Missing) -> Decimal64 {
    guard let decimal = try decimalIfThere(key) else { throw Missing() }
    return decimal
  }

  func decimalIfThere(_ key: String) throws(Missing) -> Decimal64? {
    guard let text = value[key]?.string else { return nil }
    guard let decimal = Decimal64(text) else { throw Missing() }
    return decimal
  }

  func word<Word: JournalWord>(_ key: String) throws(Missing) -> Word {
    guard let word = Word(word: try string(key)) else { throw Missing() }
    return word
  }

  func wordIfThere<Word: JournalWord>(_ key: String) throws(Missing) -> Word? {
    guard let text = value[key]?.string else { return nil }
    guard let word = Word(word: text) else { throw Missing() }
    return word
  }

  func name() throws(Missing) -> OrderName {
    OrderName(
      exchange: try string("exchange"), account: try string("account"), clientOrderID: try string("client_order"))
  }

  func order() throws(Missing) -> OrderEntry {
    guard let flags = OrderFlags(word: text("flags")) else { throw Missing() }
    let draft = OrderDraft(
      side: try word("side"), type: try word("type"), quantity: try decimal("quantity"),
      price: try decimalIfThere("price"), stop: try decimalIfThere("stop"),
      timeInForce: try wordIfThere("time_in_force"), flags: flags, expiry: try time("expiry"))
    return OrderEntry(
      name: try name(), connector: try string("connector"), instrument: try string("instrument"), pair: text("pair"),
      order: OrderID(try number("order")), createCommand: CommandID(try number("command")), draft: draft,
      leg: try word("leg"), isAdopted: flag("adopted"), created: try time("time"),
      createdAtVenue: try time("venue_time"))
  }

  func event() throws(Missing) -> OrderEvent {
    let kind: EventKind = try word("event")
    switch kind {
    case .report:
      var report = OrderReport(
        try word("claim"), filled: try decimalIfThere("filled"), quantity: try decimalIfThere("quantity"),
        price: try decimalIfThere("price"), average: try decimalIfThere("average"),
        timeInForce: try wordIfThere("time_in_force"), time: try time("venue_time"), reason: text("reason"))
      if let carried = try decimalIfThere("carried") {
        report.part = VenuePart(text("part"), continues: text("continues"), carried: carried)
      }
      return .report(report)
    case .fill: return .fill(try fill())
    case .cancel: return .cancelRequested(CommandID(try number("command")))
    case .amend:
      return .amendRequested(
        CommandID(try number("command")), price: try decimalIfThere("price"), quantity: try decimalIfThere("quantity"))
    case .outcome: return .outcome(CommandID(try number("command")), try word("outcome"))
    case .givenUp: return .givenUp
    case .leaving: return .leaving
    case .state: throw Missing()
    }
  }

  func fill() throws(Missing) -> Fill {
    Fill(
      trade: text("trade"), price: try decimal("price"), quantity: try decimal("quantity"),
      fee: try decimalIfThere("fee"), feeAsset: text("fee_asset"), isFeeEstimated: flag("fee_estimated"),
      liquidity: try wordIfThere("liquidity"), time: try time("venue_time"))
  }

  func strayFill() throws(Missing) -> StrayFillEntry {
    StrayFillEntry(
      exchange: try string("exchange"), account: try string("account"),
      StrayFill(
        symbol: text("instrument"), pair: text("pair"), side: try wordIfThere("side"),
        clientOrderID: text("client_order"), venueOrderID: text("venue_order"), kind: try word("whose"),
        fill: try fill(), time: try time("time")))
  }

  func position() throws(Missing) -> PositionEntry {
    PositionEntry(
      exchange: try string("exchange"), account: try string("account"), instrument: try string("instrument"),
      pair: text("pair"), leg: try word("leg"),
      position: Position(
        quantity: try decimal("quantity"), entry: try decimalIfThere("entry"), mark: try decimalIfThere("mark"),
        liquidation: try decimalIfThere("liquidation"), unrealized: try decimalIfThere("unrealized"),
        realized: try decimalIfThere("realized"), leverage: try decimalIfThere("leverage"),
        margin: try decimalIfThere("margin"), time: try time("venue_time")), time: try time("time"))
  }
}
