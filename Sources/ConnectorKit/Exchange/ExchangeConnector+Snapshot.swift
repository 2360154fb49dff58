import CPatchbay

public enum BookField: Sendable {
  case bids, asks
  /// The number that updates are joined to.
  case last
  /// Time in milliseconds, in seconds, and in nanoseconds.
  case time, seconds, nanoseconds
}

extension ExchangeConnector {
  /// Reads a whole book that was asked for, by a table of names, and reports it. It has both sides and a number.
  /// - Parameters:
  ///   - place: of the book's object in the reply; empty when it is the whole.
  ///   - levels: reads one side, where levels are not `[price, quantity]`.
  /// - Returns: `.parse` when it cannot be read.
  public final func snapshot(
    _ body: Body, at place: String = "", _ table: FieldTable<BookField>, _ market: Market,
    levels: ((inout JSONScanner, Market) -> pb_list)? = nil
  ) -> Status {
    var json = JSONScanner(body)
    guard json.isWhole, var book = json.find(place)?.scanner() else { return .parse }
    var (bids, asks): (pb_list?, pb_list?)
    var (last, time) = (UInt64(0), Int64(0))
    out.beginBook()
    func side(_ json: inout JSONScanner, _ list: inout pb_list?) {
      guard list == nil else { return json.fail() }
      list = levels?(&json, market) ?? out.levels(&json, market)
    }
    book.fields(table) { field, json in
      switch field {
      case .bids: side(&json, &bids)
      case .asks: side(&json, &asks)
      case .last: last = json.unsigned()
      case .time: time = json.milliseconds()
      case .seconds: time = json.seconds()
      case .nanoseconds: time = json.nanoseconds()
      }
      return true
    }
    guard book.isValid, last > 0, let bids, let asks else { return .parse }
    snapshot(market, last: last, time: time, bids: bids, asks: asks, isInBand: false)
    return .ok
  }
}
