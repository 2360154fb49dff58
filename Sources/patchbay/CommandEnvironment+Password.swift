import Vault

extension CommandEnvironment {
  /// The password of a key store: the first line of a file, else `PATCHBAY_PASSWORD`, else asked for.
  /// - Parameters:
  ///   - path: the store, for the question.
  ///   - isNew: there is no store yet: what is typed is asked for twice.
  func password(file: String?, of path: String, isNew: Bool) throws -> SecretBytes {
    var bytes: [UInt8]
    if let file {
      bytes = try SecretInput.file(file)
      let line = bytes.firstIndex { $0 == 10 || $0 == 13 } ?? bytes.count
      bytes.removeLast(bytes.count - line)
    } else if let text = variables["PATCHBAY_PASSWORD"] {
      bytes = Array(text.utf8)
    } else {
      guard let typed = ask("Password of \(path): ", true) else {
        throw KeysCommand.Failure("no password: there is no terminal; use --password-file or PATCHBAY_PASSWORD")
      }
      if isNew, ask("The same again: ", true) != typed {
        throw KeysCommand.Failure("the two passwords differ; nothing was written")
      }
      bytes = typed
    }
    defer { SecretInput.wipe(&bytes) }
    guard !bytes.isEmpty else { throw KeyStoreFault.emptyPassword }
    return try SecretInput.keep(bytes)
  }
}
