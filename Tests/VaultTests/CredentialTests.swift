import CPatchbay
import Catalog
import Testing

@testable import Catalog
@testable import Vault

/// Credentials against what their manifest declares.
struct CredentialTests {
  private func check(_ value: String, _ encodings: [CredentialEncoding], _ length: ClosedRange<Int> = 4...8) throws {
    let form = CredentialForm(encodings: encodings, length: length)
    let field = CredentialField(
      name: "secret_key", prompt: "", secret: true, required: true, disclose: false, form: form)
    let fields = ["secret_key": StoredField(try secret(value), form: KeyForm.guess(Array(value.utf8)))]
    _ = try LoadedAccount(StoredAccount(exchange: "kraken", name: "main", fields: fields), schema: [field])
  }

  @Test(arguments: [
    ("abcd", CredentialEncoding.text), ("0aFF", .hex), ("0x0a", .hex), ("YWJj", .base64), ("YWI=", .base64),
    ("12345678", .integer),
  ]) func whatIsDeclaredIsTaken(value: String, encoding: CredentialEncoding) throws {
    try check(value, [encoding, .pem])
  }

  /// Who adds a key that the exchange wants as a number of the curve need not say so, and no text passes for it.
  @Test(arguments: ["", "0x"]) func aKeyInDigitsIsKnownByWhatIsDeclared(prefix: String) throws {
    let (form, digits) = (CredentialForm(encodings: [.secp256k1]), prefix + String(repeating: "2a", count: 32))
    let field = CredentialField(
      name: "session_key", prompt: "", secret: true, required: true, disclose: false, form: form)
    func load(_ keyForm: KeyForm) throws -> LoadedAccount {
      let fields = ["session_key": StoredField(try secret(digits), form: keyForm)]
      return try LoadedAccount(StoredAccount(exchange: "derive", name: "main", fields: fields), schema: [field])
    }
    #expect(try load(KeyForm.guess(digits.utf8, declared: form)).algorithm == PB_ALGORITHM_SECP256K1)
    let fault = #expect(throws: KeyStoreFault.self) { _ = try load(KeyForm.guess(digits.utf8)) }
    #expect(fault?.description.contains("no private key") == true)
  }

  @Test(arguments: [
    ("abc", CredentialEncoding.text, "too short"), ("abcdefghi", .text, "too long"), ("ab\ncd", .text, "printable"),
    ("abcdé", .text, "printable"), ("0aF", .hex, "too short"), ("0aFF1", .hex, "hexadecimal"), ("xyzw", .hex, "hex"),
    ("YWJjY", .base64, "base64"), ("YW!j", .base64, "base64"), ("12-45", .integer, "digits"),
    ("abcd", .pem, "no private key"),
  ]) func whatIsNotIsRefusedWithoutBeingShown(value: String, encoding: CredentialEncoding, words: String) throws {
    let fault = #expect(throws: KeyStoreFault.self) { try check(value, [encoding]) }
    let text = try #require(fault).description
    #expect(text.contains("secret_key") && text.contains(words) && !text.contains(value), "\(text)")
  }
}
