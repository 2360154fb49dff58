import Foundation
import Testing
import Vault

import CHost
@testable import Catalog

func writeFile(_ text: String, _ path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

func secret(_ text: String) throws -> SecretBytes { try #require(SecretBytes(Array(text.utf8))) }

struct KeyStoreTests {
  let folder: TemporaryFolder
  let path: String
  /// A password should cost; these tests need not pay it.
  static let cheap = ScryptCost(logN: 10, r: 8, p: 1)
  let schema = [
    CredentialField(name: "api_key", prompt: "", secret: false, required: true, disclose: false),
    CredentialField(name: "secret_key", prompt: "", secret: true, required: true, disclose: false),
    CredentialField(name: "passphrase", prompt: "", secret: true, required: false, disclose: true),
  ]

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/keys"
  }

  func account(_ name: String = "main", _ value: String = "s3cr3t-value", form: KeyForm = .raw) throws -> StoredAccount
  {
    StoredAccount(
      exchange: "kraken", name: name,
      fields: [
        "api_key": StoredField(try secret("public-id"), form: .raw),
        "secret_key": StoredField(try secret(value), form: form),
      ])
  }

  func store(_ password: String = "correct horse") throws -> KeyStore {
    try KeyStore.open(path: path, password: secret(password), startEmpty: true, cost: Self.cheap)
  }

  @Test func accountsComeBack() throws {
    var made = try store()
    try made.add(account(), schema: schema)
    try made.add(account("second", "another"), schema: schema)
    try made.save(password: secret("correct horse"))
    let read = try store()
    #expect(read.accounts == made.accounts && read.names("kraken") == ["main", "second"] && read.names("okx") == [])
    let loaded = try read.load("kraken", "main", schema: schema)
    #expect(loaded.publicFields.map(\.name) == ["api_key"] && loaded.algorithm == 1)
    #expect(loaded.seal.fields["secret_key"]?.bytes == Array("s3cr3t-value".utf8))
    #expect(try loaded.fingerprint == read.load("kraken", "second", schema: schema).fingerprint, "one key id, one key")
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    for bytes in try folder.contents() {
      let text = String(decoding: bytes, as: UTF8.self)
      for needle in needles(["s3cr3t-value", "correct horse", "public-id"]) { #expect(!text.contains(needle)) }
    }
  }

  @Test func changesAreSavedAsAWholeAndWithANewSalt() throws {
    var first = try store()
    try first.add(account(), schema: schema)
    try first.save(password: secret("a"))
    let before = FileManager.default.contents(atPath: path)
    try first.save(password: secret("a"))
    #expect(FileManager.default.contents(atPath: path) != before)
    // Somebody else was faster.
    var other = try store("a")
    try other.remove("kraken", "main")
    try other.save(password: secret("a"))
    #expect(throws: KeyStoreFault.busy(path: path)) { try first.save(password: secret("a")) }
    #expect(try store("a").accounts.isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["keys", "keys.lock"])
  }

  @Test func wrongPasswordAndDamageAreToldApart() throws {
    var made = try store()
    try made.add(account(), schema: schema)
    try made.save(password: secret("right"))
    #expect(throws: KeyStoreFault.wrongPassword(path: path)) { try store("wrong") }
    #expect(throws: KeyStoreFault.emptyPassword) { try store("") }
    let good = Array(try #require(FileManager.default.contents(atPath: path)))
    func open(_ bytes: [UInt8]) throws -> KeyStore {
      // Written over, so that the mode stays.
      let file = try #require(FileHandle(forWritingAtPath: path))
      try file.truncate(atOffset: 0)
      try file.write(contentsOf: Data(bytes))
      try file.close()
      return try store("right")
    }
    for index in [9, 12, 30, 55, 62, good.count - 40, good.count - 1] {
      var bytes = good
      bytes[index] ^= 1
      #expect(throws: KeyStoreFault.self) { try open(bytes) }
      // A change by someone who makes the checksum fit is found by the tag.
      let body = Array(bytes.dropLast(32))
      guard body != good.dropLast(32) else { continue }
      #expect(throws: KeyStoreFault.self) { try open(body + (Digest.sha256(body) ?? [])) }
    }
    #expect(throws: KeyStoreFault.damaged(path: path, reason: "this is no key store")) { try open([]) }
    #expect(throws: KeyStoreFault.damaged(path: path, reason: "its checksum does not fit")) {
      try open(good.dropLast(5))
    }
    var newer = good
    newer[8] = 2
    #expect(throws: KeyStoreFault.version(path: path, version: 2)) { try open(newer) }
    var costly = Array(good.dropLast(32))
    costly[12] = 63
    #expect(throws: KeyStoreFault.damaged(path: path, reason: "its scrypt parameters are out of range")) {
      try open(costly + (Digest.sha256(costly) ?? []))
    }
    #expect(try open(good).accounts.count == 1)
  }

  @Test func filesAndFoldersThatDoNotDoAreTold() throws {
    #expect(throws: KeyStoreFault.missing(path: path)) { try KeyStore.open(path: path, password: secret("a")) }
    var made = try store()
    try made.add(account(), schema: schema)
    try made.save(password: secret("a"))
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    #expect(throws: KeyStoreFault.openToOthers(path: path)) { try store("a") }
    var lost = try KeyStore.open(
      path: folder.path + "/no/keys", password: secret("a"), startEmpty: true, cost: Self.cheap)
    #expect(throws: KeyStoreFault.self) { try lost.save(password: secret("a")) }
  }

  @Test func fieldsAreCheckedAgainstTheExchange() throws {
    var made = try store()
    var lacking = try account()
    lacking.fields["secret_key"] = nil
    #expect(throws: KeyStoreFault.missingField(exchange: "kraken", field: "secret_key")) {
      try made.add(lacking, schema: schema)
    }
    var odd = try account()
    odd.fields["pin"] = StoredField(try secret("1"), form: .raw)
    #expect(throws: KeyStoreFault.unknownField(exchange: "kraken", field: "pin", known: schema.map(\.name))) {
      try made.add(odd, schema: schema)
    }
    #expect(throws: KeyStoreFault.name("a b")) { try made.add(account("a b"), schema: schema) }
    try made.add(account(), schema: schema)
    #expect(throws: KeyStoreFault.accountExists(exchange: "kraken", name: "main")) {
      try made.add(account(), schema: schema)
    }
    #expect(throws: KeyStoreFault.unknownAccount(exchange: "kraken", name: "x", known: ["main"])) {
      try made.load("kraken", "x", schema: schema)
    }
    #expect(throws: KeyStoreFault.self) { try made.remove("okx", "main") }
  }

  static let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"

  @Test(arguments: [
    (KeyForm.ed25519Hex, seed, SigningKey.Algorithm.ed25519), (.ed25519Hex, "0x" + seed, .ed25519),
    (.ed25519Base64, "TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=", .ed25519),
    // RFC 8032 section 7.1, test 2: the seed and its public key.
    (
      .ed25519Base64,
      "TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs9QBfD6EOJWpK3CqdNG368nJgszy7ElozAzVXxKvRmDA==",
      .ed25519
    ),
    (.secp256k1Hex, "0x0000000000000000000000000000000000000000000000000000000000000001", .secp256k1),
    (.mnemonic, "\(TestKeys.words) m/44'/60'/0'/0/0", .secp256k1),
  ]) func signingKeysAreRead(form: KeyForm, value: String, algorithm: SigningKey.Algorithm) throws {
    let key = try #require(try form.key(secret(value), field: "k"))
    #expect(key.algorithm == algorithm)
    let signature = try #require(key.sign([1, 2, 3]))
    #expect(key.verify(signature, of: [1, 2, 3]) && !key.verify(signature, of: [1, 2]))
  }

  /// SEC 2 version 2, section 2.4.1: the base point.
  @Test func secp256k1HasItsPublicKey() throws {
    let one = [UInt8](repeating: 0, count: 31) + [1]
    let key = try #require(SigningKey(secp256k1: one)?.publicKey(.compressed))
    #expect(
      String(decoding: Encoding.hex(key), as: UTF8.self)
        == "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
    #expect(SigningKey(secp256k1: [UInt8](repeating: 0, count: 32)) == nil)
    #expect(SigningKey(secp256k1: [UInt8](repeating: 255, count: 32)) == nil)
    #expect(SigningKey(secp256k1: [1]) == nil)
  }

  @Test(arguments: [
    (KeyForm.base64, "a b"), (.hex, "abc"), (.hex, "xy"),
    (.pem, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"),
    (.ed25519Hex, "abcd"), (.ed25519Base64, "AAAA"), (.ed25519Raw, "short"),
    (
      .ed25519Base64,
      "TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvsMZvQq8VXNwIyWxC7PLJicvH4bTacKt5JaiUPowxdAPQ=="
    ),
    (.secp256k1Hex, String(repeating: "0", count: 64)),
    (.secp256k1Hex, "zz"), (.raw, ""),
  ]) func malformedKeysAreNamedWithoutTheirValue(form: KeyForm, value: String) throws {
    let fault = #expect(throws: KeyStoreFault.self) { try form.key(secret(value), field: "secret_key") }
    guard case .malformedKey("secret_key", form, _) = fault else { throw KeyStoreFault.emptyPassword }
    if value.utf8.count > 3 { #expect(fault?.description.contains(value) == false) }
  }

  @Test func aSecretDoesNotPrintItself() throws {
    let value = try secret("s3cr3t-value")
    var shown = "\(value)\(String(reflecting: value))\(try account())"
    dump(value, to: &shown)
    dump(try account(), to: &shown)
    for needle in needles(["s3cr3t-value"]) { #expect(!shown.contains(needle)) }
    #expect(try value == secret("s3cr3t-value") && value != secret("s3cr3t-valuf") && value != secret("s"))
  }

  /// In a process of its own, since the environment belongs to all threads.
  @Test func childrenAndConnectorsDoNotFindThePassword() async {
    await #expect(processExitsWith: .success) {
      setenv("PATCHBAY_PASSWORD", "hunter2", 1)
      setenv("PATCHBAY_PASSWORD_HINT", "kept", 1)
      let script = #"test -z "$PATCHBAY_PASSWORD" && test "$PATCHBAY_PASSWORD_HINT" = kept"#
      let arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/sh"), strdup("-c"), strdup(script), nil]
      var pid: Int32 = 0
      let pipe = chost_spawn("/bin/sh", arguments, nil, &pid)
      #expect(pipe >= 0)
      var status: Int32 = -1
      waitpid(pid, &status, 0)
      #expect(status == 0)
      let place = getenv("PATCHBAY_PASSWORD")
      chost_forget_password()
      #expect(place?.pointee == 0 && getenv("PATCHBAY_PASSWORD") == nil)
    }
  }

  /// prctl's word on this process, which has opened a store.
  @Test func anOpenStoreMeansNoCoreDumps() throws {
    _ = try store()
    let limits = try String(contentsOfFile: "/proc/self/limits", encoding: .utf8)
    let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
    #expect(core.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"])
  }
}
