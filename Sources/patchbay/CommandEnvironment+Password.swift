import Vault

extension CommandEnvironment {
  /// The password of a key store: the first line of a file, else what `PATCHBAY_PASSWORD` held, else asked for.
  /// - Parameters:
  ///   - path: the store, for the question.
  ///   - isNew: there is no store yet: what is typed is asked for twice.
  func password(file: String?, of path: String, isNew: Bool) throws -> SecretBytes {
    let password: SecretBytes
    if let file {
      password = try SecretInput.line(SecretInput.file(file))
    } else if let given = self.password?.take() {
      password = given
    } else {
      guard var typed = ask("Password of \(path): ", true) else {
        throw KeysCommand.Failure("no password: there is no terminal; use --password-file or PATCHBAY_PASSWORD")
      }
      defer { SecretInput.wipe(&typed) }
      if isNew {
        var again = ask("The same again: ", true) ?? []
        defer { SecretInput.wipe(&again) }
        guard again == typed else { throw KeysCommand.Failure("the two passwords differ; nothing was written") }
      }
      password = try SecretInput.keep(typed)
    }
    guard password.count > 0 else { throw KeyStoreFault.emptyPassword }
    return password
  }
}
