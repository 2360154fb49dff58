import CPatchbay
import Decimals

/// What one value of a candle says.
public enum CandleField: Sendable {
  /// When it begins: in milliseconds, in seconds, as RFC 3339 has it.
  case time, seconds, isoTime
  case open, high, low, close
  case baseVolume, quoteVolume
  /// The base volume in what the exchange counts, where that is contracts.
  case contractVolume
  case trades
  /// Whether it does not change any more: `1` or `true`.
  case closed
}

/// How the candles of an exchange's history are asked for.
public struct CandlePlan: Sendable {
  public let endpoint: Endpoint
  /// Where the list stands in a reply. Where an object stands there, its first member that is a list.
  public let place: String
  public let table: FieldTable<CandleField>
  /// The same of candles that are arrays, where the exchange has been seen to write them either way.
  public var arrays: FieldTable<CandleField>?
  /// The exchange's words for intervals, by minutes.
  public let words: [(minutes: Int64, word: String)]
  /// The parameter of the interval, and that of the instrument; empty where that one stands in the path.
  public var interval = "interval"
  public var symbol = "symbol"
  /// Where the path has both in one segment: that segment, by the exchange's word for the interval and the instrument's
  /// name.
  public var segment: (@Sendable (_ word: String, _ name: String) -> String)?
  /// Parameters of time; empty where there are none.
  public var since = ""
  public var until = ""
  public var timeForm = Pages.TimeForm.milliseconds
  /// What is added to the times that are asked for, in nanoseconds, so that exactly the candles between them come: most
  /// exchanges give the one that begins at the end as well.
  public var sinceShift: Int64 = 0
  public var untilShift: Int64 = 0
  /// The parameter that says how many are wanted; empty where there is none, or where it does not go with times.
  public var size = ""
  public var parameters: [(name: String, value: String)] = []
  /// Candles in one answer at most.
  public let most: Int
  /// Whether the exchange gives only the newest ones, at most so many.
  public var isNewestAlone = false
  /// Where candles are asked for that lie further back than so many of the newest.
  public var older: (endpoint: Endpoint, beyond: Int64)?
  /// Candles are named, and asked for, by when they end.
  public var namesEnds = false
  /// So many questions are asked for one command at most: the set then is partial.
  public var questions = 5

  /// - Parameter words: the exchange's words for intervals, by minutes.
  public init(
    _ endpoint: Endpoint, at place: String, _ table: FieldTable<CandleField>, most: Int,
    _ words: KeyValuePairs<Int64, String>
  ) {
    (self.endpoint, self.place, self.table, self.most) = (endpoint, place, table, most)
    self.words = words.map { ($0.key, $0.value) }
  }
}

/// Candles out of an exchange's history: a span of time is asked for in parts, and each candle is reported once.
extension ExchangeConnector {
  private static let minute: Int64 = 60_000_000_000

  /// Spans of time that are left to be asked about, and what is known of the answer so far.
  private struct CandleWalk {
    let command: OwnedCommand
    let market: Market
    let word: String
    /// What is left: the first part of it is asked for next, the last one where the newest are wanted.
    var start: Int64
    var end: Int64
    var asked = 0
    var isPartial = false
  }

  /// Serves `candles`.
  public final func candles(_ plan: CandlePlan) {
    serve(.candles) { [unowned(unsafe) self] command in
      guard let market = market(command.instrument) else {
        return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
      }
      let (minutes, rest) = command.interval.quotientAndRemainder(dividingBy: Self.minute)
      guard rest == 0, let word = plan.words.first(where: { $0.minutes == minutes })?.word else {
        let known = plan.words.map { "\($0.minutes)" }.joined(separator: ", ")
        return out.refuse(command.id, .unsupported, "the exchange has candles of \(known) minutes")
      }
      walk(begin(plan, command, market, word), plan)
    }
  }

  /// The span that is wanted, on the grid of the interval: as many candles as are asked for, one page otherwise.
  private func begin(_ plan: CandlePlan, _ command: OwnedCommand, _ market: Market, _ word: String) -> CandleWalk {
    let interval = command.interval
    let isSpan = command.since > 0 && command.until > 0
    let count = command.limit > 0 ? Int64(command.limit) : isSpan ? .max : Int64(plan.most)
    let length = count.multipliedReportingOverflow(by: interval)
    let reach = length.overflow ? Int64.max : length.partialValue
    /// When the first candle begins that does not begin before a time.
    func begin(_ time: Int64) -> Int64 { time.addingSaturated(interval - 1) / interval * interval }
    let now = begin(out.now.venue)
    let last = command.until > 0 ? min(now, begin(command.until)) : now
    if command.since > 0 {
      let first = begin(command.since)
      return CandleWalk(
        command: command, market: market, word: word, start: first, end: min(last, first.addingSaturated(reach)))
    }
    return CandleWalk(
      command: command, market: market, word: word, start: max(0, last.subtractingSaturated(reach)), end: last)
  }

  private func walk(_ walk: CandleWalk, _ plan: CandlePlan) {
    let interval = walk.command.interval
    guard walk.start < walk.end, walk.asked < plan.questions else {
      return ended(walk, isPartial: walk.isPartial || walk.start < walk.end)
    }
    var next = walk
    next.asked += 1
    // The part at hand; the newest first, where those are wanted.
    let whole = plan.isNewestAlone ? Int64.max : Int64(plan.most).multipliedReportingOverflow(by: interval).partialValue
    var (start, end) = (walk.start, walk.end)
    if walk.command.since > 0 {
      end = min(end, start.addingSaturated(whole))
      next.start = end
    } else {
      start = max(start, end.subtractingSaturated(whole))
      next.end = start
    }
    let isOld = plan.older.map { (out.now.venue.subtractingSaturated(start)) / interval > $0.beyond } ?? false
    var call = Call(isOld ? plan.older?.endpoint ?? plan.endpoint : plan.endpoint)
    if let segment = plan.segment {
      call.fill(bare: segment(walk.word, walk.market.name))
    } else {
      if plan.symbol.isEmpty { call.fill(walk.market.name) } else { call.set(plan.symbol, walk.market.name) }
      call.set(plan.interval, walk.word)
    }
    for parameter in plan.parameters { call.set(parameter.name, parameter.value) }
    let ahead = plan.namesEnds ? interval : 0
    if !plan.since.isEmpty { call.set(plan.since, plan.time(start.addingSaturated(ahead), plan.sinceShift)) }
    if !plan.until.isEmpty { call.set(plan.until, plan.time(end.addingSaturated(ahead), plan.untilShift)) }
    let reach = plan.isNewestAlone ? max(0, out.now.venue.subtractingSaturated(start)) : end - start
    let wanted = min(Int64(plan.most), max(1, reach / interval + (plan.isNewestAlone ? 1 : 0)))
    if !plan.size.isEmpty { call.set(plan.size, wanted) }
    ask(call, command: walk.command.id) { [unowned(unsafe) self] answer in
      guard succeeded(answer, walk.command.id) else { return .ok }
      return read(answer.body, start, end, next, plan)
    }
  }

  /// Reports the candles of an answer that begin in the span at hand, and goes on.
  private func read(
    _ body: Body, _ start: Int64, _ end: Int64, _ next: CandleWalk, _ plan: CandlePlan
  ) -> Status {
    var next = next
    var json = JSONScanner(body)
    guard json.isWhole, let found = json.find(plan.place), var list = Self.list(found) else {
      return unreadable(next.command.id, "list of candles")
    }
    var oldest = Int64.max
    let unread = list.eachEntry { _, json in
      let isArray = json.peek() == UInt8(ascii: "[")
      var candle = pb_candle(&json, isArray ? plan.arrays ?? plan.table : plan.table, next.market)
      guard json.isValid else { return }
      if plan.namesEnds { candle.open_ns = candle.open_ns.subtractingSaturated(next.command.interval) }
      oldest = min(oldest, candle.open_ns)
      guard candle.open_ns >= start, candle.open_ns < end else { return }
      candle.command = next.command.id
      candle.interval_ns = next.command.interval
      if candle.open_ns.addingSaturated(candle.interval_ns) <= out.now.venue {
        candle.flags |= UInt32(PB_CANDLE_CLOSED)
      }
      out.candle(candle)
    }
    guard list.isValid else { return unreadable(next.command.id, "list of candles") }
    if unread > 0 {
      next.isPartial = true
      out.log(.warning, "\(next.market.symbol): \(unread) candles could not be read and are left out")
    }
    if plan.isNewestAlone {
      if oldest > start { next.isPartial = true }
      next.start = next.end
    }
    walk(next, plan)
    return .ok
  }

  private func ended(_ walk: CandleWalk, isPartial: Bool) {
    out.complete(
      PB_EV_CANDLE, command: walk.command.id, account: 0, instrument: walk.command.instrument, partial: isPartial)
    out.done(walk.command.id)
  }

  /// The list at a place, or the first list of the object there.
  private static func list(_ place: JSONMark) -> JSONScanner? {
    var json = place.scanner()
    guard json.peek() == UInt8(ascii: "{") else { return json }
    var found: JSONScanner?
    json.members { _, json in
      if found == nil, json.peek() == UInt8(ascii: "[") { found = json.mark.scanner() }
      return false
    }
    return json.isValid ? found : nil
  }
}

extension CandlePlan {
  func time(_ time: Int64, _ shift: Int64) -> String {
    timeForm.text(max(0, time.addingSaturated(shift)), isUntil: false)
  }
}

extension pb_candle {
  /// Reads a candle; fails where a price, or the time, is absent or does not fit.
  init(_ json: inout JSONScanner, _ table: FieldTable<CandleField>, _ market: Market) {
    self.init()
    instrument = market.id
    let exponent = market.writtenExponent
    var seen = 0
    json.fields(table) { field, json in
      switch field {
      case .time: open_ns = json.milliseconds()
      case .seconds: open_ns = json.seconds()
      case .isoTime: open_ns = json.timestamp()
      case .open: (open, seen) = (json.fixed(exponent), seen | 1)
      case .high: (high, seen) = (json.fixed(exponent), seen | 2)
      case .low: (low, seen) = (json.fixed(exponent), seen | 4)
      case .close: (close, seen) = (json.fixed(exponent), seen | 8)
      case .baseVolume: base_volume = pb_dec(json.shownDecimal())
      case .contractVolume: base_volume = pb_dec(market.base(json.shownDecimal()))
      case .quoteVolume: quote_volume = pb_dec(json.shownDecimal())
      case .trades:
        if let count = json.scalar().fixed(0), count >= 0 {
          trades = UInt64(count)
          flags |= UInt32(PB_CANDLE_TRADES)
        }
      case .closed: if ["1", "true"].contains(json.words()) { flags |= UInt32(PB_CANDLE_CLOSED) }
      }
      return true
    }
    if seen != 15 || open_ns <= 0 { json.fail() }
  }
}
