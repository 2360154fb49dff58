import Foundation
import HeaderTool
import Testing

/// Revision 1 of the contract: what was built for it works for ever.
struct FrozenTests {
  private static let revision1 = HeaderTests.root.appending(path: "Tests/Frozen/revision-1/layout.tsv")

  private func breaks(after change: (String) -> String) throws -> [String] {
    let header = HeaderTests.root.appending(path: "Sources/CPatchbay/include/patchbay.h")
    let text = try String(contentsOf: header, encoding: .utf8)
    let changed = change(text)
    return try parseHeader(changed).breaks(of: String(contentsOf: Self.revision1, encoding: .utf8))
  }

  @Test func theHeaderKeepsIt() throws {
    let faults = try breaks { $0 }
    #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
    #expect(try String(contentsOf: Self.revision1, encoding: .utf8).split(separator: "\n").count > 600)
  }

  /// Frozen later than the rest: patchbay.amm/1.
  @Test func theHeaderKeepsTheGroupForPools() throws {
    let root = HeaderTests.root
    let header = try String(contentsOf: root.appending(path: "Sources/CPatchbay/include/patchbay.h"), encoding: .utf8)
    let group = try String(contentsOf: root.appending(path: "Tests/Frozen/revision-1/amm.tsv"), encoding: .utf8)
    #expect(try parseHeader(header).breaks(of: group).isEmpty)
    let moved = header.replacing("  pb_dec gas;            /* estimated", with: "  pb_id x;\n  pb_dec gas; /* about")
    #expect(try !parseHeader(moved).breaks(of: group).isEmpty)
  }

  @Test func whatGrowsAtTheEndKeepsIt() throws {
    let longer = try breaks {
      $0.replacing("} pb_trade;", with: "  int64_t later;\n} pb_trade;")
        .replacing("  uint32_t reserved; /* 0 */\n} pb_in_start;", with: "  uint32_t later;\n} pb_in_start;")
        .replacing("PB_GAP_CROSSED ", with: "PB_GAP_CROSSED, PB_GAP_LATER ")
    }
    #expect(longer.isEmpty, "\(longer)")
  }

  @Test(arguments: [
    ("int64_t price;    /* at price_exp */", "uint64_t price;"),
    ("  PB_GAP_CHECKSUM,\n", ""),
    ("PB_ORDER_REDUCE_ONLY = 2", "PB_ORDER_REDUCE_ONLY = 16"),
    ("} pb_level;", "  int64_t orders;\n} pb_level;"),
    ("#define PB_MAGIC          0x50425943u", "#define PB_MAGIC          0x50425944u"),
  ])
  func aChangeOfWhatStandsBreaksIt(_ old: String, _ new: String) throws {
    var isThere = false
    let faults = try breaks {
      isThere = $0.contains(old)
      return $0.replacing(old, with: new)
    }
    #expect(isThere && !faults.isEmpty, "\(old)")
  }
}
