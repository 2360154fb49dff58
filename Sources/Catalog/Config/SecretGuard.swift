import JSONTree

/// Keeps secrets out of configs, which are made to be shared: they belong in the vault, under an account's name.
enum SecretGuard {
  private static let words = [
    "secret", "password", "passwd", "passphrase", "privatekey", "apikey", "accesskey", "signingkey", "mnemonic",
    "seedphrase", "credential",
  ]
  private static let endings = [
    "authtoken", "accesstoken", "apitoken", "bearertoken", "refreshtoken", "sessiontoken", "jwt", "pwd",
  ]

  /// Reports every field of the tree whose name or value looks like a secret.
  static func inspect(_ reader: FieldReader) {
    if let text = reader.value.string, text.contains("-----BEGIN") || hasUserInfo(text) {
      report(reader, at: reader.value.position, "this value looks like a secret")
    }
    if reader.value.array != nil { reader.elements().forEach(inspect) }
    guard let members = reader.value.object else { return }
    for (member, child) in zip(members, reader.members()) {
      if looksSecret(member.key), !member.value.isNull {
        report(child.reader, at: member.keyPosition, "this field looks like a secret")
      } else {
        inspect(child.reader)
      }
    }
  }

  static func looksSecret(_ key: String) -> Bool {
    let folded = key.lowercased().filter { $0 != "_" && $0 != "-" }
    return words.contains { folded.contains($0) } || endings.contains { folded.hasSuffix($0) }
  }

  /// `scheme://user:password@host`.
  private static func hasUserInfo(_ text: String) -> Bool {
    guard let scheme = text.firstRange(of: "://") else { return false }
    let authority = text[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    return authority.contains("@")
  }

  private static func report(_ reader: FieldReader, at position: JSONPosition, _ message: String) {
    reader.report(
      .secret, message,
      remedy: "Secrets are never in a config: name an account here and give its keys to the vault", at: position)
  }
}
