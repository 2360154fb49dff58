import CPatchbay
import ConnectorKit

/// Facts of the extension `patchbay.perp/1` that came out since `forget`, in order.
extension ConnectorHarness {
  public var positionFacts: [pb_position] { all(PB_EV_POSITION, pb_position.self).map(\.fields) }
  public var markFacts: [pb_mark] { all(PB_EV_MARK, pb_mark.self).map(\.fields) }
  public var fundingFacts: [pb_funding_rate] { all(PB_EV_FUNDING_RATE, pb_funding_rate.self).map(\.fields) }
  public var liquidationFacts: [pb_liquidation] { all(PB_EV_LIQUIDATION, pb_liquidation.self).map(\.fields) }
  public var modeFacts: [pb_mode] { all(PB_EV_MODE, pb_mode.self).map(\.fields) }

  public struct PaymentFact {
    public let fields: pb_funding_payment
    public let asset: String
    public let id: String
  }

  public var paymentFacts: [PaymentFact] {
    all(PB_EV_FUNDING_PAYMENT, pb_funding_payment.self).map { fields, record in
      PaymentFact(fields: fields, asset: record.text(fields.asset), id: record.text(fields.payment))
    }
  }
}
