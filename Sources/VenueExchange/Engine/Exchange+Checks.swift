import Decimals
import Matching

/// What does not depend on money: tick, lot, limits, bands.
extension Exchange {
  func check(_ request: inout OrderRequest, _ rules: Rules) throws(Refusal) {
    if !request.client.isEmpty, hasOpen(request.account, client: request.client) { throw .duplicateClient }
    let open = state(request.account).live.count { orders[$0]?.market == request.market }
    guard open < style.mostOpenOrders else { throw .tooManyOrders }
    if let trigger = request.trigger {
      guard rules.takes(price: trigger.price) else { throw .price }
      if isReached(trigger, request.side, request.market) { throw .wouldTrigger }
    }
    try checkNumbers(request, rules)
  }

  func checkNumbers(_ request: OrderRequest, _ rules: Rules) throws(Refusal) {
    if let value = request.value {
      guard rules.takes(value: value) else { throw .notional }
      return
    }
    guard rules.takes(quantity: request.quantity) else { throw .quantity }
    let reference = markets[request.market].last
    var price = reference
    if request.type.hasPrice {
      guard rules.takes(price: request.price) else { throw .price }
      let band = Amount(reference) * Amount(rules.band) / unit
      let (isOneSided, away) = (rules.market.isBandOneSided, Amount(request.price) - Amount(reference))
      if away > band, !isOneSided || request.side == .buy { throw .band }
      if away < -band, !isOneSided || request.side == .sell { throw .band }
      price = request.price
    }
    guard request.reduces || rules.value(price: price, quantity: request.quantity) >= rules.minNotional else {
      throw .notional
    }
  }
}
