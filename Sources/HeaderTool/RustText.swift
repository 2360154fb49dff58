/// The contract as Rust sees it: one module without a dependency, for `no_std` too.
extension Header {
  func rust() throws(HeaderFault) -> String {
    var text = """
      // Written by `swift run abitool generate` from patchbay.h; do not edit. What each name means stands there, and in
      // docs/abi.md. Sizes and alignments are proved when this is compiled.
      #![allow(non_camel_case_types, dead_code)]

      /// A structure of the contract that holds no pointer: every pattern of bits is a value of it, zeros too.
      ///
      /// # Safety
      /// Only for `repr(C)` structures of integers.
      pub unsafe trait Plain: Copy {}

      pub fn zero<T: Plain>() -> T {
          unsafe { core::mem::zeroed() }
      }

      """
    for item in items {
      switch item {
      case .section(let title, let level) where level == 1: text += "\n// \(title)\n"
      case .section: break
      case .constant(let constant):
        guard constant.value.hasSuffix("u") else { throw fault("\(constant.name): expected a number that ends in u") }
        text += "pub const \(constant.name): u32 = \(constant.value.dropLast());\n"
      case .alias(let alias): text += "pub type \(alias.name) = \(try rustType(alias.type));\n"
      case .enumeration(let enumeration):
        for value in enumeration.cases {
          text += "pub const \(value.name): \(Self.rustType(ofConstant: value.name)) = \(value.value);\n"
        }
      case .structure(let structure): text += try rust(structure)
      case .function: break
      }
    }
    return text
  }

  private func rust(_ structure: Structure) throws(HeaderFault) -> String {
    var text = "\n#[repr(C)]\n#[derive(Clone, Copy)]\npub struct \(structure.name) {\n"
    var isPlain = true
    for field in structure.fields {
      // A name that Rust keeps for itself is written as a raw one.
      let name = Self.rustWords.contains(field.name) ? "r#\(field.name)" : field.name
      var type: String
      if field.type.contains("(*") {
        type = "Option<\(try rustFunction(field.type))>"
      } else {
        type = try rustType(field.type)
      }
      if let count = field.count { type = "[\(type); \(count)]" }
      if field.isPointer { isPlain = false }
      text += "    pub \(name): \(type),\n"
    }
    text += "}\n"
    let name = structure.name
    text += "const _: () = assert!(core::mem::size_of::<\(name)>() == \(structure.size));\n"
    text += "const _: () = assert!(core::mem::align_of::<\(name)>() == \(structure.alignment));\n"
    return text + (isPlain ? "unsafe impl Plain for \(name) {}\n" : "")
  }

  private static let rustWords: Set = [
    "as", "async", "await", "dyn", "fn", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref",
    "trait", "type", "unsafe", "use", "where", "yield",
  ]

  /// Kinds of records are 16 bits wide where they stand, what functions answer is signed, all else is `uint32_t`.
  private static func rustType(ofConstant name: String) -> String {
    if ["PB_IN_", "PB_OUT_", "PB_EV_"].contains(where: { name.hasPrefix($0) }) { return "u16" }
    return name == "PB_OK" || name.hasPrefix("PB_E_") ? "pb_status" : "u32"
  }

  /// `pb_status (*emit)(const pb_host *host)` as a function pointer's type.
  private func rustFunction(_ declaration: String) throws(HeaderFault) -> String {
    guard let name = declaration.firstRange(of: "(*"), let open = declaration.firstRange(of: ")("),
      declaration.hasSuffix(")")
    else { throw fault("\(declaration): expected a function pointer") }
    var parameters: [String] = []
    for parameter in declaration[open.upperBound...].dropLast().split(separator: ",") {
      let end = parameter.lastIndex { $0 == " " || $0 == "*" } ?? parameter.startIndex
      parameters.append(try rustType(String(parameter[...end])))
    }
    let result = try rustType(String(declaration[..<name.lowerBound]))
    let answer = result == "core::ffi::c_void" ? "" : " -> \(result)"
    return "unsafe extern \"C\" fn(\(parameters.joined(separator: ", ")))\(answer)"
  }

  /// A type as C writes it, with any pointers.
  private func rustType(_ declaration: String) throws(HeaderFault) -> String {
    let words = declaration.split { $0 == " " || $0 == "*" }.filter { $0 != "const" && $0 != "struct" }
    guard words.count == 1 else { throw fault("\(declaration): expected one type") }
    let scalars = [
      "uint8_t": "u8", "uint16_t": "u16", "uint32_t": "u32", "uint64_t": "u64", "int32_t": "i32", "int64_t": "i64",
      "char": "u8", "void": "core::ffi::c_void",
    ]
    var type = scalars[String(words[0])] ?? String(words[0])
    // What stands before a star says whether what it points to is constant.
    for pointee in declaration.split(separator: "*", omittingEmptySubsequences: false).dropLast() {
      type = (pointee.contains("const") ? "*const " : "*mut ") + type
    }
    return type
  }

  private func fault(_ message: String) -> HeaderFault { HeaderFault(line: 0, message: message) }
}
