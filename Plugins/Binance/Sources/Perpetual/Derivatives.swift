import CPatchbay
import ConnectorKit
import Decimals

/// Mark prices, funding rates and public liquidations. Sources: "Mark Price Stream", "Liquidation Order Streams",
/// "Mark Price" (premiumIndex) of the USDⓈ-M futures documentation.
extension BinanceConnector {
  /// `{"e":"markPriceUpdate","E":ms,"s":"BTCUSDT","p":"mark","i":"index","P":"settle","r":"rate","T":next ms}`
  func mark(_ object: JSONMark) -> Status {
    var json = object.scanner()
    var facts = MarkFacts()
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "s": facts.symbol = symbols.find(json.string())
      case "E": facts.time = json.milliseconds()
      case "p": facts.mark = json.optionalDecimal()
      case "i": facts.index = json.optionalDecimal()
      case "r": facts.rate = json.optionalDecimal()
      case "T": facts.next = json.milliseconds()
      default: json.skip()
      }
    }
    guard json.isValid, facts.symbol >= 0 else { return .parse }
    guard isLive(markets[facts.symbol], .mark) else { return .ok }
    tell(facts, command: 0)
    return .ok
  }

  struct MarkFacts {
    var symbol = -1
    var time: Int64 = 0
    var next: Int64 = 0
    var mark: Decimal64?
    var index: Decimal64?
    var rate: Decimal64?
  }

  func tell(_ facts: MarkFacts, command: pb_id) {
    let instrument = markets[facts.symbol].id
    var mark = pb_mark()
    mark.instrument = instrument
    mark.venue_ns = facts.time
    mark.mark = pb_dec(facts.mark)
    mark.index = pb_dec(facts.index)
    out.mark(mark)
    guard let value = facts.rate else { return }
    var rate = pb_funding_rate()
    rate.instrument = instrument
    rate.command = command
    rate.venue_ns = facts.time
    rate.next_ns = facts.next
    rate.rate = pb_dec(value)
    out.fundingRate(rate)
  }

  /// `{"e":"forceOrder","E":ms,"o":{"s","S":"SELL","q","p","ap":"average","z":"filled","T":ms}}`: at most one a second
  /// and symbol.
  func liquidation(_ object: JSONMark) -> Status {
    var json = object.scanner()
    var (symbol, side, time) = (-1, Side.none, Int64(0))
    var (price, average, quantity, filled): (Decimal64?, Decimal64?, Decimal64?, Decimal64?)
    json.enterObject()
    while let key = json.nextKey() {
      guard key == "o", json.peek() == UInt8(ascii: "{") else { json.skip(); continue }
      json.enterObject()
      while let key = json.nextKey() {
        switch key {
        case "s": symbol = symbols.find(json.string())
        case "S": side = OrderWords.side(json.string().text)
        case "p": price = json.optionalDecimal()
        case "ap": average = json.optionalDecimal()
        case "q": quantity = json.optionalDecimal()
        case "z": filled = json.optionalDecimal()
        case "T": time = json.milliseconds()
        default: json.skip()
        }
      }
    }
    guard json.isValid, symbol >= 0 else { return .parse }
    guard isLive(markets[symbol], .liquidations) else { return .ok }
    var record = pb_liquidation()
    record.instrument = markets[symbol].id
    record.venue_ns = time
    record.side = side.rawValue
    record.what = UInt32(PB_LIQUIDATION_FORCED)
    record.price = pb_dec(average?.isPositive == true ? average : price)
    record.quantity = pb_dec(filled?.isPositive == true ? filled : quantity)
    out.liquidation(record)
    return .ok
  }
}

extension BinancePerpetual {
  /// PB_CMD_FUNDING: `{"symbol", "markPrice", "indexPrice", "lastFundingRate", "nextFundingTime", "time"}`, or a list
  /// of all.
  func queryFunding(_ command: OwnedCommand) -> Status {
    var path = venue.prefix + "/premiumIndex"
    if command.instrument != 0 {
      guard let market = market(command.instrument) else {
        out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
        return .ok
      }
      path += "?symbol=" + percentEncoded(market.symbol)
    }
    // An answer about one need not name it.
    let known = market(command.instrument)?.number ?? -1
    ask(path, weight: command.instrument == 0 ? 10 : 1, command: command.id) { [unowned self] reply, body in
      guard succeeded(reply, body, command.id) else { return .ok }
      var json = JSONScanner(body)
      var count = 0
      if json.peek() == UInt8(ascii: "[") {
        guard eachElement(body, { if tellPremium(&$0, command.id, -1) { count += 1 } }) else {
          return unreadable(command.id, "funding")
        }
      } else if tellPremium(&json, command.id, known) {
        count += 1
      }
      guard count > 0 else { return unreadable(command.id, "funding") }
      out.done(command.id)
      return .ok
    }
    return .ok
  }

  private func tellPremium(_ json: inout JSONScanner, _ command: pb_id, _ symbol: Int) -> Bool {
    var facts = MarkFacts()
    facts.symbol = symbol
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol": facts.symbol = symbols.find(json.string())
      case "markPrice": facts.mark = json.optionalDecimal()
      case "indexPrice": facts.index = json.optionalDecimal()
      case "lastFundingRate": facts.rate = json.optionalDecimal()
      case "nextFundingTime": facts.next = json.milliseconds()
      case "time": facts.time = json.milliseconds()
      default: json.skip()
      }
    }
    guard json.isValid, facts.symbol >= 0 else { return false }
    tell(facts, command: command)
    return true
  }
}
