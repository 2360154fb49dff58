/// A line of the ledger's file that is no whole record.
struct LedgerDamage: Equatable {
  let file: String
  /// From 1; 0 = the whole file is gone.
  let line: Int
  /// It is the last line, cut off behind this id; `nil` = which id it stands for cannot be known.
  let id: String?

  static let remedy = "stop the host; bring the line back from a copy, or look at patchbay history orders for what was "
    + "placed, and delete the line when no program sends that again"

  /// For people.
  var text: String {
    guard line > 0 else {
      return "\(file) is gone, and orders were placed under client_order_ids that stood in it: none is placed under a "
        + "new one; stop the host and bring the file back from a copy, or look at patchbay history orders for what was "
        + "placed, and make an empty file of that name when no program sends that again"
    }
    guard let id else {
      return "\(file): line \(line) is damaged: whether its order was placed is not known, so none is placed under a "
        + "new client_order_id; \(Self.remedy)"
    }
    return "\(file): line \(line), the last one, is cut off: whether \(id) was placed is not known, so nothing is "
      + "placed under that client_order_id; look at patchbay history orders"
  }
}
