import CHost
import Catalog
import JSONTree
import Vault

#if canImport(Glibc)
  import Glibc
#endif

/// Reading secrets from files and pipes.
enum SecretInput {
  /// A key file is small; more is a mistake.
  static let maximumBytes = 1 << 16

  /// The whole of a file or pipe; `-` is standard input.
  static func file(_ path: String) throws -> SecretBytes {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw KeysCommand.Failure("\(path): \(String(cString: strerror(errno)))") }
    defer { if path != "-" { close(descriptor) } }
    var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
    defer { wipe(&bytes) }
    var used = 0
    while used < bytes.count {
      let got = bytes[used...].withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw KeysCommand.Failure("\(path): \(String(cString: strerror(errno)))") }
      if got == 0 { return try keep(bytes[..<used]) }
      used += got
    }
    throw KeysCommand.Failure("\(path): more than \(maximumBytes) bytes are no key")
  }

  static func keep(_ bytes: some Collection<UInt8>) throws -> SecretBytes {
    guard let secret = SecretBytes(bytes) else { throw KeyStoreFault.crypto(step: "allocating memory for a secret") }
    return secret
  }

  /// The first line, without its end.
  static func line(_ text: SecretBytes) throws -> SecretBytes {
    try text.withBytes { try keep($0.prefix { $0 != 10 && $0 != 13 }) }
  }

  static func wipe(_ bytes: inout [UInt8]) { bytes.withUnsafeMutableBytes { chost_wipe($0.baseAddress, $0.count) } }
}

/// The fields of a new account: from `--field`, `--from-file`, or asked for.
struct FieldInput {
  private let arguments: Arguments
  private let environment: CommandEnvironment

  init(_ arguments: Arguments, _ environment: CommandEnvironment) {
    self.arguments = arguments
    self.environment = environment
  }

  func fields(_ schema: [CredentialField]) throws -> [String: StoredField] {
    var values = try fromFile()
    for (name, text) in try pairs("field") {
      let isSecret = schema.first { $0.name == name }?.secret ?? true
      values[name] = try value(text, of: name, isSecret: isSecret)
    }
    let forms = try forms()
    let isAsking = values.isEmpty
    var fields: [String: StoredField] = [:]
    for field in schema where values[field.name] == nil && isAsking {
      let hint = field.required ? "" : " (optional)"
      guard var typed = environment.ask("\(field.prompt)\(hint): ", field.secret) else {
        throw KeysCommand.Failure("there is no terminal to ask for \(field.name); use --field \(field.name)=@FILE")
      }
      defer { SecretInput.wipe(&typed) }
      if !typed.isEmpty { values[field.name] = try SecretInput.keep(typed) }
    }
    for name in forms.keys.sorted() where values[name] == nil {
      throw KeysCommand.Failure("--form \(name): no value was given for this field")
    }
    for (name, value) in values {
      fields[name] = try value.withBytes { bytes in
        let declared = schema.first { $0.name == name }?.form ?? .undeclared
        let form = forms[name] ?? KeyForm.guess(bytes, declared: declared)
        // Editors end files with a line's end; raw bytes of a key may be such a byte.
        var count = bytes.count
        while form != .ed25519Raw, count > 0, bytes[count - 1] == 10 || bytes[count - 1] == 13 { count -= 1 }
        return StoredField(try SecretInput.keep(bytes.prefix(count)), form: form)
      }
    }
    return fields
  }

  private func value(_ text: String, of name: String, isSecret: Bool) throws -> SecretBytes {
    if text == "-" { return try SecretInput.file("-") }
    if text.hasPrefix("@") { return try SecretInput.file(String(text.dropFirst())) }
    // Every user of the machine can read a command line.
    guard !isSecret else {
      throw KeysCommand.Failure("\(name) is a secret and must not stand on the command line; use --field \(name)=@FILE")
    }
    return try SecretInput.keep(text.utf8)
  }

  private func fromFile() throws -> [String: SecretBytes] {
    guard let path = arguments["from-file"] else { return [:] }
    var bytes = try SecretInput.file(path).copy()
    defer { SecretInput.wipe(&bytes) }
    let tree: JSONValue
    do throws(JSONError) {
      tree = try JSONDocument.parse(bytes: bytes, file: path)
    } catch {
      // The parser's message could quote the text.
      throw KeysCommand.Failure("\(path): this is no JSON object of texts (line \(error.position.line))")
    }
    var values: [String: SecretBytes] = [:]
    for member in tree.object ?? [] {
      values[member.key] = try member.value.string.map { try SecretInput.keep($0.utf8) }
    }
    guard let members = tree.object, members.count == values.count else {
      throw KeysCommand.Failure("\(path): this is no JSON object of texts")
    }
    return values
  }

  private func forms() throws -> [String: KeyForm] {
    var forms: [String: KeyForm] = [:]
    for (name, text) in try pairs("form") {
      guard let form = KeyForm(rawValue: text) else {
        throw KeysCommand.Failure(
          "--form \(name): there is no form \"\(text)\". "
            + NearestName.remedy(text, among: KeyForm.allCases.map(\.rawValue)))
      }
      forms[name] = form
    }
    return forms
  }

  private func pairs(_ option: String) throws -> [(String, String)] {
    try (arguments.values[option] ?? []).map { text in
      let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2, !sides[0].isEmpty else { throw KeysCommand.Failure("--\(option) needs NAME=VALUE") }
      return (String(sides[0]), String(sides[1]))
    }
  }
}
