/// What the bytes of a file say of it, before any of its code can run: whether it is a whole shared library for this
/// machine, and whether it exports a function.
///
/// Only 64-bit little-endian ELF is read; every offset is checked against the file's size.
struct ElfImage {
  enum Fault: Error {
    case notALibrary
    /// It ends before what its own headers say; mapping it would crash the process.
    case truncated
    /// The ELF machine number it was built for.
    case otherMachine(UInt16)
  }

  /// EM_X86_64 or EM_AARCH64.
  static var machine: UInt16 {
    #if arch(x86_64)
      62
    #elseif arch(arm64)
      183
    #else
      0
    #endif
  }

  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) throws(Fault) {
    self.bytes = bytes
    guard bytes.count >= 64, bytes[0...3].elementsEqual([0x7F, 0x45, 0x4C, 0x46]), read16(16) == 3 else {
      throw .notALibrary
    }
    let machine = read16(18)
    guard bytes[4] == 2, bytes[5] == 1, machine == Self.machine else { throw .otherMachine(machine) }
    guard isWhole else { throw .truncated }
  }

  /// Whether both header tables and every loaded segment lie inside the file.
  private var isWhole: Bool {
    let segments = (start: read64(32), size: Int(read16(54)), count: Int(read16(56)))
    let sections = (start: read64(40), size: Int(read16(58)), count: Int(read16(60)))
    guard segments.size >= 56, sections.count == 0 || sections.size >= 64,
      segments.start + segments.size * segments.count <= bytes.count,
      sections.start + sections.size * sections.count <= bytes.count
    else { return false }
    return (0..<segments.count).allSatisfy { index in
      let segment = segments.start + index * segments.size
      // PT_LOAD; p_offset and p_filesz.
      return read32(segment) != 1 || read64(segment + 8) + read64(segment + 32) <= bytes.count
    }
  }

  /// Whether the dynamic symbol table defines `name` as a function that others may call.
  func exports(_ name: String) -> Bool {
    let (start, size, count) = (read64(40), Int(read16(58)), Int(read16(60)))
    for index in 0..<count {
      let section = start + index * size
      // SHT_DYNSYM; sh_link names its string table.
      guard read32(section + 4) == 11 else { continue }
      let strings = start + Int(read32(section + 40)) * size
      return isDefined(name, symbols: section, strings: strings)
    }
    return false
  }

  private func isDefined(_ name: String, symbols: Int, strings: Int) -> Bool {
    let (offset, size) = (read64(symbols + 24), read64(symbols + 32))
    let text = read64(strings + 24)
    guard size <= bytes.count else { return false }
    for symbol in stride(from: offset, to: offset + size, by: 24) {
      // st_shndx 0 is an import; st_info is binding (global 1, weak 2) and type (function 2).
      let info = read(symbol + 4, 1)
      guard read16(symbol + 6) != 0, info == 0x12 || info == 0x22 else { continue }
      if hasText(name, at: text + Int(read32(symbol))) { return true }
    }
    return false
  }

  /// Names in the dynamic symbol table: what the library gives to others, and what it takes from them.
  var symbols: (exports: [String], imports: [String]) {
    let (start, size, count) = (read64(40), Int(read16(58)), Int(read16(60)))
    var exports: [String] = [], imports: [String] = []
    for section in (0..<count).map({ start + $0 * size }) where read32(section + 4) == 11 {
      let strings = start + Int(read32(section + 40)) * size
      let (offset, length, text) = (read64(section + 24), read64(section + 32), read64(strings + 24))
      guard length <= bytes.count else { break }
      for symbol in stride(from: offset, to: offset + length, by: 24) {
        let name = self.text(at: text + Int(read32(symbol)))
        // Binding 0 is local; an import that is weak may be missing, and means nothing by itself.
        let binding = read(symbol + 4, 1) >> 4
        guard !name.isEmpty, binding == 1 || binding == 2 else { continue }
        if read16(symbol + 6) == 0 { imports.append(name) } else { exports.append(name) }
      }
    }
    return (exports.sorted(), imports.sorted())
  }

  private func text(at place: Int) -> String {
    guard place >= 0, place < bytes.count else { return "" }
    return String(decoding: bytes[place...].prefix(256).prefix { $0 != 0 }, as: UTF8.self)
  }

  private func hasText(_ name: String, at place: Int) -> Bool {
    let wanted = Array(name.utf8) + [0]
    guard place >= 0, place <= bytes.count - wanted.count else { return false }
    return bytes[place..<(place + wanted.count)].elementsEqual(wanted)
  }

  private func read16(_ place: Int) -> UInt16 { UInt16(truncatingIfNeeded: read(place, 2)) }
  private func read32(_ place: Int) -> UInt32 { UInt32(truncatingIfNeeded: read(place, 4)) }
  /// Offsets beyond any file become one that no read accepts.
  private func read64(_ place: Int) -> Int { Int(min(read(place, 8), 1 << 40)) }

  private func read(_ place: Int, _ count: Int) -> UInt64 {
    guard place >= 0, place <= bytes.count - count else { return 0 }
    return (0..<count).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
  }
}
