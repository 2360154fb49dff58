import CPatchbay
import Decimals

public enum MarkField: Sendable {
  case symbol, mark, index
  /// The rate of the next funding, when it is paid, and nanoseconds between two, which stand in hours, minutes,
  /// seconds or milliseconds.
  case rate, next, intervalHours, intervalMinutes, intervalSeconds, intervalMilliseconds
  /// When it is paid, in seconds; and when the one behind it is, in milliseconds.
  case nextSeconds, following
  /// When it is paid, as RFC 3339 has it, or `null`; and nanoseconds between two as a time of day, that of 2000-01-01.
  case isoNext, timespan
  /// Time in milliseconds, in seconds, and as RFC 3339 has it.
  case time, seconds, isoTime
}

/// Mark and index price and funding of one perpetual, or what one message says of them.
public struct MarkReport: Sendable {
  public var mark: Decimal64?
  public var index: Decimal64?
  public var rate: Decimal64?
  public var next: Int64 = 0
  public var interval: Int64 = 0
  public var time: Int64 = 0

  public init() {}

  /// Reads an object, or an array by its places. Gives what it names as its instrument; empty where it names none.
  mutating func read(_ json: inout JSONScanner, _ table: FieldTable<MarkField>) -> JSONText {
    var (symbol, following) = (JSONText(), Int64(0))
    json.fields(table) { field, json in
      switch field {
      case .symbol: symbol = json.scalar()
      case .following: following = Self.moment(&json)
      default: read(field, &json)
      }
      return true
    }
    if next > 0, following > next { interval = following - next }
    return symbol
  }

  /// Reads one value.
  mutating func read(_ field: MarkField, _ json: inout JSONScanner) {
    switch field {
    case .symbol, .following: json.skip()
    case .mark: mark = Self.price(&json)
    case .index: index = Self.price(&json)
    case .rate: rate = json.optionalDecimal()
    case .next: next = Self.moment(&json)
    case .nextSeconds: next = json.seconds()
    case .isoNext: if !json.skipNull() { next = json.timestamp() }
    case .timespan: if !json.skipNull() { interval = max(0, json.timestamp() - Self.timespanStart) }
    case .intervalHours: interval = Self.interval(&json, 3_600_000_000_000)
    case .intervalMinutes: interval = Self.interval(&json, 60_000_000_000)
    case .intervalSeconds: interval = Self.interval(&json, 1_000_000_000)
    case .intervalMilliseconds: interval = Self.interval(&json, 1_000_000)
    case .time: time = json.milliseconds()
    case .seconds: time = json.seconds()
    case .isoTime: time = json.timestamp()
    }
  }

  /// One of more digits than fit, as an index may have, is cut to them.
  private static func price(_ json: inout JSONScanner) -> Decimal64? {
    let value = json.optionalWideDecimal()?.narrowed?.value
    return value?.isPositive == true ? value : nil
  }

  /// Milliseconds; 0 where the exchange does not know yet: `null`, or an empty text.
  private static func moment(_ json: inout JSONScanner) -> Int64 {
    var own = json.mark.scanner()
    let text = json.scalar()
    guard json.isValid, !text.isEmpty, text != "null" else { return 0 }
    let time = own.milliseconds()
    if !own.isValid { json.fail() }
    return time
  }

  /// 2000-01-01T00:00:00Z.
  private static let timespanStart: Int64 = 946_684_800_000_000_000

  /// So many units of nanoseconds, at most a year.
  private static func interval(_ json: inout JSONScanner, _ unit: Int64) -> Int64 {
    guard let count = json.optionalDecimal()?.mantissa(at: 0), count > 0, count <= 31_536_000_000_000_000 / unit else {
      return 0
    }
    return count * unit
  }

  /// Takes in what a newer one says.
  mutating func take(_ newer: MarkReport) {
    mark = newer.mark ?? mark
    index = newer.index ?? index
    rate = newer.rate ?? rate
    if newer.next > 0 { next = newer.next }
    if newer.interval > 0 { interval = newer.interval }
    time = max(time, newer.time)
  }
}

/// One way to ask for mark price, index price or funding rate.
public struct MarkQuestion: Sendable {
  public let endpoint: Endpoint
  /// Where one instrument is asked for by itself, its name in the path.
  public var alone: Endpoint?
  public let place: String
  public let table: FieldTable<MarkField>
  public var parameters: [(name: String, value: String)] = []
  /// The parameter of the instrument; empty where the answer is always of all.
  public var symbol = ""
  /// What requests call the instrument there.
  public var name: @Sendable (Market) -> String = { $0.name }
  /// Whether the parameter must be there: the exchange has no list of all.
  public var isOfOneMarket = false
  /// The parameter of the moment at which it is asked, in milliseconds; empty where there is none.
  public var now = ""
  /// An object stands at the place in which plain values stand under the exchange's names for instruments, as `name`
  /// writes them: which field they are; nil where entries are read by the table.
  public var keyed: MarkField?
  /// The list is an object, in which each entry stands under a name of its market.
  public var isKeyed = false

  /// - Parameter place: of a list, or of an object that is one instrument's.
  public init(_ endpoint: Endpoint, at place: String, _ table: FieldTable<MarkField>) {
    self.endpoint = endpoint
    self.place = place
    self.table = table
  }
}

/// Mark prices, index prices and funding rates, which some exchanges tell together and some apart. What came last of
/// each is kept, so that every record is as whole as it can be.
extension ExchangeConnector {
  /// Reads what a frame says of mark price, index price or funding, of one instrument or of a list, and reports what
  /// is wanted.
  /// - Parameter market: what it is about; `nil` where each entry names its own.
  /// - Returns: `.parse` when an entry could not be read: what was reported until now may be out of date.
  public final func marks(
    _ json: inout JSONScanner, _ table: FieldTable<MarkField>, _ stream: pb_id, of market: Market? = nil
  ) -> Status {
    guard json.peek() == UInt8(ascii: "[") else { return mark(&json, table, stream, of: market) }
    var status = Status.ok
    json.enterArray()
    while json.nextElement() {
      var entry = json.entry()
      if json.isValid, mark(&entry, table, stream, of: market) == .parse { status = .parse }
    }
    return json.isValid ? status : misread(market?.number, .mark, stream)
  }

  /// As `marks`, of the one entry at hand, which may itself be an array.
  /// - Parameter time: of the exchange, where the entry itself has none.
  public final func mark(
    _ json: inout JSONScanner, _ table: FieldTable<MarkField>, _ stream: pb_id, of known: Market? = nil,
    time: Int64 = 0
  ) -> Status {
    var report = MarkReport()
    report.time = time
    let symbol = report.read(&json, table)
    guard json.isValid, known != nil || !symbol.isEmpty else { return misread(known?.number, .mark, stream) }
    guard let market = known ?? market(named: symbol), isWanted(market, .mark) else { return .ok }
    publish(mark: report, market)
    return .ok
  }

  /// Reports what is new, beside what was known before.
  public final func publish(mark report: MarkReport, _ market: Market, command: pb_id = 0) {
    market.marks.take(report)
    let known = market.marks
    if report.mark != nil || report.index != nil, known.mark != nil {
      var record = pb_mark()
      record.instrument = market.id
      record.venue_ns = known.time
      (record.mark, record.index) = (pb_dec(known.mark), pb_dec(known.index))
      out.mark(record)
    }
    guard report.rate != nil || report.next > 0, let rate = known.rate else { return }
    var record = pb_funding_rate()
    record.instrument = market.id
    record.command = command
    record.venue_ns = known.time
    (record.next_ns, record.interval_ns) = (known.next, known.interval)
    record.rate = pb_dec(rate)
    out.fundingRate(record)
  }

  /// Serves `funding`: questions are asked in turn, and what they say of an instrument is reported together.
  public final func funding(_ questions: MarkQuestion...) {
    serve(.funding) { [unowned(unsafe) self] command in
      let market = market(command.instrument)
      guard command.instrument == 0 || market != nil else {
        return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
      }
      guard market != nil || !questions.contains(where: { $0.isOfOneMarket }) else {
        return out.refuse(command.id, .unsupported, "funding is each instrument's own: name one")
      }
      ask(questions[...], command, market, [:])
    }
  }

  /// The instrument that a question calls so.
  private func named(_ name: String, by question: MarkQuestion) -> Market? {
    markets.first { question.name($0) == name }
  }

  private func ask(
    _ questions: ArraySlice<MarkQuestion>, _ command: OwnedCommand, _ market: Market?, _ found: [Int: MarkReport]
  ) {
    var (rest, found) = (questions, found)
    guard let question = rest.popFirst() else {
      for (number, report) in found.sorted(by: { $0.key < $1.key }) {
        // What an earlier answer said is out of date where nothing is subscribed.
        if !markets[number].live.contains(.mark) { markets[number].marks = MarkReport() }
        publish(mark: report, markets[number], command: command.id)
      }
      return out.done(command.id)
    }
    var call = Call(question.endpoint)
    if let market, let alone = question.alone {
      call = Call(alone)
      call.fill(question.name(market))
    }
    if !question.symbol.isEmpty, let market { call.set(question.symbol, question.name(market)) }
    for parameter in question.parameters { call.set(parameter.name, parameter.value) }
    if !question.now.isEmpty { call.set(question.now, out.now.venue / 1_000_000) }
    ask(call, command: command.id) { [unowned(unsafe) self] answer in
      guard succeeded(answer, command.id) else { return .ok }
      var json = JSONScanner(answer.body)
      guard json.isWhole, var list = json.find(question.place)?.scanner() else {
        return unreadable(command.id, "funding")
      }
      func take(_ report: MarkReport, _ named: Market?) {
        guard let named, market == nil || named === market else { return }
        found[named.number, default: MarkReport()].take(report)
      }
      func read(_ key: JSONText, _ json: inout JSONScanner) {
        var report = MarkReport()
        let said = report.read(&json, question.table)
        let symbol = said.isEmpty ? key : said
        // An answer about one need not name it.
        if json.isValid { take(report, symbol.isEmpty ? market : self.market(named: symbol)) }
      }
      var unread = 0
      if let field = question.keyed {
        list.members { key, json in
          var report = MarkReport()
          report.read(field, &json)
          let name = key.text
          take(report, market.map { question.name($0) == name } == true ? market : named(name, by: question))
          return true
        }
      } else {
        unread = question.isKeyed ? list.eachEntry(read) : list.eachObject { read(JSONText(), &$0) }
      }
      guard list.isValid, unread == 0 || market == nil, market.map({ found[$0.number] != nil }) ?? true else {
        return unreadable(command.id, "funding")
      }
      if unread > 0 { out.log(.warning, "\(unread) entries of funding could not be read and are left out") }
      ask(rest, command, market, found)
      return .ok
    }
  }
}

extension JSONScanner {
  /// Hands the object at hand, or each element of the array at hand, to `entry` in a scanner of its own. Gives how many
  /// could not be read.
  public mutating func eachObject(_ entry: (inout JSONScanner) -> Void) -> Int {
    guard peek() == UInt8(ascii: "{") else { return eachEntry { entry(&$1) } }
    var own = self.entry()
    guard isValid else { return 0 }
    entry(&own)
    return own.isValid ? 0 : 1
  }
}
