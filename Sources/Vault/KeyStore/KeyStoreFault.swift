/// Why a key store could not be used. No case carries a secret.
public enum KeyStoreFault: Error, Equatable, Sendable {
  /// There is no such file.
  case missing(path: String)
  /// The file cannot be read; the system's reason.
  case unreadable(path: String, reason: String)
  /// The file cannot be written; the system's reason. The old one is as it was.
  case unwritable(path: String, reason: String)
  /// Other users of the machine may read or write the file.
  case openToOthers(path: String)
  /// Another process is changing the file.
  case busy(path: String)
  /// The file is not a key store, or bytes of it are lost.
  case damaged(path: String, reason: String)
  /// The file was written by a newer host.
  case version(path: String, version: Int)
  /// The password does not open the file.
  case wrongPassword(path: String)
  /// A password is empty.
  case emptyPassword
  /// A name that an account cannot have.
  case name(String)
  /// There is no such account; the names that the exchange has.
  case unknownAccount(exchange: String, name: String, known: [String])
  /// The account exists already.
  case accountExists(exchange: String, name: String)
  /// A credential field that the exchange requires is not there.
  case missingField(exchange: String, field: String)
  /// A credential field that the exchange does not have; the ones it has.
  case unknownField(exchange: String, field: String, known: [String])
  /// A field's value is not of the form that it is said to be in.
  case malformedKey(field: String, form: KeyForm, reason: String)
  /// A field's value is not what the manifest declares; what is wrong with it, without the value.
  case undeclaredForm(field: String, reason: String)
  /// The crypto library or the memory failed; the step's name.
  case crypto(step: String)
}

extension KeyStoreFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let path): "\(path): there is no key store; make one with \"patchbay keys add EXCHANGE\""
    case .unreadable(let path, let reason): "\(path): cannot be read (\(reason)); check its permissions"
    case .unwritable(let path, let reason):
      "\(path): cannot be written (\(reason)); nothing was changed, check the folder and its space"
    case .openToOthers(let path): "\(path): other users may read or write it; run: chmod 600 \(path)"
    case .busy(let path): "\(path): another process is changing it; try again when that is done"
    case .damaged(let path, let reason): "\(path): damaged (\(reason)); restore it from a backup or add the keys again"
    case .version(let path, let version): "\(path): version \(version) is newer than this host; use a newer host"
    case .wrongPassword(let path): "\(path): the password is wrong, or the file was changed by someone else"
    case .emptyPassword: "the password is empty; choose one"
    case .name(let name): "\"\(name)\" is no name for an account; use 1 to 48 of a-z, 0-9, - and _"
    case .unknownAccount(let exchange, let name, let known):
      "\(exchange) has no account \"\(name)\"; "
        + (known.isEmpty ? "add it with \"patchbay keys add \(exchange)\"" : "it has \(known.joined(separator: ", "))")
    case .accountExists(let exchange, let name):
      "\(exchange) has an account \"\(name)\" already; remove it first, or choose another name with --account"
    case .missingField(let exchange, let field):
      "\(exchange) needs the field \"\(field)\"; give it with --field \(field)=@FILE"
    case .unknownField(let exchange, let field, let known):
      "\(exchange) has no credential field \"\(field)\"; it has \(known.joined(separator: ", "))"
    case .malformedKey(let field, let form, let reason): "\(field): this is not \(form.title): \(reason)"
    case .undeclaredForm(let field, let reason): "\(field): \(reason); copy it again from where the exchange shows it"
    case .crypto(let step): "\(step) failed; the crypto library or the memory of this machine did not do it"
    }
  }
}
