/// What a checker must know of one record or list element: where its parts, exact numbers and reserved fields are.
struct Shape {
  enum Role {
    case reserved, text, raw, decimal, time
    case list(of: String)
    /// A ref that names a whole nested record.
    case record(of: String)
  }

  struct Field {
    let name: String
    let offset: Int
    let role: Role
  }

  let name: String
  let size: Int
  let kinds: [String]
  let leastHead: Int
  /// Exactly one of its parts is present.
  let isExclusive: Bool
  var fields: [Field] = []
}

extension Header {
  /// The shapes of all list elements and records, elements before what holds them. Throws where a list's comment does
  /// not say what it is a list of.
  func shapes() throws(HeaderFault) -> [Shape] {
    var shapes: [Shape] = [], known: Set<String> = []
    for structure in structures where !structure.kinds.isEmpty {
      try add(structure, to: &shapes, known: &known)
    }
    return shapes
  }

  private func add(_ structure: Structure, to shapes: inout [Shape], known: inout Set<String>) throws(HeaderFault) {
    guard known.insert(structure.name).inserted else { return }
    let isInput = structure.fields.first?.type == "pb_input"
    var shape = Shape(
      name: structure.name, size: structure.size, kinds: structure.kinds,
      leastHead: structure.kinds.isEmpty ? 0 : self.structure(isInput ? "pb_input" : "pb_rec")?.size ?? 0,
      isExclusive: structure.doc.contains("Exactly one of the two is present"))
    for field in structure.fields {
      guard let role = try role(of: field, in: structure) else { continue }
      if case .list(let element) = role {
        if let target = nestedRecord(field) {
          shapes.append(
            Shape(
              name: element, size: 8, kinds: [], leastHead: 0, isExclusive: false,
              fields: [.init(name: "\(structure.name).\(field.name)[]", offset: 0, role: .record(of: target))]))
        } else if let inner = self.structure(element) {
          try add(inner, to: &shapes, known: &known)
        } else {
          throw HeaderFault(line: field.line, message: "\(field.name): no struct \(element)")
        }
      }
      shape.fields.append(.init(name: "\(structure.name).\(field.name)", offset: field.offset, role: role))
    }
    shapes.append(shape)
  }

  private func role(of field: Field, in structure: Structure) throws(HeaderFault) -> Shape.Role? {
    switch field.type {
    case "pb_ref": return field.comment.hasPrefix("raw") ? .raw : .text
    case "pb_dec": return .decimal
    case "pb_list", "pb_text":
      guard let element = listElement(field) else {
        let message = "\(structure.name).\(field.name): its comment must begin with what it is a list of, \"of pb_\""
        throw HeaderFault(line: field.line, message: message)
      }
      return .list(of: nestedRecord(field).map { "\($0) reference" } ?? element)
    case "uint32_t" where field.name.hasPrefix("reserved"): return .reserved
    case "int64_t" where Self.moments.contains(field.name) && structure.fields.first?.type == "pb_rec":
      return .time
    default:
      guard !field.name.hasPrefix("reserved") else {
        throw HeaderFault(line: field.line, message: "\(structure.name).\(field.name): reserved fields are uint32_t")
      }
      return nil
    }
  }

  /// Fields of outputs that name a moment of the venue's clock; other `_ns` fields are durations.
  private static let moments: Set<String> = ["venue_ns", "expiry_ns", "next_ns", "valid_until_ns"]

  private func listElement(_ field: Field) -> String? {
    guard field.comment.hasPrefix("of pb_") else { return nil }
    return String(field.comment.dropFirst(3).prefix { $0 == "_" || $0.isLetter || $0.isNumber })
  }

  private func nestedRecord(_ field: Field) -> String? {
    guard let range = field.comment.firstRange(of: "nested pb_") else { return nil }
    return "pb_" + field.comment[range.upperBound...].prefix { $0 == "_" || $0.isLetter || $0.isNumber }
  }

  /// `Sources/Records/RecordShapes.swift`: the shapes as tables.
  public func recordShapes() throws(HeaderFault) -> String {
    let shapes = try shapes()
    let index = Dictionary(uniqueKeysWithValues: shapes.enumerated().map { ($1.name, $0) })
    var structs = "", fields = "", names: [String] = [], first = 0
    for (place, shape) in shapes.enumerated() {
      let end = first + shape.fields.count
      structs += "    // \(place): \(shape.name)\n    StructShape(size: \(shape.size), leastHead: \(shape.leastHead), "
      structs += "firstField: \(first), endField: \(end), isExclusive: \(shape.isExclusive)),\n"
      for field in shape.fields {
        let role =
          switch field.role {
          case .reserved: "reserved"
          case .text: "text"
          case .raw: "raw"
          case .decimal: "decimal"
          case .time: "time"
          case .list(let name): "list, element: \(index[name] ?? 0)"
          case .record(let name): "record, element: \(index[name] ?? 0)"
          }
        fields += "    FieldShape(offset: \(field.offset), role: .\(role)),\n"
        names.append("\"\(field.name)\",")
      }
      first = end
    }
    return """
      // Written by `swift run abitool generate` from patchbay.h; do not edit.

      import CPatchbay

      extension RecordShapes {
        /// List elements and fixed parts of records, by index.
        static let structs: [StructShape] = [
      \(structs)  ]

        /// The fields that a checker looks at, in the order of `structs` and inside one by offset.
        static let fields: [FieldShape] = [
      \(fields)  ]

        /// The names of `fields`.
        static let fieldNames: [StaticString] = [
      \(filled(names))  ]

        /// The index in `structs` of an output's fixed part; nil for a kind that this header does not know.
        static func output(_ kind: UInt16) -> Int? {
          switch kind {
      \(cases(shapes) { !$0.hasPrefix("PB_IN_") })    default: nil
          }
        }

        /// The index in `structs` of an input's fixed part; nil for a kind that this header does not know.
        static func input(_ kind: UInt16) -> Int? {
          switch kind {
      \(cases(shapes) { $0.hasPrefix("PB_IN_") })    default: nil
          }
        }
      }

      \(bodies(shapes))
      """
  }

  private func bodies(_ shapes: [Shape]) -> String {
    shapes.filter { !$0.kinds.isEmpty }.map { "extension \($0.name): RecordBody {}\n" }.joined()
  }

  private func cases(_ shapes: [Shape], where belongs: (String) -> Bool) -> String {
    var text = ""
    for (place, shape) in shapes.enumerated() {
      let kinds = shape.kinds.filter(belongs)
      guard !kinds.isEmpty else { continue }
      let values = kinds.map { value($0).map(String.init) ?? "?" }.joined(separator: ", ")
      text += "    case \(values): \(place)  // \(kinds.joined(separator: ", "))\n"
    }
    return text
  }

  /// Joins words to indented lines of at most 120 columns.
  private func filled(_ words: [String]) -> String {
    var text = "", line = "   "
    for word in words {
      if line.count + 1 + word.count > 120 {
        text += line + "\n"
        line = "   "
      }
      line += " " + word
    }
    return text + line + "\n"
  }
}
