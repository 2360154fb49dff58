/// What later versions of the header must keep, once a revision is frozen: where every field stands, and what every
/// constant is. A connector that was built once then works for ever.
extension Header {
  /// The layout table and, behind it, a line for each constant: `PB_SIDE_BUY - 1`. What is a draft is left out.
  public func frozenTable() -> String {
    var text = layoutTable(of: settled.structures)
    for constant in settled.constants { text += "\(constant.name)\t=\t\(constant.value)\n" }
    return text
  }

  /// What of a frozen revision this header does not keep, a sentence each. Structures that say their size may have
  /// grown; what was reserved may have got a name; there may be more constants.
  public func breaks(of frozen: String) -> [String] {
    var faults: [String] = []
    let values = Dictionary(settled.constants.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    for line in frozen.split(separator: "\n").dropFirst() {
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      let isKept =
        switch (columns.count, columns.count > 1 ? columns[1] : "") {
        case (3, "="): values[columns[0]] == columns[2]
        case (6, "-"): keepsSize(columns)
        case (6, _): keepsField(columns)
        default: false
        }
      if !isKept { faults.append("not kept: \(columns.joined(separator: " "))") }
    }
    return faults
  }

  private func keepsSize(_ columns: [String]) -> Bool {
    guard let structure = structure(columns[0]), let size = Int(columns[4]) else { return false }
    let mayGrow = structure.fields.first.map { ["rec", "in", "size"].contains($0.name) } == true
      && !["pb_rec", "pb_input"].contains(structure.name) || structure.name == "pb_entry"
    return "\(structure.alignment)" == columns[5] && (mayGrow ? structure.size >= size : structure.size == size)
  }

  private func keepsField(_ columns: [String]) -> Bool {
    structure(columns[0])?.fields.contains { field in
      (field.name == columns[1] || columns[1].hasPrefix("reserved"))
        && Self.written(field.type, field.count) == columns[2]
        && "\(field.offset)" == columns[3] && "\(field.size)" == columns[4]
    } == true
  }

  /// Structures and constants but for those of groups whose title says that they are a draft.
  private var settled: (structures: [Structure], constants: [(name: String, value: String)]) {
    var structures: [Structure] = []
    var constants: [(name: String, value: String)] = []
    var isDraft = false
    for item in items {
      switch item {
      case .section(let title, _): isDraft = title.contains("draft")
      case _ where isDraft: continue
      case .constant(let constant): constants.append((constant.name, constant.value))
      case .structure(let structure): structures.append(structure)
      case .enumeration(let enumeration):
        var isDraftGroup = false
        for value in enumeration.cases {
          if let group = value.group { isDraftGroup = group.contains("draft") }
          if !isDraftGroup { constants.append((value.name, "\(value.value)")) }
        }
      case .alias, .function: continue
      }
    }
    return (structures, constants)
  }
}
