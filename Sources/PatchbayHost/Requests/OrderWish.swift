import Catalog
import Control
import Decimals
import JSONTree
import MarketModel

/// An order as a request wants it.
package struct OrderWish: Sendable {
  package let draft: OrderDraft
  /// Of a perpetual.
  package let isOpening: Bool?
  package let leg: PositionLeg
  /// An account's name; `nil` = the only one.
  package let account: String?
  /// The numbers as they were written.
  private let asked: [(field: String, number: AskedNumber?)]

  /// The fields of a request that says it.
  package static let fields = [
    "account", "side", "quantity", "price", "stop", "type", "time_in_force", "expiry_ns",
    "post_only", "reduce_only", "by_value", "stop_by_mark", "position", "leg",
  ]

  /// `nil` after refusing the call.
  package init?(_ call: ControlCall) {
    guard let side = call.choice("side", [("buy", Side.buy), ("sell", .sell)]), let side else {
      if call.request["side"]?.string == nil { call.fail("missing_field", "\"side\" is buy or sell", field: "side") }
      return nil
    }
    guard let quantity = call.asked("quantity"), let price = call.asked("price"), let stop = call.asked("stop"),
      let type = call.choice("type", OrderNames.types), let time = call.choice("time_in_force", OrderNames.times),
      let leg = call.choice("leg", [("net", PositionLeg.net), ("long", .long), ("short", .short)]),
      let opening = call.choice("position", [("open", true), ("close", false)]),
      let expiry = call.moment("expiry_ns")
    else { return nil }
    guard let quantity else {
      call.fail("bad_field", "\"quantity\" is a plain decimal above zero as a text, in base", field: "quantity")
      return nil
    }
    var flags: OrderFlags = []
    for (name, flag) in OrderNames.flags {
      guard let isSet = call.flag(name) else { return nil }
      if isSet { flags.insert(flag) }
    }
    let usual: OrderType = price == nil ? stop == nil ? .market : .stopMarket : stop == nil ? .limit : .stopLimit
    draft = OrderDraft(
      side: side, type: type ?? usual, quantity: quantity.value, price: price?.value, stop: stop?.value,
      timeInForce: time ?? (expiry == 0 ? nil : .goodTillDate), flags: flags, expiry: expiry)
    asked = [("quantity", quantity), ("price", price), ("stop", stop)]
    guard price == nil || draft.type.hasPrice else {
      call.fail("bad_field", "\(OrderRefusal.strayPrice(draft.type))", field: "price")
      return nil
    }
    guard stop == nil || draft.type.hasStop else {
      call.fail("bad_field", "\(OrderRefusal.strayStop(draft.type))", field: "stop")
      return nil
    }
    (isOpening, self.leg, account) = (opening, leg ?? .net, call["account"])
  }
}

extension OrderWish {
  /// Which numbers an order has that were rounded.
  package func roundings(of placed: OrderDraft) -> JSONValue {
    let numbers = ["quantity": placed.quantity, "price": placed.price, "stop": placed.stop]
    return JSONValue(.array(asked.compactMap { $0.number?.rounding($0.field, to: numbers[$0.field] ?? nil) }))
  }
}

extension ControlCall {
  /// An exact number. An inner `nil` = it is missing, an outer one after refusing the call.
  package func decimal(_ field: String) -> Decimal64?? {
    guard let number = asked(field) else { return nil }
    return .some(number?.value)
  }

  /// Whether a flag is set; `nil` after refusing the call: what is no flag must not pass for one that is not set.
  package func flag(_ field: String) -> Bool? {
    guard let value = request[field], !value.isNull else { return false }
    guard let flag = value.bool else {
      fail("bad_field", "\"\(field)\" is true or false", field: field)
      return nil
    }
    return flag
  }

  /// Nanoseconds since the Unix epoch; 0 = it is missing, `nil` after refusing the call.
  package func moment(_ field: String) -> Int64? {
    guard let value = request[field], !value.isNull else { return 0 }
    guard let number = value.int, number > 0, number < 1 << 62 else {
      fail("bad_field", "\"\(field)\" is a moment in nanoseconds since 1970", field: field)
      return nil
    }
    return Int64(number)
  }

  /// One of several words. An inner `nil` = it is missing, an outer one after refusing the call.
  package func choice<Value>(_ field: String, _ choices: [(name: String, Value)]) -> Value?? {
    guard let value = request[field], !value.isNull else { return .some(nil) }
    guard case .one(let name) = NameRule.find(value.string ?? "", among: choices.map(\.name)),
      let found = choices.first(where: { $0.name == name })
    else {
      fail("bad_field", "\"\(field)\" is one of \(choices.map(\.name).joined(separator: ", "))", field: field)
      return nil
    }
    return found.1
  }
}
