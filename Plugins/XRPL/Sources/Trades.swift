import CPatchbay
import ConnectorKit

/// What one offer lost in a transaction.
private struct Consumed {
  var gets: Amount
  var pays: Amount

  /// `{"ModifiedNode": {"LedgerEntryType": "Offer", "FinalFields": {...}, "PreviousFields": {...}}}`. An offer that was
  /// cancelled, that expired or whose owner had nothing is deleted without amounts before: nothing was traded.
  init?(_ json: inout JSONScanner) {
    var isOffer = false
    var (final, previous): (JSONMark?, JSONMark?)
    json.members { key, json in
      guard key == "ModifiedNode" || key == "DeletedNode" else { return false }
      json.members { key, json in
        switch key {
        case "LedgerEntryType": isOffer = json.string() == "Offer"
        case "FinalFields": final = json.passed()
        case "PreviousFields": previous = json.passed()
        default: return false
        }
        return true
      }
      return true
    }
    guard json.isValid, isOffer, let final, let previous else { return nil }
    guard let before = Self.amounts(previous, &json), let after = Self.amounts(final, &json) else { return nil }
    guard let got = before.gets.value.minus(after.gets.value), let paid = before.pays.value.minus(after.pays.value)
    else { return nil }
    (gets, pays) = (after.gets, after.pays)
    (gets.value, pays.value) = (got, paid)
  }

  private static func amounts(_ mark: JSONMark, _ outer: inout JSONScanner) -> (gets: Amount, pays: Amount)? {
    var (gets, pays): (Amount?, Amount?)
    var json = mark.scanner()
    json.members { key, json in
      switch key {
      case "TakerGets": gets = Amount(&json)
      case "TakerPays": pays = Amount(&json)
      default: return false
      }
      return true
    }
    if !json.isValid { outer.fail() }
    guard let gets, let pays else { return nil }
    return (gets, pays)
  }
}

/// Trades, out of what transactions did. Sources: "subscribe", "Transaction Metadata". What is traded with an AMM
/// leaves no offer behind and is not among them.
extension XRPLSpot {
  /// `{"type": "transaction", "validated": true, "transaction": {"hash", "date", ...}, "meta": {"AffectedNodes":
  /// [...]}}` and, in the second version of the API, `tx_json` with the hash beside it.
  func readTransaction(_ frame: Body, _ stream: pb_id) -> Status {
    var (hash, isValidated) = (JSONText(), false)
    var time: Int64 = 0
    var nodes: JSONMark?
    var json = JSONScanner(frame)
    json.members { key, json in
      switch key {
      case "validated": isValidated = json.boolean()
      case "hash": hash = json.string()
      case "transaction", "tx_json":
        json.members { key, json in
          switch key {
          case "hash": hash = json.string()
          case "date": time = Self.time(&json)
          default: return false
          }
          return true
        }
      case "meta", "metadata":
        json.members { key, json in
          guard key == "AffectedNodes" else { return false }
          nodes = json.passed()
          return true
        }
      default: return false
      }
      return true
    }
    guard json.isValid else { return misread(stream: stream, .trades) }
    // Until then it may come out differently.
    guard isValidated, let nodes else { return .ok }
    var list = nodes.scanner()
    var (place, isWhole) = (0, true)
    list.enterArray()
    while list.nextElement() {
      defer { place += 1 }
      var node = list.entry()
      if let consumed = Consumed(&node) { report(consumed, hash, place, time > 0 ? time : ledger.time) }
      if !node.isValid { isWhole = false }
    }
    return list.isValid && isWhole ? .ok : misread(stream: stream, .trades)
  }

  private func report(_ consumed: Consumed, _ hash: JSONText, _ place: Int, _ time: Int64) {
    for case let market as LedgerMarket in markets {
      let pair = market.pair
      let isAsk = consumed.gets.isOf(pair.base) && consumed.pays.isOf(pair.quote)
      guard isAsk || consumed.gets.isOf(pair.quote) && consumed.pays.isOf(pair.base),
        isWanted(market, .trades) else { continue }
      let (base, quote) = isAsk ? (consumed.gets, consumed.pays) : (consumed.pays, consumed.gets)
      let quantity = base.value.units(of: market.quantityExponent)
      // Less than the step by which the market is counted is no trade that could be reported.
      guard quantity > 0, let price = quote.value.divided(by: base.value, unitsOf: market.priceExponent), price > 0
      else { continue }
      out.trade(
        instrument: market.id, id: name(hash, place), price: price, quantity: quantity,
        taker: isAsk ? .buy : .sell, time: time)
    }
  }

  private func name(_ hash: JSONText, _ place: Int) -> JSONText {
    var count = 0
    for byte in hash.bytes.prefix(64) {
      tradeName[count] = byte
      count += 1
    }
    tradeName[count] = UInt8(ascii: "-")
    count += 1
    var (rest, digits) = (max(0, place), 1)
    var power = 1
    while rest / power >= 10, digits < 9 { (power, digits) = (power * 10, digits + 1) }
    while power > 0, count < tradeName.count {
      tradeName[count] = UInt8(truncatingIfNeeded: 48 + rest / power % 10)
      (rest, power, count) = (rest % power, power / 10, count + 1)
    }
    return JSONText(UnsafeBufferPointer(tradeName)[..<count])
  }
}
