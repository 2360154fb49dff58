import CPatchbay
import ConnectorKit
import Decimals

/// What the private stream says besides orders.
extension Pebble {
  /// `{"kind": "fill", "symbol", "trade", "order", "client", "side", "price", "quantity", "fee", "fee_asset"}`
  func fill(_ payload: UnsafeBufferPointer<UInt8>) -> Status {
    var json = JSONScanner(payload)
    var fields = pb_fill()
    var trade = "", order = "", client = "", asset = ""
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol": fields.instrument = pb_id((market(json.string()) ?? -1) + 1)
      case "trade": trade = json.string().text
      case "order": order = json.string().text
      case "client": client = json.string().text
      case "side": fields.side = json.string() == "buy" ? 1 : 2
      case "price": fields.price = pb_dec(json.decimal())
      case "quantity": fields.quantity = pb_dec(json.decimal())
      case "fee": fields.fee = pb_dec(json.decimal())
      case "fee_asset": asset = json.string().text
      default: json.skip()
      }
    }
    guard json.isComplete() else { return .parse }
    fields.account = account
    out.fill(fields, trade: trade, client: client, venue: order, feeAsset: asset)
    return .ok
  }

  /// `{"kind": "balance", "asset", "total", "available"}`
  func balance(_ payload: UnsafeBufferPointer<UInt8>) -> Status {
    var json = JSONScanner(payload)
    var asset = ""
    var total = Decimal64.zero
    var available: Decimal64?
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "asset": asset = json.string().text
      case "total": total = json.decimal()
      case "available": available = json.decimal()
      default: json.skip()
      }
    }
    guard json.isComplete() else { return .parse }
    out.balance(account: account, asset: asset, total: total, available: available)
    return .ok
  }

  /// `{"kind": "number", "number": 5}`: one more than the one before it, or something was lost.
  func numbered(_ payload: UnsafeBufferPointer<UInt8>, _ stream: pb_id) -> Status {
    var json = JSONScanner(payload)
    var number: UInt64 = 0
    json.enterObject()
    while let key = json.nextKey() { if key == "number" { number = json.unsigned() } else { json.skip() } }
    guard json.isComplete() else { return .parse }
    defer { lastNumber = number }
    guard lastNumber != 0, number != lastNumber + 1, fault != .lostContinuity else { return .ok }
    out.state(.down, .privateUpdates, account: account, error: .transient, "messages are missing")
    out.close(stream, reason: "messages are missing")
    return .ok
  }
}
