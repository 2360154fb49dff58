import CPatchbay
import Records

/// A value on the stack.
struct SealValue {
  var bytes: [UInt8]
  /// It depends on a secret: its memory is wiped when it has been hashed.
  var isHidden = false
  /// Several values stand in it one behind the other, as they were.
  var isJoined = false

  init(_ bytes: [UInt8]) { self.bytes = bytes }
  init(_ text: String) { bytes = Array(text.utf8) }

  /// In decimal digits.
  init(_ number: some FixedWidthInteger) {
    bytes = []
    bytes.reserveCapacity(20)
    var rest = number.magnitude
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    bytes.reverse()
  }

  /// What an operation makes of it.
  func replaced(by bytes: [UInt8]) -> SealValue {
    var result = SealValue(bytes)
    result.isHidden = isHidden
    return result
  }
}

/// Runs the programs of one request, which `SealChecker` has passed: what it refuses is not looked at here again.
/// Registers, published values and the moment live as long as the request.
struct SealMachine {
  let account: SealAccount?
  var moment: SealMoment
  private(set) var published: [UInt32: [UInt8]] = [:]
  /// Values that depend on a secret, as they may stand in what leaves.
  private(set) var hidden: [[UInt8]] = []
  /// What was signed on secp256k1; nil = nobody asks.
  private(set) var trace: SigningTrace?
  /// As many as are needed.
  private var registers: [SealValue?] = []
  private var stack = SealStack<SealValue>()

  init(account: SealAccount?, clock: any SealClock, isTraced: Bool = false) {
    self.account = account
    moment = SealMoment(clock)
    if isTraced { trace = SigningTrace() }
  }

  /// Runs one program and gives its value.
  mutating func run(_ program: UnsafeBufferPointer<pb_op>, of record: RecordReader) throws(SealFault) -> SealValue {
    stack.removeAll()
    for op in program {
      switch Int(op.code) {
      case PB_OP_BYTES...PB_OP_ADDRESS: try stack.push(source(op, record))
      case PB_OP_STORE...PB_OP_PUBLISH: try arrange(op)
      case PB_OP_HEX...PB_OP_RLP_INTEGER:
        let value = try stack.pop("an encoding")
        try stack.push(value.replaced(by: encode(value.bytes, op)))
      case PB_OP_MD5...PB_OP_RIPEMD160:
        var message = try stack.pop("a digest")
        let digest = try digest(message.bytes, op)
        if Int(op.code) == PB_OP_KECCAK256, !message.isHidden { trace?.made(digest, of: message.bytes) }
        try stack.push(message.replaced(by: digest))
        if message.isHidden { message.bytes.wipe() }
      case PB_OP_HMAC_SHA256...PB_OP_HMAC_SHA512: try stack.push(hmac(op))
      case PB_OP_SIGN:
        let message = try stack.pop("SIGN").bytes
        if account?.signingKey?.algorithm == .secp256k1 { trace?.signed.append(message) }
        var signature = SealValue(try sign(message, op))
        signature.isHidden = true
        try stack.push(signature)
      default: throw .unknownOperation(code: op.code)
      }
    }
    let value = try stack.result()
    keep(value)
    return value
  }

  /// Remembers a value that depends on a secret, for finding it in what comes back.
  private mutating func keep(_ value: SealValue) {
    if Self.isFound(value) { hidden.append(value.bytes) }
  }

  private static func isFound(_ value: SealValue) -> Bool {
    value.isHidden && !value.isJoined && value.bytes.count >= ReplyCapture.searchable
  }

  // MARK: Sources

  private mutating func source(_ op: pb_op, _ record: RecordReader) throws(SealFault) -> SealValue {
    switch Int(op.code) {
    case PB_OP_BYTES: return SealValue(Array(record.bytes(op.bytes)))
    case PB_OP_FIELD: return try field(record.text(op.bytes))
    case PB_OP_SLOT:
      guard let account else { throw .noAccount }
      guard let token = account.tokens.bytes[op.arg2] else { throw .emptySlot(number: op.arg2) }
      var value = SealValue(token)
      value.isHidden = true
      return value
    case PB_OP_PUBLIC_KEY:
      guard let form = SigningKey.PublicForm(rawValue: op.arg) else { throw badArgument("PUBLIC_KEY", op.arg) }
      guard let account else { throw .noAccount }
      guard let key = account.signingKey?.publicKey(form) else { throw .wrongKey(needed: "matching") }
      return SealValue(key)
    case PB_OP_ADDRESS: return SealValue(try address(op, prefix: record.text(op.bytes)))
    default: return try timed(op)
    }
  }

  private func field(_ name: String) throws(SealFault) -> SealValue {
    guard let account else { throw .noAccount }
    guard let field = account.fields[name] else { throw .missingField(name: name) }
    var value = SealValue(field.bytes)
    value.isHidden = field.isSecret
    return value
  }

  private mutating func timed(_ op: pb_op) throws(SealFault) -> SealValue {
    switch Int(op.code) {
    case PB_OP_TIME_S...PB_OP_TIME_NS:
      let divisor: Int64 =
        switch Int(op.code) {
        case PB_OP_TIME_S: 1_000_000_000
        case PB_OP_TIME_MS: 1_000_000
        case PB_OP_TIME_US: 1000
        default: 1
        }
      return SealValue(TimeText.floorDivide(moment.time(offset: op.offset_ns), divisor))
    case PB_OP_TIME_ISO:
      guard let text = TimeText.iso(moment.time(offset: op.offset_ns), form: Int(op.arg)) else {
        throw badArgument("TIME_ISO", op.arg)
      }
      return SealValue(text)
    case PB_OP_NONCE:
      guard let unit = NonceUnit(rawValue: op.arg) else { throw badArgument("NONCE", op.arg) }
      return SealValue(moment.nonce(unit))
    case PB_OP_COUNTER: return SealValue(moment.counter())
    case PB_OP_RANDOM_HEX, PB_OP_RANDOM_DEC:
      guard (1...64).contains(op.arg) else { throw badArgument("RANDOM", op.arg) }
      return SealValue(moment.random(digits: Int(op.arg), base: Int(op.code) == PB_OP_RANDOM_HEX ? 16 : 10))
    default: return SealValue(moment.uuid())
    }
  }

  func badArgument(_ operation: String, _ value: UInt16) -> SealFault {
    .argument(operation: operation, value: Int(value))
  }

  // MARK: Stack and registers

  private mutating func arrange(_ op: pb_op) throws(SealFault) {
    let argument = Int(op.arg)
    switch Int(op.code) {
    case PB_OP_STORE:
      guard argument < SealLimits.registers else { throw badArgument("STORE", op.arg) }
      while registers.count <= argument { registers.append(nil) }
      registers[argument] = try stack.top("STORE")
    case PB_OP_LOAD:
      guard argument < SealLimits.registers else { throw badArgument("LOAD", op.arg) }
      guard argument < registers.count, let value = registers[argument] else { throw .emptyRegister(number: argument) }
      try stack.push(value)
    case PB_OP_CONCAT:
      guard (2...64).contains(argument) else { throw badArgument("CONCAT", op.arg) }
      var joined = SealValue([])
      joined.isJoined = true
      joined.bytes.reserveCapacity(stack.size(ofTop: argument))
      var stood: [[UInt8]] = []
      try stack.take(argument, "CONCAT") { value in
        if Self.isFound(value) { stood.append(value.bytes) }
        joined.bytes += value.bytes
        joined.isHidden = joined.isHidden || value.isHidden
      }
      hidden += stood
      try stack.push(joined)
    case PB_OP_SLICE: try slice(first: argument, count: Int(op.arg2))
    default:
      guard argument < SealLimits.published else { throw badArgument("PUBLISH", op.arg) }
      published[UInt32(argument)] = try stack.top("PUBLISH").bytes
    }
  }

  private mutating func slice(first: Int, count: Int) throws(SealFault) {
    let value = try stack.pop("SLICE")
    guard first + count <= value.bytes.count else {
      throw .badInput(operation: "SLICE", reason: "the value has \(value.bytes.count) bytes")
    }
    try stack.push(value.replaced(by: Array(value.bytes[first..<first + count])))
  }

  // MARK: Keyed operations

  private mutating func hmac(_ op: pb_op) throws(SealFault) -> SealValue {
    var key = try stack.pop("HMAC")
    var message = try stack.pop("HMAC")
    let digest: Digest =
      switch Int(op.code) {
      case PB_OP_HMAC_SHA256: .sha256
      case PB_OP_HMAC_SHA384: .sha384
      default: .sha512
      }
    // A key that is made of a field of the account comes again with the next request.
    let result =
      key.isHidden
      ? account?.keyed.hmac(message.bytes, key: key.bytes, digest) : digest.hmac(message.bytes, key: key.bytes)
    guard let result else { throw .crypto(operation: "HMAC") }
    var value = SealValue(result)
    value.isHidden = key.isHidden || message.isHidden
    if key.isHidden { key.bytes.wipe() }
    if message.isHidden { message.bytes.wipe() }
    return value
  }
}
