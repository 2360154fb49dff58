/// The contract header as read: everything the generators need, in the header's order.
public struct Header {
  /// The comment that opens the file: the rules that hold everywhere.
  public var preamble: [String] = []
  public var items: [Item] = []

  public enum Item {
    case section(title: String, level: Int)
    case constant(Constant)
    case structure(Structure)
    case enumeration(Enumeration)
    case alias(Alias)
    case function(Function)
  }

  public struct Constant {
    public let name: String
    public let value: String
    public var comment: String
  }

  public struct Alias {
    public let name: String
    public let type: String
    public var comment: String
    public let doc: String
  }

  public struct Function {
    public let declaration: String
    public let doc: String
  }

  public struct Enumeration {
    public let doc: String
    public var cases: [Case]

    public struct Case {
      public let name: String
      public let value: Int
      public var comment: String
      /// The heading above it inside the enumeration, where a group begins.
      public let group: String?
    }
  }

  public struct Field {
    /// As written, such as `uint32_t`, `pb_ref`, `void *` or a function pointer's whole declaration.
    public let type: String
    public let name: String
    public let comment: String
    public let line: Int
    /// How many there are, of an array such as `char name[64]`; else `nil`.
    public internal(set) var count: Int?
    public internal(set) var offset = 0
    public internal(set) var size = 0

    var isPointer: Bool { type.contains("*") }
  }

  public struct Structure {
    public let name: String
    public let doc: String
    public var fields: [Field]
    public internal(set) var size = 0
    public internal(set) var alignment = 0

    /// The record kinds this structure is the fixed part of: the names its comment begins with.
    public var kinds: [String] {
      guard let colon = doc.firstIndex(of: ":") else { return [] }
      let names = doc[..<colon].split(separator: ",").map { $0.drop { $0 == " " } }
      let isKind = { (name: Substring) in ["PB_IN_", "PB_OUT_", "PB_EV_"].contains { name.hasPrefix($0) } }
      return names.allSatisfy { isKind($0) && !$0.contains(" ") } ? names.map(String.init) : []
    }
  }

  public var structures: [Structure] {
    items.compactMap { if case .structure(let structure) = $0 { structure } else { nil } }
  }

  public func structure(_ name: String) -> Structure? { structures.first { $0.name == name } }

  public func alias(_ name: String) -> Alias? {
    for case .alias(let alias) in items where alias.name == name { return alias }
    return nil
  }

  /// The value of an enumeration's case.
  public func value(_ name: String) -> Int? {
    for case .enumeration(let enumeration) in items {
      if let found = enumeration.cases.first(where: { $0.name == name }) { return found.value }
    }
    return nil
  }
}
