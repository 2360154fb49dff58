/// The committed files that are written from the header. The raw value is the subcommand that writes one alone.
public enum GeneratedFile: String, CaseIterable, Sendable {
  case layout
  case assertions
  case shapes
  case reference
  /// Swift types of the header's enumerations, module by module.
  case kit
  case model
  case runtime
  /// The contract as a Rust module.
  case rust

  /// Where it stands, from the repository's root.
  public var path: String {
    switch self {
    case .layout: "docs/abi-layout.tsv"
    case .assertions: "Sources/CPatchbay/layout.c"
    case .shapes: "Sources/Records/RecordShapes.swift"
    case .reference: "docs/abi.md"
    case .kit: "Sources/ConnectorKit/ContractWords.swift"
    case .model: "Sources/MarketModel/ContractWords.swift"
    case .runtime: "Sources/Runtime/ContractWords.swift"
    case .rust: "examples/rust-kit/src/patchbay.rs"
    }
  }

  public func text(_ header: Header) throws(HeaderFault) -> String {
    switch self {
    case .layout: header.layoutTable()
    case .assertions: header.layoutAssertions()
    case .shapes: try header.recordShapes()
    case .reference: header.reference()
    case .kit: try header.vocabulary(Vocabulary.connectorKit)
    case .model: try header.vocabulary(Vocabulary.marketModel)
    case .runtime: try header.vocabulary(Vocabulary.runtime, lists: true)
    case .rust: try header.rust()
    }
  }
}

/// The committed files that are written from patchbay_feed.h, the contract of the feed in shared memory.
public enum GeneratedFeedFile: CaseIterable, Sendable {
  case layout
  case assertions

  public static let header = "Sources/CFeed/include/patchbay_feed.h"

  public var path: String {
    switch self {
    case .layout: "docs/feed-layout.tsv"
    case .assertions: "Sources/CFeed/layout.c"
    }
  }

  /// - Parameter source: the text of `header`.
  public func text(_ source: String) throws(HeaderFault) -> String {
    do throws(HeaderFault) {
      let header = try parseHeader(source)
      return switch self {
      case .layout: header.layoutTable()
      case .assertions: header.layoutAssertions(of: "patchbay_feed.h", table: Self.layout.path)
      }
    } catch {
      var fault = error
      fault.file = "patchbay_feed.h"
      throw fault
    }
  }
}
