import CPatchbay
import Decimals
import Records

/// What a connector emitted, as names and texts: for people, and for comparing with a sample. Not for hot paths.
///
/// Enumerations are reported by their names in lower case (`post_only`), numbers as plain decimals, times in
/// nanoseconds; what is absent is left out. Instruments are reported by the symbol that the connector gave them.
public struct Fact: Equatable, Sendable {
  public var kind: String
  public var values: [(name: String, text: String)]

  public init(kind: String, values: [(name: String, text: String)]) {
    self.kind = kind
    self.values = values
  }

  /// The text of a value; nil when the fact does not say it.
  public subscript(name: String) -> String? { values.first { $0.name == name }?.text }

  public static func == (left: Fact, right: Fact) -> Bool {
    left.kind == right.kind && left.values.elementsEqual(right.values) { $0 == $1 }
  }
}

/// Turns records into facts; remembers the instruments that it has seen.
public struct FactReader {
  struct Market {
    var symbol: String
    var priceExponent: Int32
    var quantityExponent: Int32
  }

  var markets: [UInt64: Market] = [:]

  public init() {}

  /// The symbol of an instrument that was described.
  public func symbol(_ instrument: UInt64) -> String? { markets[instrument]?.symbol }

  /// A checked output.
  public mutating func read(_ record: RecordReader) -> Fact {
    if record.kind == PB_EV_INSTRUMENT {
      let fact = record.head(as: pb_instrument.self)
      markets[fact.instrument] = Market(
        symbol: record.text(fact.symbol), priceExponent: fact.price_exp, quantityExponent: fact.quantity_exp)
    }
    var writer = FactWriter(record: record, markets: markets)
    let kind = writer.write()
    return Fact(kind: kind, values: writer.values)
  }
}

/// Collects the values of one fact.
struct FactWriter {
  let record: RecordReader
  let markets: [UInt64: FactReader.Market]
  var values: [(name: String, text: String)] = []

  mutating func put(_ name: String, _ text: String) {
    if !text.isEmpty { values.append((name, text)) }
  }

  mutating func put(_ name: String, _ ref: pb_ref) { put(name, record.text(ref)) }

  mutating func put(_ name: String, _ number: pb_dec) {
    guard number.state != UInt32(PB_DEC_ABSENT) else { return }
    put(name, number.value.map { $0.plain } ?? "inexact")
  }

  mutating func put(_ name: String, id: UInt64) { if id != 0 { put(name, "\(id)") } }
  mutating func put(_ name: String, time: Int64) { if time != 0 { put(name, "\(time)") } }

  /// `names` begins with the name of value 1.
  mutating func put(_ name: String, _ value: UInt32, _ names: [String]) {
    guard value > 0 else { return }
    put(name, Int(value) <= names.count ? names[Int(value) - 1] : "\(value)")
  }

  /// `names` in the order of the bits.
  mutating func put(_ name: String, bits: UInt32, _ names: [String]) {
    put(name, names.enumerated().filter { bits & 1 << UInt32($0.offset) != 0 }.map(\.element).joined(separator: ","))
  }

  mutating func symbol(_ instrument: UInt64) {
    guard instrument != 0 else { return }
    put("symbol", markets[instrument]?.symbol ?? "instrument \(instrument)")
  }

  /// At the instrument's price exponent.
  func price(_ instrument: UInt64, _ mantissa: Int64) -> String {
    Decimal64(mantissa: mantissa, exponent: markets[instrument]?.priceExponent ?? 0).plain
  }

  func quantity(_ instrument: UInt64, _ mantissa: Int64) -> String {
    Decimal64(mantissa: mantissa, exponent: markets[instrument]?.quantityExponent ?? 0).plain
  }
}

extension Names {
  static let method = ["GET", "POST", "PUT", "DELETE", "PATCH"]
}
