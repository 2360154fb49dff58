import CNet
import Catalog
import Glibc

/// Which orders the ids of programs stand for, kept in a file beside the journal: an id is on disk before its order is
/// placed, so that the same request never makes a second order, whatever dies meanwhile. On the gateway's thread.
struct OrderLedger {
  struct Entry {
    /// Of the request's body.
    let digest: String
    let wall: Int64
    var place: Place?
    /// It is being placed in this run.
    var isOpen: Bool
    /// The file was written anew meanwhile, and may lack the line that a lane wrote.
    var isRewritten = false
  }

  /// Where the order is.
  struct Place: Equatable {
    let connector: String
    /// The host's number.
    let order: UInt64
    /// The id that the exchange was given.
    let sent: String
  }

  private var entries: [String: Entry] = [:]
  /// Ids by the order's number and connector.
  private var names: [String: String] = [:]
  /// Oldest first; those that were freed may still stand in it.
  private var order: [String] = []
  private let file: String
  let lines = LedgerFile()
  /// Ids that are older when a host starts are forgotten, and so many are kept.
  private static let kept: Int64 = 7 * 24 * 3600 * 1_000_000_000
  private static let most = 200_000
  private static let longestFile = 256 << 20

  /// Reads what earlier runs kept. A line that was cut off by the end of a host is left out.
  init(file: String, wall: Int64) throws(GatewayFault) {
    self.file = file
    for line in try Self.read(file).split(separator: 0x0a) {
      guard let value = try? JSONDocument.parse(bytes: Array(line)), let id = value["id"]?.string else { continue }
      take(value, id)
    }
    let old = entries.filter { $0.value.wall < wall &- Self.kept }.map(\.key)
    for id in old { remove(id) }
    try rewrite()
  }

  private mutating func take(_ value: JSONValue, _ id: String) {
    if let digest = value["digest"]?.string, let wall = value["wall"]?.number.flatMap({ Int64($0) }) {
      entries[id] = Entry(digest: digest, wall: wall, isOpen: false)
      order.append(id)
    }
    if let connector = value["connector"]?.string, let number = value["order"]?.string.flatMap({ UInt64($0) }) {
      note(id, Place(connector: connector, order: number, sent: value["sent"]?.string ?? ""))
    }
    if value["free"]?.bool == true { remove(id) }
  }

  private static func read(_ file: String) throws(GatewayFault) -> [UInt8] {
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

  subscript(id: String) -> Entry? { entries[id] }

  /// The id of an order that a program placed.
  func name(connector: String, order: String) -> String? { names["\(connector)/\(order)"] }

  // MARK: Changing

  /// An id is to stand for an order that is about to be placed, once `sync` has put it on disk.
  mutating func begin(_ id: String, digest: String, wall: Int64) throws(APIError) {
    if entries.count >= Self.most { forgetOldest() }
    let line: JSONValue = [
      "id": JSONValue(.string(id)), "digest": JSONValue(.string(digest)), "wall": JSONValue(.number("\(wall)")),
    ]
    guard lines.append(line) else { throw diskFault }
    entries[id] = Entry(digest: digest, wall: wall, isOpen: true)
    order.append(id)
  }

  /// Waits until every id that was begun is on disk.
  func sync() throws(APIError) {
    guard lines.sync() else { throw diskFault }
  }

  private var diskFault: APIError {
    APIError("disk", "\(file): \(String(cString: strerror(errno))); nothing was sent")
  }

  /// What a lane writes before an order can leave it, so that the id finds the order whatever dies.
  static func line(_ id: String, _ place: Place) -> JSONValue {
    [
      "id": JSONValue(.string(id)), "connector": JSONValue(.string(place.connector)),
      "order": JSONValue(.string("\(place.order)")), "sent": JSONValue(.string(place.sent)),
    ]
  }

  /// The order is there, and its line is written.
  mutating func bind(_ id: String, _ place: Place) {
    if entries[id]?.isRewritten == true { _ = lines.append(Self.line(id, place)) }
    note(id, place)
  }

  /// No order was made, and nothing was sent: the id may be used for another.
  mutating func free(_ id: String) {
    guard entries[id] != nil, entries[id]?.place == nil else { return }
    remove(id)
    _ = lines.append(["id": JSONValue(.string(id)), "free": true])
  }

  private mutating func note(_ id: String, _ place: Place) {
    entries[id]?.place = place
    entries[id]?.isOpen = false
    names["\(place.connector)/\(place.order)"] = id
  }

  private mutating func remove(_ id: String) {
    guard let gone = entries.removeValue(forKey: id) else { return }
    if let place = gone.place { names["\(place.connector)/\(place.order)"] = nil }
  }

  private mutating func forgetOldest() {
    for id in order.prefix(Self.most / 10) where entries[id]?.isOpen == false { remove(id) }
    order = order.filter { entries[$0] != nil }
    try? rewrite()
  }

  /// Writes the file anew, without what is forgotten.
  private mutating func rewrite() throws(GatewayFault) {
    let next = "\(file).new"
    unlink(next)
    let made = open(next, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard made >= 0 else { throw .file(next, String(cString: strerror(errno))) }
    var seen: Set<String> = []
    order = order.filter { entries[$0] != nil && seen.insert($0).inserted }
    var text = ""
    for id in order {
      guard let entry = entries[id] else { continue }
      entries[id]?.isRewritten = entry.isOpen
      var line = "{\"id\":\"\(id)\",\"digest\":\"\(entry.digest)\",\"wall\":\(entry.wall)"
      if let place = entry.place {
        line += ",\"connector\":\"\(place.connector)\",\"order\":\"\(place.order)\",\"sent\":\"\(place.sent)\""
      }
      text += line + "}\n"
    }
    let bytes = Array(text.utf8)
    guard bytes.isEmpty || write(made, bytes, bytes.count) == bytes.count, fsync(made) == 0, rename(next, file) == 0
    else {
      let reason = String(cString: strerror(errno))
      cnet_close(made)
      throw .file(file, reason)
    }
    lines.replace(by: made)
  }
}
