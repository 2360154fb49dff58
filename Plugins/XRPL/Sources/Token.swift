import ConnectorKit
import Decimals

/// What is traded: XRP, or what an account issues. A code of three letters says nothing without its issuer.
struct Token: Equatable {
  /// As instruments name it: unique among the tokens of a configuration.
  var name: String
  /// Three characters, or 40 capital hexadecimal digits; empty for XRP ("Currency Codes").
  var currency: String
  /// The address that issues it; empty for XRP.
  var issuer: String

  static let xrp = Token(name: "XRP", currency: "", issuer: "")

  /// As questions name it.
  var json: String {
    currency.isEmpty ? #"{"currency":"XRP"}"# : #"{"currency":"\#(currency)","issuer":"\#(issuer)"}"#
  }

  /// A code as the ledger writes it: as it is where it has three characters, else its bytes with zeros behind them;
  /// nil for one that cannot be.
  static func code(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    let isHex = bytes.allSatisfy { $0 &- 48 <= 9 || ($0 | 0x20) &- 97 <= 5 }
    if bytes.count == 40, isHex { return text.uppercased() }
    guard (3...20).contains(bytes.count), text != "XRP", bytes.allSatisfy({ isCodeByte($0) }) else { return nil }
    guard bytes.count > 3 else { return text }
    let digits = Array("0123456789ABCDEF".utf8)
    let hex = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: hex + [UInt8](repeating: UInt8(ascii: "0"), count: 40 - hex.count), as: UTF8.self)
  }

  private static func isCodeByte(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  /// Whether a text has the form of an address: base58 of 25 to 35 characters that begins with r. Its check digits
  /// prove nothing that the node's answer would not.
  static func isAddress(_ text: String) -> Bool {
    let bytes = text.utf8
    return (25...35).contains(bytes.count) && bytes.first == UInt8(ascii: "r")
      && bytes.allSatisfy { ($0 &- 49 <= 8 || ($0 | 0x20) &- 97 <= 25) && !"0OIl".utf8.contains($0) }
  }
}

/// A pair of tokens, and how finely its prices and quantities are counted: the ledger's own numbers have no step.
struct Pair {
  var base: Token
  var quote: Token
  var priceDecimals: Int32 = 10
  var quantityDecimals: Int32 = 6

  var symbol: String { "\(base.name)-\(quote.name)" }

  var rules: InstrumentRules {
    var rules = InstrumentRules()
    (rules.symbol, rules.base, rules.quote) = (symbol, base.name, quote.name)
    (rules.priceDecimals, rules.quantityDecimals) = (priceDecimals, quantityDecimals)
    return rules
  }
}
