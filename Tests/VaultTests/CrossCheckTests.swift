import CPatchbay
import Catalog
import Foundation
import Testing
import Vault

/// Signatures of seals checked by another program: the openssl command, which knows nothing of this code.
struct CrossCheckTests {
  let folder: TemporaryFolder
  let message = "nonce=1700000000123&pair=XBTUSD&volume=1.25"

  init() throws { folder = try TemporaryFolder() }

  /// Runs openssl in the folder; its output when it ends well, else nil.
  private func openssl(_ arguments: String...) throws -> String? {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    process.currentDirectoryURL = URL(filePath: folder.path)
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return process.terminationStatus == 0 ? text : nil
  }

  private func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: URL(filePath: "\(folder.path)/\(name)"))
  }

  @Test(arguments: [("sha256", PB_OP_HMAC_SHA256), ("sha384", PB_OP_HMAC_SHA384), ("sha512", PB_OP_HMAC_SHA512)])
  func hmac(digest: String, code: Int) throws {
    let account = SealAccount(fields: ["secret_key": SealField(Array("key of the test".utf8), isSecret: true)])
    for text in [message, "", String(repeating: "x", count: 1000)] {
      // Twice: the second takes the prepared context.
      for _ in 0..<2 {
        let mac = try sealed([.push(text), .field("secret_key"), Op(code), Op(PB_OP_HEX)], account)
        try write(Array(text.utf8), "message")
        let theirs = try #require(try openssl("dgst", "-" + digest, "-hmac", "key of the test", "message"))
        #expect(theirs.trimmingCharacters(in: .newlines).hasSuffix("= " + mac))
      }
    }
  }

  /// Kraken API Center, "Authentication": the example's key and signature.
  @Test func krakensOwnExample() throws {
    let secret = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
    let field = SealField(Array(secret.utf8), isSecret: true, form: CredentialForm(encodings: [.base64]))
    let account = SealAccount(fields: ["secret_key": field])
    let body = "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"
    let sign = try sealed(
      [
        .push("/0/private/AddOrder"), .push("1616492376594" + body), Op(PB_OP_SHA256), Op(PB_OP_CONCAT, 2),
        .field("secret_key"), Op(PB_OP_UNBASE64), Op(PB_OP_HMAC_SHA512), Op(PB_OP_BASE64),
      ], account)
    #expect(sign == "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==")
  }

  @Test(arguments: [
    ("ed25519", ["genpkey", "-algorithm", "ed25519"], PB_SIGN_ED25519),
    ("rsa", ["genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048"], PB_SIGN_RSA_PKCS1_SHA256),
    ("p256", ["genpkey", "-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], PB_SIGN_P256_JOSE),
  ]) func signatures(name: String, make: [String], code: Int) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["openssl"] + make + ["-out", "\(folder.path)/key.pem"]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let pem = Array(try #require(FileManager.default.contents(atPath: folder.path + "/key.pem")))
    #expect(KeyForm.guess(pem) == .pem)
    let stored = try #require(SecretBytes(pem))
    let key = try #require(try KeyForm.pem.key(stored, field: "secret_key"))
    let account = SealAccount(fields: [:], signingKey: key)
    var signature = try value([.push(message), Op(PB_OP_SIGN, code)], account: account)
    if code == PB_SIGN_P256_JOSE { signature = try #require(der(signature)) }
    #expect(try openssl("pkey", "-in", "key.pem", "-pubout", "-out", "public.pem") != nil)
    for (text, isGood) in [(message, true), (message + "0", false)] {
      try write(Array(text.utf8), "message")
      try write(signature, "signature")
      let verdict =
        name == "ed25519"
        ? try openssl(
          "pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin", "-in", "message", "-sigfile", "signature")
        : try openssl("dgst", "-sha256", "-verify", "public.pem", "-signature", "signature", "message")
      #expect((verdict != nil) == isGood)
    }
  }

  /// r and s as ASN.1, written here anew so that the check shares nothing with the code under test.
  private func der(_ pair: [UInt8]) -> [UInt8]? {
    guard pair.count == 64 else { return nil }
    let integers = [Array(pair[..<32]), Array(pair[32...])].map { number -> [UInt8] in
      var bytes = number
      while bytes.count > 1, bytes[0] == 0, bytes[1] < 0x80 { bytes.removeFirst() }
      if bytes[0] >= 0x80 { bytes.insert(0, at: 0) }
      return [2, UInt8(bytes.count)] + bytes
    }
    let content = integers.flatMap { $0 }
    return [0x30, UInt8(content.count)] + content
  }

  private func sealed(_ ops: [Op], _ account: SealAccount) throws -> String { try text(ops, account: account) }
}
