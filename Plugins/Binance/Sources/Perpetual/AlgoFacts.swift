import CPatchbay
import ConnectorKit
import Decimals

/// Conditional orders of Binance futures: since December 2025 they are placed with the algo service, which has its own
/// ids, and which places the real order when the trigger price is reached. Sources: "Query Algo Order", "Event: Algo
/// Order Update" of the USDⓈ-M futures documentation.
///
/// The host sees one order: it waits (untriggered) under the algo id, and then lives under the real order's id. An
/// order that this instance has not seen, after a restart say, is looked for among the ordinary ones first and here
/// next.
struct AlgoOrder {
  let account: pb_id
  let client: String
  var id: String
  /// The real order's id, when there is one.
  var actual = ""
}

/// What the algo service says of an order.
struct AlgoFacts {
  var order = OrderFacts()
  var id = ""
  var actual = ""

  /// - Parameter json: stands at an order of a REST reply.
  init(_ json: inout JSONScanner) {
    var type = ""
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "algoId": id = json.scalar().text
      case "clientAlgoId": order.client = json.string().text
      case "orderType": type = json.string().text
      case "type" where type.isEmpty: type = json.string().text
      case "symbol": order.symbol = json.string().text
      case "side": order.side = json.string().text
      case "positionSide": order.positionSide = json.string().text
      case "timeInForce": order.timeInForce = json.string().text
      case "quantity": order.quantity = json.optionalDecimal()
      case "algoStatus": order.status = json.string().text
      case "triggerPrice": order.stop = json.optionalDecimal()
      case "price": order.price = json.optionalDecimal()
      case "actualOrderId": actual = json.scalar().text
      case "actualQty", "executedQty": order.filled = json.optionalDecimal()
      case "actualPrice", "avgPrice": order.average = json.shownDecimal()
      case "reduceOnly": order.isReduceOnly = json.boolean()
      case "closePosition": order.closesPosition = json.boolean()
      case "createTime" where order.time == 0, "updateTime": order.time = json.milliseconds()
      default: json.skip()
      }
    }
    order.type = type
    finish()
  }

  /// - Parameter event: stands at the `o` of an ALGO_UPDATE.
  init(event json: inout JSONScanner) {
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "aid": id = json.scalar().text
      case "caid": order.client = json.string().text
      case "o": order.type = json.string().text
      case "s": order.symbol = json.string().text
      case "S": order.side = json.string().text
      case "ps": order.positionSide = json.string().text
      case "f": order.timeInForce = json.string().text
      case "q": order.quantity = json.optionalDecimal()
      case "X": order.status = json.string().text
      case "tp": order.stop = json.optionalDecimal()
      case "p": order.price = json.optionalDecimal()
      case "ai": actual = json.scalar().text
      case "aq": order.filled = json.optionalDecimal()
      case "ap": order.average = json.shownDecimal()
      case "R": order.isReduceOnly = json.boolean()
      case "cp": order.closesPosition = json.boolean()
      case "rm": order.reason = json.string().text
      default: json.skip()
      }
    }
    finish()
  }

  var isWhole: Bool { !order.symbol.isEmpty && !id.isEmpty && !order.status.isEmpty }

  /// Whether the real order knows more than the algo service.
  var isReal: Bool { !actual.isEmpty && (order.status == "TRIGGERED" || order.status == "FINISHED") }

  /// The service's words as those of an ordinary order.
  private mutating func finish() {
    if actual == "0" || actual == "null" { actual = "" }
    order.venue = actual.isEmpty ? id : actual
    // What stands in `rm` of an order that lives is no reason.
    if order.status != "REJECTED", order.status != "EXPIRED" { order.reason = "" }
    order.isWorking = false
    switch order.status {
    case "TRIGGERING": order.status = "NEW"
    case "TRIGGERED":
      order.status = "NEW"
      order.isWorking = true
    case "FINISHED":
      let filled = order.quantityFilled
      order.status = filled.isPositive && filled >= order.quantity ?? .zero ? "FILLED" : "CANCELED"
    default: break
    }
  }
}

/// What is known of the service's orders.
extension BinancePerpetual {
  private static let most = 1000

  /// The waiting conditional order that a command means, where it is known to be one.
  func algo(_ command: OwnedCommand, _ account: pb_id) -> AlgoOrder? {
    algos.first {
      $0.account == account && $0.actual.isEmpty
        && (!command.clientOrder.isEmpty && $0.client == command.clientOrder
          || !command.venueOrder.isEmpty && $0.id == command.venueOrder)
    }
  }

  /// The client order id of an order that a conditional one became; empty where it is an order's own.
  func client(of facts: OrderFacts, _ account: pb_id) -> String {
    algos.first { $0.account == account && $0.actual == facts.venue }?.client ?? ""
  }

  func remember(_ order: AlgoOrder) {
    if algos.count >= Self.most { algos.removeFirst() }
    algos.append(order)
  }

  func forget(_ client: String, _ account: pb_id) { algos.removeAll { $0.account == account && $0.client == client } }

  func learn(_ facts: AlgoFacts, _ account: pb_id) {
    if let place = algos.firstIndex(where: { $0.account == account && $0.client == facts.order.client }) {
      algos[place].id = facts.id
      algos[place].actual = facts.actual
    } else {
      remember(AlgoOrder(account: account, client: facts.order.client, id: facts.id, actual: facts.actual))
    }
  }
}
