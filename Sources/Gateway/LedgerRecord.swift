import Catalog
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
