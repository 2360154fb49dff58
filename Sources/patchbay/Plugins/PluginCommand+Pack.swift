import CHost
import Catalog
import Minisign
import PluginStore
import PrintableText
import Runtime
import Vault

#if canImport(Glibc)
  import Glibc
#endif

extension PluginCommand {
  private static let key = CommandSyntax.Option(
    name: "key", value: "FILE", help: "the secret key, of minisign -G or patchbay plugin keygen")
  private static let passwordFile = CommandSyntax.Option(
    name: "password-file", value: "FILE", help: "its first line is the secret key's password")

  static let packSyntax = CommandSyntax(
    usage: "patchbay plugin pack FOLDER [options]",
    summary: """
      Makes one file of a connector's folder: manifest.json, its signature where there is one, and the library for one \
      or two platforms (beside the manifest, in linux-x86_64 and linux-aarch64, or named by --library). Writes the \
      libraries' hashes into manifest.json before. With --key it signs as well; else minisign -Sm manifest.json does, \
      and packing once more puts the signature into the package.
      """,
    options: [
      CommandSyntax.Option(
        name: "library", value: "PLATFORM=FILE", help: "a library that lies elsewhere, such as linux-aarch64=FILE"),
      CommandSyntax.Option(name: "output", value: "FILE", help: "the package (default: ID-VERSION.patchbay.tar)"),
      key, passwordFile,
    ],
    positionals: 1...1)

  static func pack(_ options: Arguments, _ environment: CommandEnvironment) throws -> Int32 {
    let folder = options.words[0]
    let libraries = try (options.values["library"] ?? []).map(library)
    let key = try options["key"].map { try secretKey($0, options, environment) }
    if try PluginPacker(folder: folder, libraries: libraries).writeHashes() {
      environment.output("wrote the hashes of its libraries into \(folder)/\(PluginSource.manifestName)\n")
      if key == nil, unlink("\(folder)/\(PluginSource.signatureName)") == 0 {
        environment.error("\(folder)/\(PluginSource.signatureName) was of another manifest, and is deleted: sign anew")
      }
    }
    if let key { _ = try PluginPacker(folder: folder, libraries: libraries).sign(with: key, time: time) }
    // Read anew: what is packed is what lies there now.
    let packer = try PluginPacker(folder: folder, libraries: libraries)
    let output = options["output"] ?? "\(packer.manifest.id)-\(packer.manifest.version).patchbay.tar"
    let isSigned = try packer.pack(to: output)
    let platforms = packer.platforms.map(\.rawValue).joined(separator: " and ")
    environment.output(
      "wrote \(output): \(packer.manifest.id) \(packer.manifest.version) for \(platforms), "
        + "\(isSigned ? "signed" : "not signed")\n")
    return 0
  }

  private static func library(_ text: String) throws -> PluginPacker.Library {
    let parts = text.split(separator: "=", maxSplits: 1)
    guard parts.count == 2, let platform = Platform(rawValue: String(parts[0])) else {
      let known = Platform.allCases.map { "\($0.rawValue)=FILE" }.joined(separator: " or ")
      throw PluginFailure("--library takes \(known), and not \"\(text)\"")
    }
    return PluginPacker.Library(platform: platform, path: String(parts[1]))
  }

  static let signSyntax = CommandSyntax(
    usage: "patchbay plugin sign FOLDER --key FILE [options]",
    summary: """
      Signs a connector's manifest.json, which names the hashes of its libraries (patchbay plugin pack writes them), \
      as minisign -Sm manifest.json does: manifest.json.minisig.
      """,
    options: [
      key, passwordFile,
      CommandSyntax.Option(
        name: "library", value: "PLATFORM=FILE", help: "a library that lies elsewhere, such as linux-aarch64=FILE"),
    ],
    positionals: 1...1)

  static func sign(_ options: Arguments, _ environment: CommandEnvironment) throws -> Int32 {
    guard let file = options["key"] else {
      environment.error("--key is needed: a secret key, of minisign -G or patchbay plugin keygen")
      return 64
    }
    let packer = try PluginPacker(
      folder: options.words[0], libraries: try (options.values["library"] ?? []).map(library))
    let signature = try packer.sign(with: try secretKey(file, options, environment), time: time)
    environment.output("signed \(options.words[0])/\(PluginSource.manifestName) with the key \(signature.key)\n")
    return 0
  }

  static let keygenSyntax = CommandSyntax(
    usage: "patchbay plugin keygen FILE [options]",
    summary: """
      Makes a key pair as minisign -G does: FILE, which is secret, and FILE.pub, which is published. The password \
      comes from --password-file or the terminal.
      """,
    options: [
      CommandSyntax.Option(name: "no-password", value: nil, help: "whoever reads the file has the key"), passwordFile,
    ],
    positionals: 1...1)

  static func keygen(_ options: Arguments, _ environment: CommandEnvironment) throws -> Int32 {
    _ = ProcessGuard.close()
    let path = options.words[0]
    guard access(path, F_OK) != 0, access("\(path).pub", F_OK) != 0 else {
      throw PluginFailure("\(path) or \(path).pub is there already", "name another file")
    }
    var password: [UInt8]?
    defer { if var own = password { SecretInput.wipe(&own) } }
    if !options.flags.contains("no-password") {
      password = try environment.signingPassword(options["password-file"], of: path, isNew: true)
    }
    let secret = try SecretKey.make()
    try ReplacedFile.write(try secret.file(password: password), to: path, mode: 0o600, isNew: true)
    try ReplacedFile.write(secret.publicKey.file, to: "\(path).pub", isNew: true)
    environment.output("wrote \(path), which is secret, and \(path).pub\nthe public key: \(secret.publicKey)\n")
    return 0
  }

  private static var time: Int64 { SystemClock().now().wall / 1_000_000_000 }

  private static func secretKey(
    _ path: String, _ options: Arguments, _ environment: CommandEnvironment
  ) throws -> SecretKey {
    _ = ProcessGuard.close()
    let text = try SmallFile.text(path, atMost: SecretKey.maximumBytes)
    do {
      return try SecretKey(file: text) {
        try environment.signingPassword(options["password-file"], of: path, isNew: false)
      }
    } catch let fault as MinisignFault {
      throw PluginFailure("\(path): \(fault)")
    }
  }
}

/// Files that are read whole.
enum SmallFile {
  static func text(_ path: String, atMost limit: Int) throws -> String {
    var count = 0
    var error: Int32 = 0
    guard let memory = chost_read(path, limit, &count, &error) else {
      let odd = "no regular file, or larger than \(limit) bytes"
      throw PluginFailure("\(path): " + (error == 0 ? odd : String(cString: strerror(error))))
    }
    defer { free(memory) }
    return String(decoding: UnsafeRawBufferPointer(start: memory, count: count), as: UTF8.self)
  }
}

extension CommandEnvironment {
  /// The password of a secret key. That of the key store is another one, and not asked for here.
  fileprivate func signingPassword(_ file: String?, of path: String, isNew: Bool) throws -> [UInt8] {
    if let file { return try SecretInput.line(SecretInput.file(file)).withBytes { Array($0) } }
    guard let typed = ask("Password of \(path): ", true) else {
      throw PluginFailure("no password: there is no terminal; use --password-file")
    }
    if isNew {
      guard !typed.isEmpty else { throw PluginFailure("an empty password is none", "--no-password says so") }
      guard ask("The same again: ", true) == typed else { throw PluginFailure("the two passwords differ") }
    }
    return typed
  }
}
