/// Why sealed text could not be made. Nothing of the request has left when one of these is thrown; no case carries a
/// secret.
public enum SealFault: Error, Equatable, Sendable, CustomStringConvertible {
  /// An operation this host does not know.
  case unknownOperation(code: UInt16)
  /// An argument outside of what patchbay.h allows for the operation.
  case argument(operation: String, value: Int)
  /// An operation took more values than the stack holds.
  case stackUnderflow(operation: String)
  /// The stack grew beyond `SealLimits.stack`.
  case stackOverflow
  /// The program left another number of values than one.
  case notOneValue(count: Int)
  /// A value, or the whole text, grew beyond its limit.
  case tooLarge(limit: Int)
  /// A URL could be longer than `SealLimits.url`, or a text in which a length depends on a secret longer than such may
  /// be.
  case tooLong
  /// The request has more operations than `SealLimits.operations`.
  case tooManyOperations(limit: Int)
  /// The request has seals but names no account.
  case noAccount
  /// The account has no such credential field.
  case missingField(name: String)
  /// No token was captured into this slot.
  case emptySlot(number: UInt32)
  /// A register was read before it was written.
  case emptyRegister(number: Int)
  /// The input of an encoding or a conversion is not what it takes.
  case badInput(operation: String, reason: String)
  /// A secret would leave, be sliced or be published unhashed; the field must be disclosed by the manifest, or hashed.
  case revealsSecret(field: String)
  /// A captured token would be handed back or sliced.
  case revealsToken
  /// A signature, or a digest of a secret or token, would be handed back, or a piece of a signature be hashed.
  case revealsSignature
  /// The operation could fail on a value that depends on a secret, and so tell something of it.
  case mightFail(operation: String)
  /// A part would be cut out of a value that depends on a secret.
  case cutsSecret
  /// A value that depends on a secret would stand where it could end the header, parameter or string that it stands in.
  case alphabet
  /// A header's name or value, or a URL, contains a control character.
  case controlCharacter(place: String)
  /// The account has no signing key, or one of another algorithm.
  case wrongKey(needed: String)
  /// The crypto library refused; `operation` names the step.
  case crypto(operation: String)

  public var description: String {
    switch self {
    case .unknownOperation(let code): "operation \(code) is not known to this host; use a newer one"
    case .argument(let operation, let value): "\(operation): argument \(value) is out of range; see patchbay.h"
    case .stackUnderflow(let operation): "\(operation): the stack holds too few values"
    case .stackOverflow: "the stack grew beyond \(SealLimits.stack) values"
    case .notOneValue(let count): "a seal must leave one value, this one leaves \(count)"
    case .tooLarge(let limit): "a value grew beyond \(limit) bytes"
    case .tooLong:
      "its URL could have more than \(SealLimits.url) bytes, or a length in it depends on a secret, and its URL and "
        + "headers could have more than \(SealLimits.unevenHead), or its body more than \(SealLimits.unevenBody)"
    case .tooManyOperations(let limit): "a request may have at most \(limit) operations"
    case .noAccount: "the request has seals but names no account that exists"
    case .missingField(let name):
      "the account has no credential field \"\(name)\"; add it with the account's other fields"
    case .emptySlot(let number): "no token was captured into slot \(number)"
    case .emptyRegister(let number): "register \(number) was read before it was written"
    case .badInput(let operation, let reason): "\(operation): \(reason)"
    case .revealsSecret(let field):
      "the secret field \"\(field)\" would leave unhashed; hash it, or list it under \"disclose\" in the registry entry"
    case .revealsToken: "a captured token may be sent, but not sliced or published"
    case .revealsSignature:
      "a signature, or a digest of a secret, may be sent, but not published, and its pieces are not hashed"
    case .mightFail(let operation):
      "\(operation) could fail on a value that depends on a secret; declare the field's encoding and length in the "
        + "manifest, or leave the operation out"
    case .cutsSecret: "a value that depends on a secret is not cut, but for a signature into its r, s and v"
    case .alphabet:
      "a value that depends on a secret leaves as hex, base64 or percent-encoded text, and is not empty"
    case .controlCharacter(let place): "\(place) contains a control character"
    case .wrongKey(let needed): "the account has no \(needed) signing key"
    case .crypto(let operation): "\(operation) failed in the crypto library"
    }
  }
}

/// Bounds of one request's evaluation, so that a hostile program costs little.
public enum SealLimits {
  public static let stack = 64
  public static let operations = 4096
  /// Bytes of one value, and of a request's whole text.
  public static let bytes = 1 << 20
  /// Bytes of a URL.
  public static let url = 8192
  /// Bytes of URL and headers, and of a body, where a length in them depends on a secret. Below what exchanges, and
  /// whoever stands before them, refuse: their refusal would tell such a length.
  public static let unevenHead = 4096, unevenBody = 64 << 10
  public static let registers = 8
  public static let published = 16
}
