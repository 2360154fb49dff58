import CPatchbay
import Decimals
import MarketModel
import Records

/// What a swap in a pool would give, as its connector computed it. Amounts are in the tokens' smallest units.
public struct QuoteFact: Sendable, Equatable {
  /// Decimal digits.
  public var amountIn: String
  public var amountOut: String
  /// With the slippage limit: the least that must come out of a sale, the most that may go into a purchase.
  public var amountLimit: String
  /// Quote per base; `nil` where it cannot be written.
  public var price: Decimal64?
  /// About, in the chain's own asset; `nil` where the chain does not say it.
  public var gas: Decimal64?
  /// Nanoseconds since 1970.
  public var validUntil: Int64
  public var route: String
  /// Digits behind the point of a whole base token, and of a whole quote token.
  public var baseDecimals: UInt32
  public var quoteDecimals: UInt32

  /// An amount of smallest units in whole tokens, exactly; `nil` where no token has so many decimals.
  public static func tokens(_ units: String, decimals: UInt32) -> String? {
    guard decimals <= mostDecimals else { return nil }
    let places = Int(decimals)
    let digits = String(repeating: "0", count: max(0, places + 1 - units.utf8.count)) + units
    var fraction = digits.suffix(places)
    while fraction.last == "0" { fraction.removeLast() }
    return digits.dropLast(places) + (fraction.isEmpty ? "" : ".\(fraction)")
  }

  /// More than a number of 256 bits has.
  private static let mostDecimals: UInt32 = 78
}

extension QuoteFact {
  /// `nil` where it is no answer to the command: another instrument or side, another amount of base than was asked
  /// for, nothing for nothing, or a limit on the wrong side of the amount.
  init?(_ fact: pb_quote, route: String, of draft: CommandDraft) {
    guard draft.verb == .quote, fact.instrument == draft.instrument, fact.side == UInt32(draft.side?.rawValue ?? 0),
      !Self.isZero(fact.amount_in), !Self.isZero(fact.amount_out)
    else { return nil }
    let isSale = draft.side == .sell
    let (least, most) = isSale ? (fact.amount_limit, fact.amount_out) : (fact.amount_in, fact.amount_limit)
    guard !Self.isLess(most, than: least) else { return nil }
    (amountIn, amountOut) = (Self.digits(fact.amount_in), Self.digits(fact.amount_out))
    amountLimit = Self.digits(fact.amount_limit)
    (price, gas) = (fact.price.shown, fact.gas.shown)
    (validUntil, self.route) = (fact.valid_until_ns, route)
    (baseDecimals, quoteDecimals) = (fact.base_decimals, fact.quote_decimals)
    if let quantity = draft.quantity {
      guard Self.units(quantity, baseDecimals) == (isSale ? amountIn : amountOut) else { return nil }
    }
  }

  /// A quantity as digits of smallest units; `nil` where they are not whole.
  private static func units(_ quantity: Decimal64, _ decimals: UInt32) -> String? {
    let number = quantity.normalized
    guard number.mantissa > 0, decimals <= mostDecimals else { return nil }
    let places = Int(decimals) + Int(number.exponent)
    return places >= 0 && places <= 2 * Int(mostDecimals)
      ? "\(number.mantissa)" + String(repeating: "0", count: places) : nil
  }

  private static func words(_ value: pb_u256) -> [UInt64] { [value.w3, value.w2, value.w1, value.w0] }
  private static func isZero(_ value: pb_u256) -> Bool { words(value).allSatisfy { $0 == 0 } }

  private static func isLess(_ left: pb_u256, than right: pb_u256) -> Bool {
    words(left).lexicographicallyPrecedes(words(right))
  }

  /// As decimal digits.
  static func digits(_ value: pb_u256) -> String {
    // Nineteen digits at a time, the last ones first.
    let step: UInt64 = 10_000_000_000_000_000_000
    var (rest, text) = (words(value), "")
    repeat {
      var remainder: UInt64 = 0
      for place in rest.indices { (rest[place], remainder) = step.dividingFullWidth((remainder, rest[place])) }
      let part = "\(remainder)"
      let isLast = rest.allSatisfy { $0 == 0 }
      text = (isLast ? part : String(repeating: "0", count: 19 - part.utf8.count) + part) + text
      if isLast { return text }
    } while true
  }
}

extension Session {
  /// What answers a question for a quote is its asker's alone.
  func quote(_ record: RecordReader) {
    let fact = record.head(as: pb_quote.self)
    guard let draft = commands[fact.command]?.draft else { return }
    commands[fact.command]?.quote = QuoteFact(fact, route: record.text(fact.route), of: draft)
  }
}
