import Decimals
import Matching

/// What does not depend on money: tick, lot, limits, bands.
extension Exchange {
  func check(_ request: inout OrderRequest, _ rules: Rules) throws(Refusal) {
    if !request.client.isEmpty, hasOpen(request.account, client: request.client) { throw .duplicateClient }
    let open = state(request.account).live.count { orders[$0]?.market == request.market }
    guard open < style.mostOpenOrders else { throw .tooManyOrders }
    if request.type.isConditional {
      guard request.stop > 0, request.stop % rules.tick == 0 else { throw .price }
      let probe = Order(id: 0, request: request, quantity: 0, price: 0, created: 0, updated: 0)
      if isReached(probe, by: markets[request.market].last) { throw .wouldTrigger }
    }
    try checkNumbers(request, rules)
  }

  func checkNumbers(_ request: OrderRequest, _ rules: Rules) throws(Refusal) {
    if let value = request.value {
      guard value >= max(rules.minNotional, 1) else { throw .notional }
      return
    }
    guard request.quantity >= rules.minQuantity, request.quantity <= rules.maxQuantity,
      request.quantity % rules.lot == 0
    else { throw .quantity }
    let reference = markets[request.market].last
    var price = reference
    if request.type.hasPrice {
      guard request.price > 0, request.price % rules.tick == 0 else { throw .price }
      let band = Amount(reference) * Amount(rules.band) / unit
      guard Amount(request.price) <= Amount(reference) + band, Amount(request.price) >= Amount(reference) - band else {
        throw .band
      }
      price = request.price
    }
    guard request.reduces || rules.value(price: price, quantity: request.quantity) >= rules.minNotional else {
      throw .notional
    }
  }
}
