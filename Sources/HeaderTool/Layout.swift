/// Sizes by C's natural alignment on a 64-bit machine, which is the only kind the contract is for.
private let scalarSizes = [
  "uint8_t": 1, "uint16_t": 2, "uint32_t": 4, "uint64_t": 8, "int32_t": 4, "int64_t": 8, "char": 1,
]

/// Fills in every offset, size and alignment, and holds the header to the contract's own rules of layout: no hidden
/// padding, and in records every structure a multiple of 8 with its parts at multiples of 8, so that no shorter fixed
/// part cuts one.
func layOut(_ header: inout Header) throws(HeaderFault) {
  var known = scalarSizes.mapValues { (size: $0, alignment: $0) }
  for index in header.items.indices {
    switch header.items[index] {
    case .alias(let alias):
      known[alias.name] = known[alias.type]
    case .structure(var structure):
      var end = 0, alignment = 1
      for (place, field) in structure.fields.enumerated() {
        guard let type = field.isPointer ? (size: 8, alignment: 8) : known[field.type] else {
          throw HeaderFault(line: field.line, message: "\(structure.name).\(field.name): unknown type \(field.type)")
        }
        guard end % type.alignment == 0 else {
          throw HeaderFault(line: field.line, message: "\(structure.name).\(field.name): padding must be a named field")
        }
        if ["pb_ref", "pb_list", "pb_text", "pb_dec"].contains(field.type), end % 8 != 0 {
          throw HeaderFault(line: field.line, message: "\(structure.name).\(field.name): must stand at a multiple of 8")
        }
        structure.fields[place].offset = end
        let size = type.size * (field.count ?? 1)
        structure.fields[place].size = size
        end += size
        alignment = max(alignment, type.alignment)
      }
      guard end % alignment == 0, structure.kinds.isEmpty || end % 8 == 0 else {
        let line = structure.fields.last?.line ?? 1
        throw HeaderFault(line: line, message: "\(structure.name): padding at its end must be a named field")
      }
      structure.size = end
      structure.alignment = alignment
      known[structure.name] = (end, alignment)
      header.items[index] = .structure(structure)
    default:
      continue
    }
  }
}

extension Header {
  /// `docs/abi-layout.tsv`: one line per field with the type, offset and size, and one per structure (field `-`) with
  /// its size and alignment.
  public func layoutTable() -> String { layoutTable(of: structures) }

  func layoutTable(of structures: [Structure]) -> String {
    var lines = ["struct\tfield\ttype\toffset\tsize\talignment"]
    for structure in structures {
      lines.append("\(structure.name)\t-\t-\t-\t\(structure.size)\t\(structure.alignment)")
      for field in structure.fields {
        let type = Self.written(field.type, field.count)
        lines.append("\(structure.name)\t\(field.name)\t\(type)\t\(field.offset)\t\(field.size)\t-")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A field's type, with how many there are of an array.
  static func written(_ type: String, _ count: Int?) -> String { count.map { "\(type)[\($0)]" } ?? type }

  /// `layout.c` beside a header: the same table as assertions, so that every compiler that builds the package proves
  /// it.
  public func layoutAssertions(of file: String = "patchbay.h", table: String = "docs/abi-layout.tsv") -> String {
    var text = """
      /* Written by `swift run abitool generate` from \(file); do not edit.
       * Proves \(table) with the compiler at hand. */
      #include "\(file)"
      #include <stddef.h>

      #ifdef __cplusplus
      #define PB_PROVE(condition, message) static_assert(condition, message)
      #define PB_ALIGNOF(type) alignof(type)
      #else
      #define PB_PROVE(condition, message) _Static_assert(condition, message)
      #define PB_ALIGNOF(type) _Alignof(type)
      #endif
      #define PB_FIELD(type, field, at, bytes) \\
        PB_PROVE(offsetof(type, field) == at, #type "." #field " is not at " #at); \\
        PB_PROVE(sizeof(((type *)0)->field) == bytes, #type "." #field " is not " #bytes " bytes")
      #define PB_STRUCT(type, bytes, alignment) \\
        PB_PROVE(sizeof(type) == bytes, #type " is not " #bytes " bytes"); \\
        PB_PROVE(PB_ALIGNOF(type) == alignment, #type " is not aligned to " #alignment)

      PB_PROVE(sizeof(void *) == 8, "the contract is for 64-bit machines");

      """
    for structure in structures {
      text += "\nPB_STRUCT(\(structure.name), \(structure.size), \(structure.alignment));\n"
      for field in structure.fields {
        text += "PB_FIELD(\(structure.name), \(field.name), \(field.offset), \(field.size));\n"
      }
    }
    return text
  }
}
