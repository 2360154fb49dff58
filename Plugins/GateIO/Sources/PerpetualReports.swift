import CPatchbay
import ConnectorKit
import Decimals

/// Reading orders, executions and positions of futures. Sources: "Query single order details", "Orders API", "User
/// trades API", "Positions API". Sizes are counted in contracts, and their signs say sides.
extension GatePerpetual {
  private static let order = FieldTable<OrderField>([
    "id": .venue, "contract": .symbol, "tif": .force, "price": .price, "fill_price": .average,
    "is_reduce_only": .reduceOnly, "is_close": .close, "label": .error, "message": .reason, "detail": .reason,
  ])

  /// An order of an answer, a list or a push.
  static func order(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var report = OrderReport()
    var (progress, size) = (OrderProgress(), Decimal64?.none)
    // Of REST in seconds, of pushes in milliseconds too.
    var (created, finished, updated) = (Int64(0), Int64(0), Int64(0))
    report.read(&json, Self.order, words) { report, key, json in
      switch key {
      case "size": size = json.optionalDecimal()
      case "create_time": created = max(created, json.seconds())
      case "create_time_ms": created = max(created, json.milliseconds())
      case "finish_time": finished = max(finished, json.seconds())
      case "finish_time_ms": finished = max(finished, json.milliseconds())
      case "update_time": updated = json.milliseconds()
      default: return progress.read(key, &json, &report)
      }
      return true
    }
    if let size, !size.isZero {
      report.side = size.isPositive ? .buy : .sell
      report.quantity = size.absolute
      report.filled = progress.left?.absolute.flatMap { left in size.absolute?.subtracting(left) }
      report.counted = [.quantity, .filled]
    }
    // "Price of 0 with tif set to ioc represents a market order."
    report.type = report.price == nil ? .market : .limit
    report.created = created
    report.time = max(updated, finished, created)
    report.state = state(progress, report)
    progress.explain(&report)
    if progress.hasFailed, report.error.isEmpty {
      // A cancel of several says in its message alone why one failed, by the word of a label.
      let isWord = !report.reason.isEmpty && report.reason.utf8.allSatisfy { 65...90 ~= $0 || $0 == 95 }
      report.error = isWord ? report.reason : "FAILED"
    }
    return report
  }

  /// "finish_as": pushes of an order that lives say `_new` or `_update`. What only its time in force ended may have
  /// been filled by then.
  private static func state(_ progress: OrderProgress, _ report: OrderReport) -> OrderState? {
    switch progress.status {
    case "open": return report.openState
    case "finished": break
    default: return nil
    }
    switch progress.finish {
    case "filled": return .filled
    case "cancelled": return .cancelled
    default: return progress.left?.isZero == true ? .filled : .cancelled
    }
  }

  func order(_ json: inout JSONScanner) -> OrderReport { Self.order(&json, vocabulary) }

  private static let fill = FieldTable<OrderField>([
    "id": .fillID, "trade_id": .fillID, "order_id": .venue, "contract": .symbol, "create_time": .seconds,
    "create_time_ms": .time, "price": .fillPrice, "role": .maker, "fee": .fee,
  ])

  /// An execution. Its fee is paid in what the contract is settled in, or in points.
  func fill(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    var (size, inPoints): (Decimal64?, Decimal64?)
    report.read(&json, Self.fill, vocabulary) { report, key, json in
      switch key {
      case "text":
        let text = json.words()
        report.client = Self.clientOrder(text)
        report.origin = Self.origin(text)
      case "size": size = json.optionalDecimal()
      case "point_fee": inPoints = json.optionalDecimal()
      default: return false
      }
      return true
    }
    if let size, !size.isZero {
      report.side = size.isPositive ? .buy : .sell
      report.fillQuantity = size.absolute
      report.counted.insert(.fillQuantity)
    }
    report.feeAsset = "USDT"
    if report.fee?.isZero ?? true, let inPoints, !inPoints.isZero {
      (report.fee, report.feeAsset) = (inPoints, "POINT")
    }
    return report
  }

  /// "text": words of orders that the exchange made itself.
  private static func origin(_ text: String) -> FillOrigin? {
    if text == "auto_deleveraging" { return .deleveraged }
    return text == "liquidation" || text.hasPrefix("liq-") || text.hasPrefix("hedge-liq") ? .forced : nil
  }

  private static let position = FieldTable<PositionField>([
    "contract": .symbol, "size": .quantity, "mode": .leg, "entry_price": .entry, "mark_price": .mark,
    "liq_price": .liquidation, "unrealised_pnl": .unrealized, "realised_pnl": .realized, "margin": .margin,
    "update_time": .seconds, "time_ms": .time,
  ])

  /// A position of an answer or a push. A leverage of zero says that its margin is cross; then the limit of cross
  /// margin is its leverage.
  func position(_ json: inout JSONScanner) -> PositionReport {
    var (leverage, limit): (Decimal64?, Decimal64?)
    var report = PositionReport(&json, Self.position, vocabulary) { _, key, json in
      switch key {
      case "leverage": leverage = json.optionalDecimal()
      case "cross_leverage_limit": limit = json.optionalDecimal()
      default: return false
      }
      return true
    }
    if let leverage {
      report.marginMode = leverage.isZero ? .cross : .isolated
      report.leverage = leverage.isZero ? limit : leverage
    }
    return report
  }
}
