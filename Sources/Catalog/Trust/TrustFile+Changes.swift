import Minisign

/// What `patchbay plugin trust` changes.
extension TrustFile {
  /// Trusts a key for an id, up to and with a day. A key that is known already is given one more id, and that day.
  /// - Parameter name: what people call it; nil = the id and the key's own.
  public mutating func trust(_ key: PublicKey, named name: String?, for id: String, until: String) throws(Problem) {
    try Self.check(id)
    guard NameForm.isDay(until) else {
      throw Problem(.value, file: "--until", message: "\"\(until)\" is no day such as 2027-12-31")
    }
    if let place = keys.firstIndex(where: { $0.key == key }) {
      keys[place].until = until
      if !keys[place].connectors.contains(id) { keys[place].connectors.append(id) }
      if let name { keys[place].name = name }
      return
    }
    let name = name ?? "\(id)-\(key.id.description.lowercased())"
    guard NameForm.isKeyName(name) else {
      throw Problem(.value, file: "--name", message: "\"\(name)\" is no name of a key, such as example-2026")
    }
    guard !keys.contains(where: { $0.name == name }) else {
      throw Problem(.conflict, file: "--name", message: "another key is named \"\(name)\"")
    }
    keys.append(TrustedKey(name: name, key: key, until: until, connectors: [id], source: .file))
  }

  /// Trusts bytes by their hash.
  public mutating func trust(sha256: String, for id: String) throws(Problem) {
    try Self.check(id)
    guard NameForm.isSHA256(sha256) else {
      throw Problem(
        .value, file: "sha256:\(sha256)", message: "a SHA-256 has 64 hexadecimal digits in lower case",
        remedy: "patchbay plugin verify prints it")
    }
    let new = TrustedHash(connector: id, sha256: sha256)
    if !hashes.contains(new) { hashes.append(new) }
  }

  /// Trusts no longer: one key (by its base64 or name) or hash of an id, or without `what` all of them.
  /// - Returns: what was taken out, in words.
  public mutating func distrust(_ id: String, _ what: String?) -> [String] {
    var gone: [String] = []
    let isMeant = { (names: [String]) in what.map(names.contains) ?? true }
    for place in keys.indices.reversed()
    where keys[place].connectors.contains(id) && isMeant([keys[place].name, "\(keys[place].key)"]) {
      gone.append("the key \(keys[place].name)")
      keys[place].connectors.removeAll { $0 == id }
      if keys[place].connectors.isEmpty { keys.remove(at: place) }
    }
    for hash in hashes where hash.connector == id && isMeant([hash.sha256, "sha256:\(hash.sha256)"]) {
      gone.append("the hash \(hash.sha256)")
    }
    hashes.removeAll { $0.connector == id && isMeant([$0.sha256, "sha256:\($0.sha256)"]) }
    return gone
  }

  private static func check(_ id: String) throws(Problem) {
    guard NameForm.isIdentifier(id) else {
      throw Problem(
        .value, file: "trust.json", message: "\"\(id)\" is not an id (a-z, 0-9 and _, a letter first, at most 48)",
        remedy: "It stands in the connector's manifest.json")
    }
  }
}

extension CalendarDay {
  /// The same day a year later; 28 February after 29 February.
  public static func yearLater(_ day: String) -> String {
    let parts = day.split(separator: "-")
    guard parts.count == 3, let year = Int(parts[0]) else { return day }
    let isLeap = parts[1] == "02" && parts[2] == "29"
    return "\(year + 1)-\(parts[1])-\(isLeap ? "28" : parts[2])"
  }
}
