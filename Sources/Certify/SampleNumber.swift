import Decimals

extension Decimal64 {
  /// A number of a sample. Some have more digits than a connector can report: they count as what is left of them when
  /// the rest is cut off, as they are reported.
  init?(ofSample text: String) {
    var text = text
    switch text.withUTF8({ DecimalText.parse($0) }) {
    case .exact(let value), .rounded(let value): self = value
    case .notANumber: return nil
    }
  }
}
