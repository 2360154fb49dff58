/// The committed files that are written from the header. The raw value is the subcommand that writes one alone.
public enum GeneratedFile: String, CaseIterable, Sendable {
  case layout
  case assertions
  case shapes
  case reference

  /// Where it stands, from the repository's root.
  public var path: String {
    switch self {
    case .layout: "docs/abi-layout.tsv"
    case .assertions: "Sources/CPatchbay/layout.c"
    case .shapes: "Sources/Records/RecordShapes.swift"
    case .reference: "docs/abi.md"
    }
  }

  public func text(_ header: Header) throws(HeaderFault) -> String {
    switch self {
    case .layout: header.layoutTable()
    case .assertions: header.layoutAssertions()
    case .shapes: try header.recordShapes()
    case .reference: header.reference()
    }
  }
}
