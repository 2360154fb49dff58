import CPatchbay
import ConnectorKit
import Decimals

/// What stands in a message of a node, around its data.
private struct NodeMessage {
  var (type, status, error, text) = (JSONText(), JSONText(), JSONText(), JSONText())
  var id: JSONMark?
  var result: JSONMark?
  var ledger = XRPLSpot.Ledger()

  init?(_ frame: Body) {
    var json = JSONScanner(frame)
    json.members { key, json in
      switch key {
      case "type": type = json.scalar()
      case "status": status = json.scalar()
      case "id": id = json.passed()
      case "result": result = json.passed()
      case "error": error = json.scalar()
      case "error_message": text = json.scalar()
      case "ledger_index": ledger.index = json.skipNull() ? 0 : json.unsigned()
      case "ledger_time": ledger.time = XRPLSpot.time(&json)
      default: return false
      }
      return true
    }
    guard json.isComplete() else { return nil }
  }
}

/// Streams and books. Sources: "subscribe", "book_offers", "Offer".
extension XRPLSpot {
  /// Seconds since the beginning of the year 2000 ("Specifying Time") as nanoseconds since that of 1970.
  static func time(_ json: inout JSONScanner) -> Int64 {
    let seconds = json.unsigned()
    guard seconds < 4_000_000_000 else {
      json.fail()
      return 0
    }
    return (Int64(seconds) + 946_684_800) * 1_000_000_000
  }

  // MARK: What is asked

  public func commonTopic(_ name: String, id: pb_id) -> SealedText {
    SealedText(#"{"id":\#(id),"command":"subscribe","streams":["\#(name)"]}"#)
  }

  /// `both`: offers of both sides.
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let books = topics.compactMap { topic -> String? in
      guard let pair = (markets[topic.market] as? LedgerMarket)?.pair else { return nil }
      return #"{"taker_gets":\#(pair.base.json),"taker_pays":\#(pair.quote.json),"both":true}"#
    }
    let verb = isUnsubscribe ? "unsubscribe" : "subscribe"
    return SealedText(#"{"id":\#(id),"command":"\#(verb)","books":[\#(books.joined(separator: ","))]}"#)
  }

  /// A book is asked for, by both its sides, at each ledger that was validated. What an offer holds depends on what its
  /// owner has, which changes without any message about the book: so it is read anew, and not carried on from changes.
  private func askBooks(_ stream: pb_id) {
    for case let market as LedgerMarket in markets where market.wantsBook {
      market.unanswered += 1
      // A node that names ledgers and does not show their books: what was last seen is no book any more.
      if market.unanswered > Self.patience { disprove(market, .sequence) }
      ask(market, "a", gets: market.pair.base, pays: market.pair.quote, stream)
      ask(market, "b", gets: market.pair.quote, pays: market.pair.base, stream)
    }
  }

  /// Ledgers for which a book may stand unanswered, about 20 seconds.
  private static let patience = 5

  private func ask(_ market: LedgerMarket, _ side: String, gets: Token, pays: Token, _ stream: pb_id) {
    let text = #"{"id":"\#(side)\#(market.number)","command":"book_offers","ledger_index":\#(ledger.index),"limit":"#
      + #"\#(Self.mostOffers),"taker_gets":\#(gets.json),"taker_pays":\#(pays.json)}"#
    say(SealedText(text), on: stream, charges: [Output.Limit.messages.charge])
  }

  // MARK: What is answered

  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let message = NodeMessage(frame) else { return .parse }
    switch message.type {
    case "ledgerClosed":
      guard message.ledger.index > 0, message.ledger.time > 0 else { return .parse }
      // A node that goes back shows another history, or waits for its own to catch up.
      if message.ledger.index < ledger.index, stream == ledger.stream {
        reopen(stream, "the node went back from ledger \(ledger.index) to \(message.ledger.index)")
        return .ok
      }
      closed(message.ledger, stream)
      return .ok
    case "transaction": return readTransaction(frame, stream)
    case "response": return answered(message, frame, stream)
    default: return .unsupported
    }
  }

  private func closed(_ closed: Ledger, _ stream: pb_id) {
    // On one stream they rise; another node may be behind, or of a network that began anew.
    guard closed.index > ledger.index || stream != ledger.stream else { return }
    ledger = Ledger(index: closed.index, time: closed.time, stream: stream)
    askBooks(stream)
  }

  private func answered(_ message: NodeMessage, _ frame: Body, _ stream: pb_id) -> Status {
    guard var id = message.id?.scanner() else { return .unsupported }
    let isNumber = id.peek() &- 48 <= 9
    guard message.status == "success", let result = message.result else {
      let words = message.text.isEmpty ? message.error.text : message.text.text
      if isNumber {
        acknowledged(pb_id(id.unsigned()), .refused(code: message.error.text, text: words))
      } else {
        out.log(.warning, "\(question(id.string())?.market.symbol ?? "a book"): the node refuses: \(words)")
      }
      return .ok
    }
    var look = result.scanner()
    if look.find("offers") != nil { return readBook(result, isNumber ? nil : question(id.string()), stream) }
    var (isLedger, named) = (false, Ledger())
    look = result.scanner()
    look.members { key, json in
      switch key {
      case "ledger_index": named.index = json.unsigned()
      case "ledger_time": (isLedger, named.time) = (true, Self.time(&json))
      default: return false
      }
      return true
    }
    guard look.isValid else { return .parse }
    if isNumber { acknowledged(pb_id(id.unsigned()), .confirmed) }
    if isLedger { closed(named, stream) }
    return .ok
  }

  /// What a question of this connector was about: `a3` are the asks of the market with the number 3.
  private func question(_ id: JSONText) -> (market: LedgerMarket, isAsks: Bool)? {
    guard id[0] == UInt8(ascii: "a") || id[0] == UInt8(ascii: "b"), id.count <= 8 else { return nil }
    var number = 0
    for byte in id.bytes.dropFirst() {
      guard byte &- 48 <= 9 else { return nil }
      number = number * 10 + Int(byte &- 48)
    }
    guard id.count > 1, number < markets.count, let market = markets[number] as? LedgerMarket else { return nil }
    return (market, id[0] == UInt8(ascii: "a"))
  }

  // MARK: Books

  /// `{"ledger_index": 13, "offers": [...], "validated": true}`. In a recording of another client, whose questions had
  /// other names, the offers say which book they are of.
  private func readBook(
    _ result: JSONMark, _ asked: (market: LedgerMarket, isAsks: Bool)?, _ stream: pb_id
  ) -> Status {
    var (index, current): (UInt64, UInt64) = (0, 0)
    var offers: JSONMark?
    var json = result.scanner()
    json.members { key, json in
      switch key {
      case "ledger_index": index = json.unsigned()
      case "ledger_current_index": current = json.unsigned()
      case "offers": offers = json.passed()
      default: return false
      }
      return true
    }
    guard json.isValid, let offers, let (market, isAsks) = asked ?? book(of: offers) else {
      return json.isValid && asked == nil ? .ok : misread(stream: stream, .book)
    }
    guard market.wantsBook else { return .ok }
    let number = index > 0 ? index : current
    guard number > 0, isAsks ? read(offers, market, isAsks: true, &market.asks.levels)
      : read(offers, market, isAsks: false, &market.bids.levels)
    else {
      (market.asks.ledger, market.bids.ledger) = (0, 0)
      return misread(market, .book)
    }
    if isAsks { market.asks.ledger = number } else { market.bids.ledger = number }
    guard market.asks.ledger == market.bids.ledger, number > market.sync.last || !market.sync.isLive else { return .ok }
    market.unanswered = 0
    return publish(market, number)
  }

  private func publish(_ market: LedgerMarket, _ number: UInt64) -> Status {
    // Offers that would meet were consumed: a book that still shows them is none.
    if let bid = market.bids.levels.first, let ask = market.asks.levels.first, bid.price >= ask.price {
      return disproved(market, .crossed)
    }
    let time = ledger.index == number || ledger.index &+ 1 == number ? ledger.time : 0
    var (bids, asks) = (pb_list(), pb_list())
    out.beginBook()
    for level in market.bids.levels { out.level(price: level.price, quantity: level.quantity, to: &bids) }
    for level in market.asks.levels { out.level(price: level.price, quantity: level.quantity, to: &asks) }
    snapshot(market, last: number, time: time, bids: bids, asks: asks, isInBand: true)
    return .ok
  }

  /// Of a list that nobody here asked for: which book's side it is, by its first offer.
  private func book(of offers: JSONMark) -> (market: LedgerMarket, isAsks: Bool)? {
    var json = offers.scanner()
    json.enterArray()
    guard json.nextElement() else { return nil }
    let offer = Offer(&json, closed: 0)
    guard json.isValid, let gets = offer.gets, let pays = offer.pays else { return nil }
    for case let market as LedgerMarket in markets {
      if gets.isOf(market.pair.base), pays.isOf(market.pair.quote) { return (market, true) }
      if gets.isOf(market.pair.quote), pays.isOf(market.pair.base) { return (market, false) }
    }
    return nil
  }

  /// Reads the offers of one side, best first, into levels. Offers of one price make one level.
  private func read(_ offers: JSONMark, _ market: LedgerMarket, isAsks: Bool, _ levels: inout [pb_level]) -> Bool {
    levels.removeAll(keepingCapacity: true)
    let (base, quote) = (market.pair.base, market.pair.quote)
    var json = offers.scanner()
    json.enterArray()
    while json.nextElement() {
      let offer = Offer(&json, closed: ledger.time)
      guard json.isValid, let gets = offer.gets, let pays = offer.pays, gets.isOf(isAsks ? base : quote),
        pays.isOf(isAsks ? quote : base) else { return false }
      let quantity = (isAsks ? offer.funded : offer.fundedPays).units(of: market.quantityExponent)
      guard quantity > 0, !offer.isExpired, let price = offer.price(market, isAsks: isAsks), price > 0 else { continue }
      guard let last = levels.last, last.price == price else {
        if let last = levels.last, isAsks ? last.price > price : last.price < price { return false }
        levels.append(pb_level(price: price, quantity: quantity))
        continue
      }
      levels[levels.count - 1].quantity = min(LedgerNumber.most, last.quantity.addingSaturated(quantity))
    }
    return json.isValid
  }
}

/// One offer of a book.
struct Offer {
  var gets: Amount?
  var pays: Amount?
  /// What its owner can deliver of it, the issuer's transfer fee taken off, and what that costs: less than was offered
  /// where `taker_gets_funded` says so.
  private(set) var funded = LedgerNumber.zero
  private(set) var fundedPays = LedgerNumber.zero
  private(set) var isExpired = false
  /// What the taker pays for one that it gets, XRP in drops: kept by the ledger from when the offer was made, while the
  /// amounts that are left are rounded.
  private var quality: LedgerNumber?

  init(_ json: inout JSONScanner, closed: Int64) {
    var (partGets, partPays): (LedgerNumber?, LedgerNumber?)
    json.members { key, json in
      switch key {
      case "TakerGets": gets = Amount(&json)
      case "TakerPays": pays = Amount(&json)
      case "taker_gets_funded": partGets = Amount(&json).value
      case "taker_pays_funded": partPays = Amount(&json).value
      case "quality":
        quality = LedgerNumber(json.scalar().bytes)
        if quality == nil { json.fail() }
      case "Expiration":
        // It ends with the first ledger that closes at this time or later.
        let time = XRPLSpot.time(&json)
        isExpired = closed > 0 && time <= closed
      default: return false
      }
      return true
    }
    funded = partGets ?? gets?.value ?? .zero
    fundedPays = partPays ?? (partGets == nil ? pays?.value ?? .zero : .zero)
  }

  /// The price in units of the market's exponent, to the nearest.
  func price(_ market: LedgerMarket, isAsks: Bool) -> Int64? {
    guard let gets, let pays else { return nil }
    var (numerator, denominator) = (pays.value, gets.value)
    if let quality {
      (numerator, denominator) = (
        quality.scaled(by: (pays.isXRP ? -6 : 0) + (gets.isXRP ? 6 : 0)), LedgerNumber(mantissa: 1, exponent: 0)
      )
    }
    return isAsks
      ? numerator.divided(by: denominator, unitsOf: market.priceExponent)
      : denominator.divided(by: numerator, unitsOf: market.priceExponent)
  }
}
