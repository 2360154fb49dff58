import CPatchbay
import ConnectorKit
import Decimals

/// Reading orders and executions of spot. Sources: "Query single order details", "Orders Channel", "User Trades
/// Channel", "Query personal trading records".
extension GateSpot {
  private static let order = FieldTable<OrderField>([
    "id": .venue, "currency_pair": .symbol, "side": .side, "type": .type, "time_in_force": .force, "price": .price,
    "amount": .quantity, "filled_total": .cost, "avg_deal_price": .average, "update_time_ms": .time, "label": .error,
    "message": .reason, "create_time_ms": .created,
  ])

  /// An order of an answer, a list or a push.
  static func order(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var report = OrderReport()
    var (progress, filled, event) = (OrderProgress(), Decimal64?.none, "")
    report.read(&json, order, words) { report, key, json in
      switch key {
      case "filled_amount": filled = json.optionalDecimal()
      case "event": event = json.words()
      default: return progress.read(key, &json, &report)
      }
      return true
    }
    // "Create an order": the amount of a market order to buy counts quote, and so does what is left of it.
    let countsQuote = report.type == .market && report.side == .buy
    if countsQuote {
      report.filled = filled
      report.quantity = nil
      report.flags.insert(.byValue)
    } else if let quantity = report.quantity, let left = progress.left {
      report.filled = quantity.subtracting(left)
    } else {
      report.filled = filled
    }
    report.state = state(progress, event: event, report)
    progress.explain(&report)
    // A part of a batch that failed says why in a word; one without it is not known.
    if progress.hasFailed, report.error.isEmpty { report.error = "FAILED" }
    return report
  }

  /// "Order Status": pushes say `put`, `update` or `finish`, answers `open`, `closed` or `cancelled`; `finish_as` says
  /// how it ended. What only its time in force ended may have been filled by then.
  private static func state(_ progress: OrderProgress, event: String, _ report: OrderReport) -> OrderState? {
    let isOver: Bool
    switch (event, progress.status) {
    case ("put", _), ("update", _), ("", "open"): isOver = false
    case ("finish", _), ("", "closed"), ("", "cancelled"): isOver = true
    default: return nil
    }
    guard isOver else { return report.openState }
    switch progress.finish {
    case "filled": return .filled
    case "cancelled": return .cancelled
    default:
      if progress.status == "closed" { return .filled }
      return progress.left?.isZero == true ? .filled : .cancelled
    }
  }

  func order(_ json: inout JSONScanner) -> OrderReport { Self.order(&json, vocabulary) }

  private static let fill = FieldTable<OrderField>([
    "id": .fillID, "order_id": .venue, "currency_pair": .symbol, "create_time_ms": .time, "side": .side,
    "amount": .fillQuantity, "price": .fillPrice, "role": .maker, "fee": .fee, "fee_currency": .feeAsset,
  ])

  /// An execution. Its fee is paid in the asset that is named or, where the account says so, in GT or in points.
  func fill(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    var (inGT, inPoints): (Decimal64?, Decimal64?)
    report.read(&json, Self.fill, vocabulary) { report, key, json in
      switch key {
      case "text": report.client = Self.clientOrder(json.words())
      case "gt_fee": inGT = json.optionalDecimal()
      case "point_fee": inPoints = json.optionalDecimal()
      default: return false
      }
      return true
    }
    guard report.fee?.isZero ?? true else {
      // A fee of nothing that is named cannot be booked.
      if report.feeAsset.isEmpty { report.fee = nil }
      return report
    }
    if let inGT, !inGT.isZero {
      (report.fee, report.feeAsset) = (inGT, "GT")
    } else if let inPoints, !inPoints.isZero {
      (report.fee, report.feeAsset) = (inPoints, "POINT")
    }
    return report
  }
}
