import CPatchbay

/// Encodings and digests of the value on top of the stack.
extension SealMachine {
  func encode(_ bytes: [UInt8], _ op: pb_op) throws(SealFault) -> [UInt8] {
    switch Int(op.code) {
    case PB_OP_HEX: return Encoding.hex(bytes)
    case PB_OP_HEX_UPPER: return Encoding.hex(bytes, isUpper: true)
    case PB_OP_BASE64: return Encoding.base64(bytes)
    case PB_OP_BASE64URL: return Encoding.base64(bytes, isURL: true)
    case PB_OP_PERCENT:
      guard Int(op.arg) == PB_PERCENT_COMPONENT || Int(op.arg) == PB_PERCENT_FORM else {
        throw .argument(operation: "PERCENT", value: Int(op.arg))
      }
      return Encoding.percent(bytes, isForm: Int(op.arg) == PB_PERCENT_FORM)
    case PB_OP_JSON_ESCAPE: return Encoding.jsonEscape(bytes)
    case PB_OP_UNHEX: return try wanted(Encoding.unhex(bytes), "UNHEX", "these are not whole hexadecimal bytes")
    case PB_OP_UNBASE64: return try wanted(Encoding.unbase64(bytes), "UNBASE64", "this is not base64")
    default: return try encodeBinary(bytes, op)
    }
  }

  private func encodeBinary(_ bytes: [UInt8], _ op: pb_op) throws(SealFault) -> [UInt8] {
    let width = Int(op.arg)
    switch Int(op.code) {
    case PB_OP_DEC_TO_BE:
      guard (1...64).contains(width) else { throw .argument(operation: "DEC_TO_BE", value: width) }
      guard bytes.count <= 200 else { throw .badInput(operation: "DEC_TO_BE", reason: "too many digits") }
      return try wanted(
        Encoding.bigEndian(decimal: bytes, width: width), "DEC_TO_BE",
        "this is no integer, or does not fit \(width) bytes")
    case PB_OP_BE_TO_DEC:
      guard bytes.count <= 64 else { throw .badInput(operation: "BE_TO_DEC", reason: "more than 64 bytes") }
      return Encoding.decimal(bigEndian: bytes)
    case PB_OP_PAD_LEFT:
      guard op.arg2 <= 255 else { throw .argument(operation: "PAD_LEFT", value: Int(op.arg2)) }
      guard bytes.count <= width else {
        throw .badInput(operation: "PAD_LEFT", reason: "the value has more than \(width) bytes")
      }
      return [UInt8](repeating: UInt8(op.arg2), count: width - bytes.count) + bytes
    case PB_OP_LENGTH_PREFIX:
      switch width {
      case PB_PREFIX_VARINT: return Encoding.varint(bytes.count) + bytes
      case PB_PREFIX_XRPL:
        return try wanted(Encoding.xrplLength(bytes.count), "LENGTH_PREFIX", "more than 918744 bytes") + bytes
      case PB_PREFIX_RLP_BYTES: return Encoding.rlp(bytes, isList: false)
      case PB_PREFIX_RLP_LIST: return Encoding.rlp(bytes, isList: true)
      case PB_PREFIX_DECIMAL: return Array(String(bytes.count).utf8) + bytes
      default: throw .argument(operation: "LENGTH_PREFIX", value: width)
      }
    default:
      guard bytes.count <= 200 else { throw .badInput(operation: "RLP_INTEGER", reason: "too many digits") }
      return Encoding.rlp(
        try wanted(Encoding.magnitude(bytes[...]), "RLP_INTEGER", "this is no decimal integer"), isList: false)
    }
  }

  func digest(_ message: [UInt8], _ op: pb_op) throws(SealFault) -> [UInt8] {
    let digest: Digest
    switch Int(op.code) {
    case PB_OP_MD5: digest = .md5
    case PB_OP_SHA1: digest = .sha1
    case PB_OP_SHA256: digest = .sha256
    case PB_OP_SHA384: digest = .sha384
    case PB_OP_SHA512, PB_OP_SHA512_HALF: digest = .sha512
    case PB_OP_KECCAK256: return Keccak256.digest(message)
    default: digest = .ripemd160
    }
    guard let result = digest(message) else { throw .crypto(operation: digest.rawValue) }
    return Int(op.code) == PB_OP_SHA512_HALF ? Array(result.prefix(32)) : result
  }

  private func wanted(_ result: [UInt8]?, _ operation: String, _ reason: String) throws(SealFault) -> [UInt8] {
    guard let result else { throw .badInput(operation: operation, reason: reason) }
    return result
  }
}
