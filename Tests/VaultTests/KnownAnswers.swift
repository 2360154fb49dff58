import CPatchbay
import Testing
import Vault

/// Published test vectors, and values computed with other tools.
struct KnownAnswers {
  struct Case: CustomTestStringConvertible, Sendable {
    let input: String
    let code: Int
    let arg: Int
    let expected: String
    let isBinary: Bool
    init(_ input: String, _ code: Int, _ expected: String, arg: Int = 0, isBinary: Bool = false) {
      (self.input, self.code, self.arg) = (input, code, arg)
      (self.expected, self.isBinary) = (expected, isBinary)
    }
    var testDescription: String { "\(code) \(input)" }
  }

  /// RFC 1321 A.5, FIPS 180 examples, the Keccak team's vector, the RIPEMD-160 paper.
  static let digests = [
    Case("abc", PB_OP_MD5, "900150983cd24fb0d6963f7d28e17f72"),
    Case("abc", PB_OP_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
    Case("abc", PB_OP_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    Case(
      "abc", PB_OP_SHA384,
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"),
    Case(
      "abc", PB_OP_SHA512,
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"),
    Case("abc", PB_OP_SHA512_HALF, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"),
    Case("", PB_OP_KECCAK256, "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
    Case("abc", PB_OP_KECCAK256, "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
    Case(
      String(repeating: "a", count: 136), PB_OP_KECCAK256,
      "a6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e"),
    Case("abc", PB_OP_RIPEMD160, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
  ]

  @Test(arguments: digests)
  func digest(example: Case) throws {
    #expect(try text([.push(example.input), Op(example.code), Op(PB_OP_HEX)]) == example.expected)
  }

  /// RFC 4231 test case 2.
  @Test(arguments: [
    (PB_OP_HMAC_SHA256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    (
      PB_OP_HMAC_SHA384,
      "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"
    ),
    (
      PB_OP_HMAC_SHA512,
      "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
    ),
  ])
  func hmac(code: Int, expected: String) throws {
    let ops: [Op] = [.push("what do ya want for nothing?"), .push("Jefe"), Op(code), Op(PB_OP_HEX)]
    #expect(try text(ops) == expected)
  }

  static let encodings = [
    Case("\u{1}\u{7f}z", PB_OP_HEX_UPPER, "017F7A"),
    Case("foob", PB_OP_BASE64, "Zm9vYg=="),
    Case("fooba", PB_OP_BASE64, "Zm9vYmE="),
    Case("foobar", PB_OP_BASE64, "Zm9vYmFy"),
    Case("??>>", PB_OP_BASE64URL, "Pz8-Pg"),
    Case("a b&c=~é", PB_OP_PERCENT, "a%20b%26c%3D~%C3%A9", arg: PB_PERCENT_COMPONENT),
    Case("a b&c", PB_OP_PERCENT, "a+b%26c", arg: PB_PERCENT_FORM),
    Case("a\"\\\n\u{1}", PB_OP_JSON_ESCAPE, "a\\\"\\\\\\n\\u0001"),
    Case("0x48656C6c6F", PB_OP_UNHEX, "Hello"),
    Case("Zm9vYg", PB_OP_UNBASE64, "foob"),
    Case("Pz8-Pg==", PB_OP_UNBASE64, "??>>"),
    Case("258", PB_OP_DEC_TO_BE, "00000102", arg: 4, isBinary: true),
    Case("-2", PB_OP_DEC_TO_BE, "fffe", arg: 2, isBinary: true),
    Case("65535", PB_OP_DEC_TO_BE, "ffff", arg: 2, isBinary: true),
    Case("ab", PB_OP_PAD_LEFT, "00006162", arg: 4, isBinary: true),
    Case("ab", PB_OP_LENGTH_PREFIX, "026162", arg: PB_PREFIX_VARINT, isBinary: true),
    Case("ab", PB_OP_LENGTH_PREFIX, "026162", arg: PB_PREFIX_XRPL, isBinary: true),
    Case("dog", PB_OP_LENGTH_PREFIX, "83646f67", arg: PB_PREFIX_RLP_BYTES, isBinary: true),
    Case("d", PB_OP_LENGTH_PREFIX, "64", arg: PB_PREFIX_RLP_BYTES, isBinary: true),
    Case("\u{3}cat", PB_OP_LENGTH_PREFIX, "c403636174", arg: PB_PREFIX_RLP_LIST, isBinary: true),
    Case("0", PB_OP_RLP_INTEGER, "80", isBinary: true),
    Case("15", PB_OP_RLP_INTEGER, "0f", isBinary: true),
    Case("1024", PB_OP_RLP_INTEGER, "820400", isBinary: true),
  ]

  @Test(arguments: encodings)
  func encoding(example: Case) throws {
    var ops: [Op] = [.push(example.input), Op(example.code, example.arg)]
    if example.isBinary { ops.append(Op(PB_OP_HEX)) }
    #expect(try text(ops) == example.expected)
  }

  @Test func bigEndianIntegersBecomeDigits() throws {
    #expect(try text([.push([1, 0, 0, 0, 0, 0, 0, 0, 0]), Op(PB_OP_BE_TO_DEC)]) == "18446744073709551616")
    #expect(try text([.push([0]), Op(PB_OP_BE_TO_DEC)]) == "0")
  }

  @Test(arguments: [200, 12_481, 60_000])
  func longPrefixes(count: Int) throws {
    let bytes = [UInt8](repeating: 7, count: count)
    let xrpl = try value([.push(bytes), Op(PB_OP_LENGTH_PREFIX, PB_PREFIX_XRPL)])
    let expected: [Int: [UInt8]] = [200: [193, 7], 12_481: [241, 0, 0], 60_000: [241, 185, 159]]
    #expect(Array(xrpl.dropLast(count)) == expected[count])
    let rlp = try value([.push(bytes), Op(PB_OP_LENGTH_PREFIX, PB_PREFIX_RLP_BYTES)])
    let length: [Int: [UInt8]] = [200: [0xB8, 200], 12_481: [0xB9, 0x30, 0xC1], 60_000: [0xB9, 0xEA, 0x60]]
    #expect(Array(rlp.dropLast(count)) == length[count])
  }

  /// RFC 8032 section 7.1, test 2.
  @Test func ed25519() throws {
    let seed = try #require(
      Encoding.unhex(Array("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb".utf8)))
    let account = SealAccount(fields: [:], signingKey: SigningKey(ed25519: seed))
    let signature = try text([.push([0x72]), Op(PB_OP_SIGN, PB_SIGN_ED25519), Op(PB_OP_HEX)], account: account)
    #expect(
      signature
        == "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
    let key = try text([Op(PB_OP_PUBLIC_KEY, PB_KEY_RAW), Op(PB_OP_HEX)], account: account)
    #expect(key == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
  }

  /// Keys made for this test; they guard nothing.
  static func key(_ kind: String, _ base64: String) throws -> SigningKey {
    try #require(SigningKey(pem: TestKeys.pem(kind, base64)))
  }

  static let p256 = """
    MHcCAQEEIF42kiQMIZJfrT1w/DM/YvtrofOFogyokWI6G0XNmcFjoAoGCCqGSM49
    AwEHoUQDQgAEljxMh7faP/hAriGMdr05O+tUCQO/ANJMW4+zuf56GHXyWLpmjpEr
    0yGxP6wj1qh9JdSl8JP7tEvFnrgjlKHYSA==
    """

  static let rsa = """
    MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBALE0o2w1qnvrwKpu
    FQtMKc5me8eM5aGY/75rYb6hmzGxr0qfacgfuYsbzxPnj9+bWTqXzBmGBDyCke2K
    q5Ar9voPN4syowr+jAVhc8yIGjTe/4ZAt+EBg1ZFbkC1AhxDdPg2pwCIRBdLxDXz
    rWJkEDH+Vs1XItJPu7j5swzbqjp3AgMBAAECgYANMp9tQr30xsUtrE8y7TQ75BQZ
    85tyoqOBehvoh764P8SPaToGpp46BxMwJ1Hm1HobzAxuZjXQj+TwbSCD91JIg7h2
    dCC+udOHl/4IdMGIaV0lRmbIKGS2paCshpUBJYqsna/SwCev5wPQN4aVcyadDzh3
    OKxJGx3nsUhKCDqZMQJBANjFKFbmkdzWCviuFCJ9d+FFmA83mIXb5+thf2ZEhAUG
    Jie+8M3AWaXBOUGHxdZNuB0lS2eJ1OajGelYVpRzvmkCQQDRRnpS/kA/b4Sisd8P
    9v4wkmdEiW6n+sTtC6VJal+foQFY/ivyZslOwK4pvUsQJIsXZbkNQbpBcdiJkDFY
    2tXfAkAvBi4nE+OmnYRJyDGz/bXo15kSDAR5XWglRsRFYi2ljVzvmFtStxx7ebw6
    /AIt6DQ9ll6SOnNGCTHQzgoSMD2pAkA4TZ3bdkwSxQ4KN5Cr2ufIaZse9VqwFuek
    Xt25QsU3TTnvl3J7ZOwEJBK3aBYp4asKQHPo/SX/NYHsgL7GCRpBAkEAinlJ2RvQ
    cWCKXhrDlTqd0qMSl4s9QV9J1tXG9NtU/w0QmWJoKtuWXL+M8UtJeYWwJMSq5sX/
    AYzjSkE85BmM8w==
    """

  @Test func p256SignsAsTwoNumbersOfFixedWidth() throws {
    let key = try Self.key("EC ", Self.p256)
    let account = SealAccount(fields: [:], signingKey: key)
    for _ in 0..<50 {
      let signature = try value([.push("message"), Op(PB_OP_SIGN, PB_SIGN_P256_JOSE)], account: account)
      #expect(signature.count == 64)
      #expect(key.verify(signature, of: Array("message".utf8)))
      #expect(!key.verify(signature, of: Array("massage".utf8)))
    }
    #expect(
      try text([Op(PB_OP_PUBLIC_KEY, PB_KEY_COMPRESSED), Op(PB_OP_HEX)], account: account)
        == "02963c4c87b7da3ff840ae218c76bd393beb540903bf00d24c5b8fb3b9fe7a1875")
    #expect(try value([Op(PB_OP_PUBLIC_KEY, PB_KEY_UNCOMPRESSED)], account: account).count == 65)
  }

  /// The expected signature was made with the openssl command.
  @Test func rsa() throws {
    let account = SealAccount(fields: [:], signingKey: try Self.key("", Self.rsa))
    let signature = try text(
      [.push("message"), Op(PB_OP_SIGN, PB_SIGN_RSA_PKCS1_SHA256), Op(PB_OP_HEX)], account: account)
    #expect(
      signature
        == "01e2cd544bc642dc2afbedb6e8cccdd651f63df381e3dce93682e83b22790f2d13530b18f29ec1d7f1c89cf83bec28f2a"
        + "023042957271b733dec493f2b14e4b602b325d559819c56b4d8fb70be2f8fbc14ce4dd4e66f96f14e76a9018e957ac06c53"
        + "4383daa9a18b0c60d75dbe05bf4bb72a39c9bc3d8e92e7e453d303fb5fda")
  }
}
