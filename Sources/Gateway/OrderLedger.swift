import CNet
import Decimals
import Glibc
import JSONTree

/// Which orders the ids of programs stand for, kept in a file beside the journal: an id is on disk before its order is
/// placed, so that the same request never makes a second order, whatever dies meanwhile. On the gateway's thread.
struct OrderLedger {
  struct Entry {
    /// Of the request's body; empty = it is not known.
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
  /// The same by what the exchange was given; spot and perpetuals of an exchange share no such ids, exchanges may.
  private var sentNames: [String: [String]] = [:]
  /// Oldest first; those that were freed may still stand in it.
  private var order: [String] = []
  private let file: String
  let lines = LedgerFile()
  /// Ids that are older than the newest by so much when a host starts are forgotten, and so many are kept. Not by the
  /// clock alone: one that is ahead would free ids whose orders may be open.
  private static let kept: Int64 = 7 * 24 * 3600 * 1_000_000_000
  private let most: Int
  static let longestFile = 256 << 20

  /// Lines of the file that are no whole records. While there are any, no new id is taken: it may stand in one of them.
  private(set) var damage: [LedgerDamage] = []

  private let syncFolder: @Sendable (String) -> Bool
  /// The file was written anew, and its name may not be on disk: after a crash of the machine the older one could be
  /// there again. While it is so, no new id is taken.
  private var isNameLoose = false

  /// Reads what earlier runs kept. Damage is kept in the file as it is.
  /// - Parameters:
  ///   - isExpected: an earlier run had ids in it: a file that is gone is damage.
  ///   - most: ids that are kept.
  ///   - syncFolder: puts the names in a file's folder on disk.
  init(
    file: String, wall: Int64, isExpected: Bool = false, most: Int = 200_000,
    syncFolder: @escaping @Sendable (String) -> Bool = { OrderLedger.syncFolder(of: $0) }
  ) throws(GatewayFault) {
    (self.file, self.most, self.syncFolder) = (file, most, syncFolder)
    if isExpected, Self.isMissing(file) {
      damage.append(LedgerDamage(file: file, line: 0, id: nil))
      return
    }
    let bytes = try Self.read(file)
    var (rest, number) = (bytes[...], 0)
    while !rest.isEmpty {
      number += 1
      let end = rest.firstIndex(of: 0x0a)
      take(rest[..<(end ?? rest.endIndex)], number, isLast: end == nil, wall)
      rest = rest[(end.map { $0 + 1 } ?? rest.endIndex)...]
    }
    let newest = min(wall, entries.values.lazy.map(\.wall).max() ?? wall)
    let old = entries.filter { $0.value.wall < newest.subtractingSaturated(Self.kept) }.map(\.key)
    for id in old { remove(id) }
    if damage.allSatisfy({ $0.id != nil }) { try rewrite() } else { try reopen(after: bytes.last) }
  }

  private mutating func take(_ line: ArraySlice<UInt8>, _ number: Int, isLast: Bool, _ wall: Int64) {
    if line.isEmpty { return }
    if let record = LedgerRecord(line) { return take(record, wall) }
    let id = isLast ? LedgerRecord.readableID(line) : nil
    damage.append(LedgerDamage(file: file, line: number, id: id))
    if let id { keep(id, wall) }
  }

  /// Keeps an id whose body is not known. No body has this digest.
  private mutating func keep(_ id: String, _ wall: Int64) {
    guard entries[id] == nil else { return }
    entries[id] = Entry(digest: "", wall: wall, isOpen: false)
    order.append(id)
  }

  private mutating func take(_ record: LedgerRecord, _ wall: Int64) {
    if let (digest, wall) = record.begun {
      entries[record.id] = Entry(digest: digest, wall: wall, isOpen: false)
      order.append(record.id)
    }
    if let place = record.place {
      keep(record.id, wall)
      note(record.id, place)
    }
    if record.isFree { remove(record.id) }
  }

  subscript(id: String) -> Entry? { entries[id] }

  var isEmpty: Bool { entries.isEmpty }

  /// The id of an order that a program placed.
  func name(connector: String, order: String) -> String? { names["\(connector)/\(order)"] }

  /// The ids of programs whose orders were given to an exchange by this id, with their connectors.
  func names(sent: String) -> [(id: String, connector: String)] {
    (sentNames[sent] ?? []).compactMap { id in entries[id]?.place.map { (id, $0.connector) } }
  }

  // MARK: Changing

  /// An id is to stand for an order that is about to be placed, once `sync` has put it on disk.
  mutating func begin(_ id: String, digest: String, wall: Int64) throws(APIError) {
    if let damaged = damage.first(where: { $0.id == nil }) {
      throw APIError(
        "outcome_unknown",
        damaged.line == 0
          ? "\(id) may have stood in \(file), which is gone: nothing was sent"
          : "\(id) may stand in a damaged line of \(file) (line \(damaged.line)): nothing was sent",
        field: "client_order_id", remedy: LedgerDamage.remedy)
    }
    if entries.count >= most { try forgetOldest() }
    guard holdsName() else { throw diskFault }
    guard lines.append(JSONValue(.object(Self.begun(id, digest: digest, wall: wall)))) else { throw diskFault }
    entries[id] = Entry(digest: digest, wall: wall, isOpen: true)
    order.append(id)
  }

  /// Waits until every id that was begun is on disk.
  mutating func sync() throws(APIError) {
    guard holdsName(), lines.sync() else { throw diskFault }
  }

  /// Whether the file's name is on disk; tries again where it was not.
  private mutating func holdsName() -> Bool {
    if isNameLoose { isNameLoose = !syncFolder(file) }
    return !isNameLoose
  }

  private var diskFault: APIError {
    APIError("disk", "\(file): \(String(cString: strerror(errno))); nothing was sent")
  }

  private static func begun(_ id: String, digest: String, wall: Int64) -> [JSONMember] {
    [
      JSONMember("id", JSONValue(.string(id))), JSONMember("digest", JSONValue(.string(digest))),
      JSONMember("wall", JSONValue(.number("\(wall)"))),
    ]
  }

  private static func placed(_ place: Place) -> [JSONMember] {
    [
      JSONMember("connector", JSONValue(.string(place.connector))),
      JSONMember("order", JSONValue(.string("\(place.order)"))), JSONMember("sent", JSONValue(.string(place.sent))),
    ]
  }

  /// What a lane writes before an order can leave it, so that the id finds the order whatever dies.
  static func line(_ id: String, _ place: Place) -> JSONValue {
    JSONValue(.object([JSONMember("id", JSONValue(.string(id)))] + placed(place)))
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
    if sentNames[place.sent]?.contains(id) != true { sentNames[place.sent, default: []].append(id) }
  }

  private mutating func remove(_ id: String) {
    guard let gone = entries.removeValue(forKey: id) else { return }
    guard let place = gone.place else { return }
    names["\(place.connector)/\(place.order)"] = nil
    sentNames[place.sent]?.removeAll { $0 == id }
    if sentNames[place.sent]?.isEmpty == true { sentNames[place.sent] = nil }
  }

  private mutating func forgetOldest() throws(APIError) {
    for id in order.prefix(most / 10) where entries[id]?.isOpen == false { remove(id) }
    order = order.filter { entries[$0] != nil }
    // Damage stays where it is.
    guard damage.allSatisfy({ $0.id != nil }) else { return }
    do throws(GatewayFault) { try rewrite() } catch { throw APIError("disk", "\(error); nothing was sent") }
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
      var members = Self.begun(id, digest: entry.digest, wall: entry.wall)
      if let place = entry.place { members += Self.placed(place) }
      text += LedgerRecord.sealed(JSONValue(.object(members)))
    }
    let bytes = Array(text.utf8)
    guard bytes.isEmpty || write(made, bytes, bytes.count) == bytes.count, fsync(made) == 0, rename(next, file) == 0
    else {
      let reason = String(cString: strerror(errno))
      cnet_close(made)
      throw .file(file, reason)
    }
    // From here on the older file has no name: whatever comes next goes into the new one.
    lines.replace(by: made)
    isNameLoose = true
    guard holdsName() else { throw .file(file, String(cString: strerror(errno))) }
  }

  /// Goes on with the file as it is.
  private func reopen(after last: UInt8?) throws(GatewayFault) {
    let opened = open(file, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW)
    guard opened >= 0 else { throw .file(file, String(cString: strerror(errno))) }
    guard last == 0x0a || write(opened, "\n", 1) == 1 else {
      let reason = String(cString: strerror(errno))
      cnet_close(opened)
      throw .file(file, reason)
    }
    lines.replace(by: opened)
  }
}
