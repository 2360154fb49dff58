import ConnectorKit
import Decimals

/// Money is counted in whole smallest units: `XBt` is a hundred millionth of a bitcoin. Source: "Wallet Assets", which
/// says how many decimals each currency has.
struct Currency: Equatable {
  /// As people call it.
  let asset: String
  /// Decimals of the smallest unit.
  let scale: Int32

  /// The currencies that instruments are quoted and settled in and that margin is held in, by their names in capitals:
  /// `USDt` and `USDT` are spellings of one.
  static let known: [String: Currency] = [
    "XBT": Currency(asset: "BTC", scale: 8), "USDT": Currency(asset: "USDT", scale: 6),
    "GWEI": Currency(asset: "ETH", scale: 9), "LAMP": Currency(asset: "SOL", scale: 9),
    "BMEX": Currency(asset: "BMEX", scale: 6), "TRUMP": Currency(asset: "TRUMP", scale: 8),
    "MAMUSD": Currency(asset: "MAMUSD", scale: 6),
  ]

  /// So many smallest units; `nil` where that has too many digits.
  func amount(_ units: Decimal64?) -> Decimal64? {
    units?.multiplied(by: Decimal64(mantissa: 1, exponent: -scale))
  }

  /// The same of sums, which have any number of digits.
  func sum(_ units: WideDecimal?) -> WideDecimal? {
    guard let units else { return nil }
    if case (let value, true)? = units.narrowed {
      return WideDecimal(value, times: Decimal64(mantissa: 1, exponent: -scale))
    }
    // More digits than 64 bits hold: the point is put where it belongs.
    let digits = String(units.mantissa.magnitude)
    let places = Int(scale) - Int(units.exponent)
    guard (0...100).contains(places) else { return nil }
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    let point = padded.index(padded.endIndex, offsetBy: -places)
    let text = (units.mantissa < 0 ? "-" : "") + padded[..<point] + "." + padded[point...] + (places == 0 ? "0" : "")
    return Array(text.utf8).withUnsafeBufferPointer { WideDecimal($0) }
  }
}

/// The exchange's own currencies and those that it names when it is asked.
struct Currencies {
  private var named: [String: Currency] = [:]

  /// `nil` for one whose smallest unit is not known.
  func find(_ name: String) -> Currency? { Currency.known[name.uppercased()] ?? named[name] }

  /// Takes in `[{"asset": "SOL", "currency": "LAMp", "scale": 9}]`; `false` when that cannot be read.
  mutating func read(_ body: Body) -> Bool {
    var json = JSONScanner(body)
    guard json.isWhole else { return false }
    json.elements { json in
      var (asset, name, scale) = ("", "", Int64(-1))
      json.members { key, json in
        switch key {
        case "asset": asset = json.words()
        case "currency": name = json.words()
        case "scale": scale = json.integer()
        default: return false
        }
        return true
      }
      guard json.isValid, !asset.isEmpty, (0...18).contains(scale), named.count < 1000 else { return }
      named[name.isEmpty ? asset : name] = Currency(asset: Self.asset(asset), scale: Int32(scale))
    }
    return json.isValid
  }

  /// The exchange calls Bitcoin XBT.
  static func asset(_ name: String) -> String { name == "XBT" ? "BTC" : name }
}
