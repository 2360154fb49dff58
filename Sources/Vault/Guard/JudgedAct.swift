import Catalog

/// An act of a manifest with everything that judging a request needs, laid out once: one look-up by name, and no copies
/// of the manifest's texts on the way of an order.
final class JudgedAct: Sendable {
  let act: PermittedAct
  /// How its frames look; nil for requests, and for a text that names no operation.
  let operation: SocketOperation?
  let places: SealedPlaces
  /// Nil for acts that do not trade.
  let bound: BoundAct?
  let captures: [CaptureRule]
  /// What its requests may sign as chains do; none = anything.
  let signs: [SigningForm]
  /// Where it signs transactions: which. They alone say what it does.
  let transactions: [TransactionForm]
  let kind: PermittedAct.Class
  /// Nil for operations of sockets.
  let method: PermittedAct.Method?
  let path: String
  /// The acts that frames on a stream of this act may be.
  let listed: Set<String>
  let headers: Set<String>
  /// What its requests must have; its name in lower case.
  let neededHeader: (name: [UInt8], value: [UInt8])?
  /// Its manifest alone says what it does.
  let isUnbound: Bool
  /// It may hand a transaction's id back.
  let publishesID: Bool
  /// Its own of the guard's acts.
  let number: Int

  var name: String { act.name }

  /// - Parameters:
  ///   - trade: its place among the manifest's trade acts.
  ///   - slots: a bit for each slot that a capture of the manifest lets this act use.
  init(_ act: PermittedAct, number: Int, trade: Int, slots: UInt64) {
    (self.act, self.number, kind) = (act, number, act.kind)
    switch act.target {
    case .http(let method, let path): (self.method, self.path, operation) = (method, path, nil)
    case .operation(let text):
      (method, path, operation) = (nil, "", SocketOperation(text, hasTexts: act.kind != .public))
    }
    places = SealedPlaces(act, slots: slots)
    bound = BoundAct(act, number: trade)
    signs = act.signs.compactMap { SigningForm($0) }
    transactions = act.signs.compactMap { TransactionForm($0) }
    captures = act.captures.map { CaptureRule(path: $0.pointer, slot: $0.slot, alphabet: $0.alphabet) }
    listed = Set(act.rules.operations)
    headers = Set(act.rules.headers)
    neededHeader = act.rules.neededHeader.map { (Array($0.name.utf8), Array($0.value.utf8)) }
    isUnbound = !act.unbound.isEmpty
    publishesID = act.publishesTransactionID
  }

  /// The acts of a manifest by name; of two with one name the first.
  static func all(of manifest: Manifest) -> [String: JudgedAct] {
    let captures = manifest.acts.flatMap(\.captures)
    var acts: [String: JudgedAct] = [:]
    var trade = 0
    for (number, act) in manifest.acts.enumerated() {
      let slots = captures.filter { $0.uses.contains(act.name) }.reduce(UInt64(0)) { $0 | 1 << UInt64($1.slot - 1) }
      if acts[act.name] == nil { acts[act.name] = JudgedAct(act, number: number, trade: trade, slots: slots) }
      if act.kind == .trade { trade += 1 }
    }
    return acts
  }
}

/// What of an act's requests is the same each time, as it was last found permitted: the URL up to its query, and the
/// names of its headers. The same bytes are not taken apart again. Holds no value and no query.
struct KnownRequests {
  private struct Known {
    var isOpen = false
    var url: [UInt8] = []
    var split: SendURL.Split?
    var headers: [UInt8] = []
  }

  /// Longest URL and header names kept.
  private static let limit = 512
  private var known: [Known]

  init(count: Int) { known = Array(repeating: Known(), count: count) }

  /// Where the parts of the URL are, if this act's last permitted one was the same up to its query.
  func split(of url: [UInt8], isOpen: Bool, _ act: JudgedAct) -> SendURL.Split? {
    let count = known[act.number].url.count
    guard known[act.number].isOpen == isOpen, let split = known[act.number].split, url.count >= count,
      url.count == count || url[count] == UInt8(ascii: "?"), Self.isSame(url, known[act.number].url, count)
    else { return nil }
    return split
  }

  mutating func permitted(_ url: SendURL, isOpen: Bool, _ act: JudgedAct) {
    guard url.split.query <= Self.limit else { return }
    known[act.number].isOpen = isOpen
    known[act.number].url = Array(url.bytes[..<url.split.query])
    known[act.number].split = url.split
  }

  /// Whether this act's last permitted request had headers of the same names.
  func hasSameHeaders(_ wish: Wish, _ act: JudgedAct) -> Bool {
    known[act.number].headers.withUnsafeBytes { names in
      var place = 0
      for header in wish.record.headers(wish.headers) {
        let name = wish.record.bytes(header.name)
        // Each name stands behind its length, so that two of them are not taken for one.
        guard place + 4 + name.count <= names.count,
          names.loadUnaligned(fromByteOffset: place, as: UInt32.self) == UInt32(name.count),
          UnsafeRawBufferPointer(rebasing: names[(place + 4)..<(place + 4 + name.count)]).elementsEqual(name)
        else { return false }
        place += 4 + name.count
      }
      return place == names.count
    }
  }

  mutating func permitted(headersOf wish: Wish, _ act: JudgedAct) {
    var names: [UInt8] = []
    for header in wish.record.headers(wish.headers) {
      let name = wish.record.bytes(header.name)
      withUnsafeBytes(of: UInt32(name.count)) { names.append(contentsOf: $0) }
      names.append(contentsOf: name)
    }
    if names.count <= Self.limit { known[act.number].headers = names }
  }

  private static func isSame(_ left: [UInt8], _ right: [UInt8], _ count: Int) -> Bool {
    left.withUnsafeBytes { left in right.withUnsafeBytes { right in left[..<count].elementsEqual(right[..<count]) } }
  }
}
