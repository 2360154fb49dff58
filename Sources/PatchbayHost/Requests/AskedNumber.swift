import Control
import Decimals
import JSONTree

/// A decimal as a request has it. Digits beyond what exact arithmetic holds are cut off: prices and quantities are
/// rounded down to tick and lot anyway, which are far larger.
package struct AskedNumber: Sendable, Equatable {
  /// As it was written.
  package let text: String
  package let value: Decimal64
  /// Digits other than zeros were cut off.
  package let isCut: Bool

  /// More characters are no number of any exchange.
  package static let longest = 1000

  /// Why a text cannot be read.
  package enum Fault: Error, Equatable, CustomStringConvertible {
    case tooLong(Int)
    case notPositive
    /// Above zero, but less than the smallest number there is.
    case tooSmall

    package var description: String {
      switch self {
      case .tooLong(let count):
        "has \(count) characters; a number may have \(AskedNumber.longest), and few exchanges take more than 18 digits"
      case .notPositive: "is a plain decimal above zero as a text, such as \"0.25\""
      case .tooSmall: "is so small that nothing is left of it; give more"
      }
    }
  }

  package init(_ text: String) throws(Fault) {
    guard text.utf8.count <= Self.longest else { throw .tooLong(text.utf8.count) }
    guard Self.isPlain(text) else { throw .notPositive }
    var copy = text
    switch copy.withUTF8({ DecimalText.parse($0) }) {
    case .exact(let value) where value.isPositive: (self.text, self.value, isCut) = (text, value, false)
    case .rounded(let value) where value.isPositive: (self.text, self.value, isCut) = (text, value, true)
    case .rounded(.zero): throw .tooSmall
    default: throw .notPositive
    }
  }

  /// Digits, and behind a point more of them: the one way to write an amount, at the command line, over the control
  /// socket and over HTTP.
  private static func isPlain(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: 0x2e, maxSplits: 1, omittingEmptySubsequences: false)
    return parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } }
  }

  /// What an order has in its place, where that is another number.
  package func rounding(_ field: String, to placed: Decimal64?) -> JSONValue? {
    guard let placed, isCut || placed != value else { return nil }
    return [
      "field": JSONValue(.string(field)), "asked": JSONValue(.string(text)), "placed": StatusText.decimal(placed),
    ]
  }
}

extension ControlCall {
  /// A number, as a text: a JSON number has lost digits on its way through many programs. An inner `nil` = it is
  /// missing, an outer one after refusing the call.
  package func asked(_ field: String) -> AskedNumber?? {
    guard let value = request[field], !value.isNull else { return .some(nil) }
    do throws(AskedNumber.Fault) {
      return try AskedNumber(value.string ?? "")
    } catch {
      fail("bad_field", "\"\(field)\" \(error)", field: field)
      return nil
    }
  }
}
