import CPatchbay
import Foundation
import Testing

@testable import Vault

/// The table of operations, and its documentation.
struct TableTests {
  private static let codes =
    Array(PB_OP_BYTES...PB_OP_ADDRESS) + Array(PB_OP_STORE...PB_OP_PUBLISH) + Array(PB_OP_HEX...PB_OP_RLP_INTEGER)
    + Array(PB_OP_MD5...PB_OP_RIPEMD160) + Array(PB_OP_HMAC_SHA256...PB_OP_SIGN)

  @Test func everyOperationHasOneRow() {
    #expect(SealRule.table.indices.filter { SealRule.table[$0] != nil } == Self.codes)
  }

  @Test func theDocumentShowsTheTable() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/security.md")
    let text = try String(contentsOf: file.standardized, encoding: .utf8)
    for rule in SealRule.table.compactMap({ $0 }) {
      let row = "| `\(rule.name)` | \(rule.takes.isEmpty ? "–" : rule.takes) | \(rule.gives) |"
      #expect(text.contains(row + "\n"), "\(row)")
    }
  }
}
