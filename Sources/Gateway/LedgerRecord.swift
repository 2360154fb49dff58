import CNet
import Catalog
import Glibc
import JSONTree

/// A line of the ledger's file: what an id stands for, and a checksum over it.
struct LedgerRecord {
  let id: String
  /// The body's digest, and when the id was first used; nanoseconds since 1970.
  let begun: (digest: String, wall: Int64)?
  let place: OrderLedger.Place?
  let isFree: Bool

  /// Every way in which a line is written. Another is damage.
  private static let shapes: Set<[String]> = [
    ["id", "digest", "wall"], ["id", "connector", "order", "sent"],
    ["id", "digest", "wall", "connector", "order", "sent"], ["id", "free"],
  ]

  /// `nil` where the line is no whole record.
  init?(_ line: ArraySlice<UInt8>) {
    guard let value = try? JSONDocument.parse(bytes: Array(line)), var names = value.object?.map(\.key),
      let id = value["id"]?.string, FieldForm.id(longest: 64).fault(JSONValue(.string(id))) == nil
    else { return nil }
    // Lines of older versions have no checksum.
    if names.last == "sum" {
      names.removeLast()
      guard line.elementsEqual(Self.sealed(line.dropLast(Self.sealSize)).utf8.dropLast()) else { return nil }
    }
    guard Self.shapes.contains(names) else { return nil }
    self.id = id
    isFree = value["free"]?.bool == true
    let wall = value["wall"]?.number.flatMap { Int64($0) }
    begun = value["digest"]?.string.flatMap { digest in wall.map { (digest, $0) } }
    let order = value["order"]?.string.flatMap { UInt64($0) }
    place = order.flatMap { order in
      guard let connector = value["connector"]?.string, let sent = value["sent"]?.string else { return nil }
      return OrderLedger.Place(connector: connector, order: order, sent: sent)
    }
    let isWhole = (begun != nil) == names.contains("digest") && (place != nil) == names.contains("connector")
      && isFree == names.contains("free")
    guard isWhole else { return nil }
  }

  /// `,"sum":"01234567"}`
  private static let sealSize = 18

  /// The line that is written, with its end.
  static func sealed(_ value: JSONValue) -> String { sealed(JSONWriter.compact(value).utf8.dropLast()) }

  private static func sealed(_ bytes: some Collection<UInt8>) -> String {
    "\(String(decoding: bytes, as: UTF8.self)),\"sum\":\"\(hex(digest(bytes)).prefix(8))\"}\n"
  }

  /// The id of a line that was cut off behind it; `nil` where it was cut off before.
  static func readableID(_ line: ArraySlice<UInt8>) -> String? {
    let head = Array("{\"id\":\"".utf8)
    guard line.starts(with: head), let end = line.dropFirst(head.count).firstIndex(of: 0x22) else { return nil }
    let id = String(decoding: line[(line.startIndex + head.count)..<end], as: UTF8.self)
    return FieldForm.id(longest: 64).fault(JSONValue(.string(id))) == nil ? id : nil
  }
}

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

extension OrderLedger {
  /// What is wrong with a file, for people. Changes nothing.
  static func damage(of file: String) throws(GatewayFault) -> [LedgerDamage] {
    let bytes = try read(file)
    let isCut = bytes.last != 0x0a
    let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
    return lines.enumerated().compactMap { index, line in
      guard !line.isEmpty, LedgerRecord(line) == nil else { return nil }
      let isLast = isCut && index == lines.count - 1
      return LedgerDamage(file: file, line: index + 1, id: isLast ? LedgerRecord.readableID(line) : nil)
    }
  }

  static func read(_ file: String) throws(GatewayFault) -> [UInt8] {
    let opened = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    if opened < 0, errno == ENOENT { return [] }
    guard opened >= 0 else { throw .file(file, String(cString: strerror(errno))) }
    defer { cnet_close(opened) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(opened, &part, part.count)
      guard count >= 0 else { throw .file(file, String(cString: strerror(errno))) }
      if count == 0 { return bytes }
      bytes += part[..<count]
      guard bytes.count <= longestFile else { throw .file(file, "is larger than \(longestFile) bytes; move it away") }
    }
  }

  /// Puts the names of a folder's files on disk: a file that was renamed would else be the older one again.
  static func syncFolder(of file: String) -> Bool {
    let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
    let opened = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else { return false }
    defer { cnet_close(opened) }
    return fsync(opened) == 0
  }
}
