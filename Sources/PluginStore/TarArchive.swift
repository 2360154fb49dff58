import Catalog
import Glibc

/// The form of packages: an uncompressed tar archive (ustar) of plain files with names that are known beforehand.
/// Nothing else is taken: no links, devices or pipes, no extended headers, no name twice, no folder but those of
/// platforms.
enum TarArchive {
  private static let block = 512

  /// The files of an archive, by name.
  static func read(_ file: OpenFile) throws(StoreFault) -> [String: Blob] {
    let total = try file.size(atMost: 2 * StoreLimits.libraryBytes + (8 << 20))
    var found: [String: Blob] = [:]
    var place = 0
    var headers = 0
    while true {
      guard total - place >= block else {
        throw StoreFault(.notAPackage, file.path, "it is cut short, or no tar archive")
      }
      let header = try file.bytes(at: place, count: block)
      place += block
      if header.allSatisfy({ $0 == 0 }) { break }
      headers += 1
      guard headers <= StoreLimits.entries else {
        throw StoreFault(.tooLarge, file.path, "it has more than \(StoreLimits.entries) entries")
      }
      guard let (name, size) = try entry(header, file.path) else { continue }
      guard size <= total - place else { throw StoreFault(.notAPackage, file.path, "it is cut short in \(name)") }
      guard found.updateValue(Blob(file: file, offset: place, size: size), forKey: name) == nil else {
        throw StoreFault(.unsafe, file.path, "\(name) is in it twice")
      }
      place += (size + block - 1) / block * block
    }
    try checkEnd(file, from: place, to: total)
    return found
  }

  /// Behind the end there is nothing but filling.
  private static func checkEnd(_ file: OpenFile, from place: Int, to total: Int) throws(StoreFault) {
    guard total - place <= 1 << 20, try file.bytes(at: place, count: total - place).allSatisfy({ $0 == 0 }) else {
      throw StoreFault(.unsafe, file.path, "something stands behind its end")
    }
  }

  /// The name and the size of a file; `nil` for a folder of a platform, which says nothing.
  private static func entry(_ header: [UInt8], _ path: String) throws(StoreFault) -> (name: String, size: Int)? {
    // The form first: what is no header says nothing.
    let sum = header.enumerated().reduce(0) { $0 + (148..<156 ~= $1.offset ? 32 : Int($1.element)) }
    guard header[257..<262].elementsEqual("ustar".utf8), octal(header[148..<156]) == sum else {
      throw StoreFault(.notAPackage, path, "it is no tar archive, or damaged", "pack it by patchbay plugin pack")
    }
    let text = header[..<100].prefix { $0 != 0 }
    guard let written = String(validating: text, as: UTF8.self), header[345..<500].allSatisfy({ $0 == 0 }) else {
      throw StoreFault(.unsafe, path, "it has a name that no package has")
    }
    let name = written.hasPrefix("./") ? String(written.dropFirst(2)) : written
    switch header[156] {
    case UInt8(ascii: "5"):
      guard ["", "."].contains(name) || Platform.allCases.contains(where: { "\($0.rawValue)/" == name }) else {
        throw StoreFault(.unsafe, path, "\"\(written)\" is a folder that no package has")
      }
      return nil
    case 0, UInt8(ascii: "0"): break
    case UInt8(ascii: "1"), UInt8(ascii: "2"): throw StoreFault(.unsafe, path, "\"\(written)\" is a link")
    case UInt8(ascii: "3"), UInt8(ascii: "4"): throw StoreFault(.unsafe, path, "\"\(written)\" is a device")
    case UInt8(ascii: "6"): throw StoreFault(.unsafe, path, "\"\(written)\" is a pipe")
    default:
      throw StoreFault(
        .unsafe, path, "\"\(written)\" is no plain file", "pack it by patchbay plugin pack, or tar --format=ustar")
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard !parts.contains(where: { ["", ".", ".."].contains($0) }) else {
      throw StoreFault(.unsafe, path, "\"\(written)\" leads out of the package")
    }
    guard let size = octal(header[124..<136]) else {
      throw StoreFault(.notAPackage, path, "the size of \"\(written)\" cannot be read")
    }
    return (name, size)
  }

  /// A number in octal digits, ended by a zero or a space.
  private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
    let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
    guard (1...11).contains(digits.count), digits.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
    return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
  }

  /// The header of a file, with nothing in it of where or when it was made.
  static func header(_ name: String, size: Int) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: block)
    func put(_ text: String, at place: Int) {
      for (offset, byte) in text.utf8.enumerated() { header[place + offset] = byte }
    }
    func octal(_ number: Int, _ digits: Int) -> String {
      let text = String(number, radix: 8)
      return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
    put(name, at: 0)
    put(octal(0o644, 7), at: 100)
    put(octal(0, 7), at: 108)
    put(octal(0, 7), at: 116)
    put(octal(size, 11), at: 124)
    put(octal(0, 11), at: 136)
    put("        ", at: 148)
    put("0", at: 156)
    put("ustar", at: 257)
    put("00", at: 263)
    put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\0 ", at: 148)
    return header
  }

  /// What fills a file up to whole blocks.
  static func filling(_ size: Int) -> [UInt8] { [UInt8](repeating: 0, count: (block - size % block) % block) }

  /// What ends an archive.
  static let end = [UInt8](repeating: 0, count: 2 * block)
}
