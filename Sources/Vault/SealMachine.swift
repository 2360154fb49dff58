import CPatchbay
import Records

/// A value on the stack, with what it would reveal.
struct SealValue {
  var bytes: [UInt8]
  /// The secret field it depends on and that has not been hashed; nil = none.
  var secret: String?
  /// That field may leave unhashed.
  var isDisclosed = false
  /// It contains a captured token, which may be sent and nothing else.
  var isToken = false
  /// It was hashed out of a secret or a token: it may be sent, and never becomes clean again.
  var isDerived = false
  /// A signature of the signing key is in it: it may be sent; a digest of it is clean, such as a transaction's hash.
  var isSigned = false
  /// It is a digest as one of this request's operations made it: what stands behind it was seen here.
  var isDigest = false

  init(_ bytes: [UInt8]) { self.bytes = bytes }
  init(_ text: String) { bytes = Array(text.utf8) }

  /// Takes over what another value would reveal.
  mutating func taint(by other: SealValue) {
    if let field = other.secret, secret == nil || isDisclosed { (secret, isDisclosed) = (field, other.isDisclosed) }
    isToken = isToken || other.isToken
    isDerived = isDerived || other.isDerived
    isSigned = isSigned || other.isSigned
  }

  /// Whether a digest of it could stand in for the secret itself.
  var dependsOnSecret: Bool { secret != nil || isToken || isDerived }

  /// A digest of this value, which is wiped.
  mutating func hashed(_ digest: [UInt8]) -> SealValue {
    var result = SealValue(digest)
    result.isDerived = dependsOnSecret
    if dependsOnSecret { bytes.wipe() }
    return result
  }
}

/// Runs the programs of one request. Registers, published values and the moment live as long as the request.
struct SealMachine {
  let account: SealAccount?
  var moment: SealMoment
  private(set) var published: [UInt32: [UInt8]] = [:]
  private var registers: [SealValue?] = Array(repeating: nil, count: SealLimits.registers)
  private var stack: [SealValue] = []
  private var operations = 0

  init(account: SealAccount?, clock: any SealClock) {
    self.account = account
    moment = SealMoment(clock)
  }

  /// Runs one program and gives its value.
  mutating func run(_ program: UnsafeBufferPointer<pb_op>, of record: RecordReader) throws(SealFault) -> SealValue {
    stack.removeAll(keepingCapacity: true)
    for op in program {
      operations += 1
      guard operations <= SealLimits.operations else { throw .tooManyOperations(limit: SealLimits.operations) }
      switch Int(op.code) {
      case PB_OP_BYTES...PB_OP_ADDRESS: try push(source(op, record))
      case PB_OP_STORE...PB_OP_PUBLISH: try arrange(op)
      case PB_OP_HEX...PB_OP_RLP_INTEGER:
        try push(try encoded(pop("an encoding"), op))
      case PB_OP_MD5...PB_OP_RIPEMD160:
        var message = try pop("a digest")
        let result = try digest(message.bytes, op)
        var value = message.hashed(result)
        value.isDigest = true
        try push(value)
      case PB_OP_HMAC_SHA256...PB_OP_HMAC_SHA512: try push(try hmac(op))
      case PB_OP_SIGN:
        let message = try pop("sign")
        var signature = SealValue(try sign(message, op))
        signature.isSigned = true
        signature.isDerived = message.dependsOnSecret
        try push(signature)
      default: throw .unknownOperation(code: op.code)
      }
    }
    guard stack.count == 1, let value = stack.popLast() else { throw .notOneValue(count: stack.count) }
    return value
  }

  private mutating func push(_ value: SealValue) throws(SealFault) {
    guard stack.count < SealLimits.stack else { throw .stackOverflow }
    guard value.bytes.count <= SealLimits.bytes else { throw .tooLarge(limit: SealLimits.bytes) }
    stack.append(value)
  }

  private mutating func pop(_ operation: String) throws(SealFault) -> SealValue {
    guard let value = stack.popLast() else { throw .stackUnderflow(operation: operation) }
    return value
  }

  private func top(_ operation: String) throws(SealFault) -> SealValue {
    guard let value = stack.last else { throw .stackUnderflow(operation: operation) }
    return value
  }

  // MARK: Sources

  private mutating func source(_ op: pb_op, _ record: RecordReader) throws(SealFault) -> SealValue {
    switch Int(op.code) {
    case PB_OP_BYTES: return SealValue(Array(record.bytes(op.bytes)))
    case PB_OP_FIELD: return try field(record.text(op.bytes))
    case PB_OP_SLOT:
      guard let account else { throw .noAccount }
      guard let token = account.slots[op.arg2] else { throw .emptySlot(number: op.arg2) }
      var value = SealValue(token)
      value.isToken = true
      return value
    case PB_OP_PUBLIC_KEY:
      guard let form = SigningKey.PublicForm(rawValue: op.arg) else { throw badArgument("public key", op.arg) }
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
    if field.isSecret { (value.secret, value.isDisclosed) = (name, field.isDisclosed) }
    return value
  }

  private mutating func timed(_ op: pb_op) throws(SealFault) -> SealValue {
    switch Int(op.code) {
    case PB_OP_TIME_S...PB_OP_TIME_NS:
      let divisors: [Int64] = [1_000_000_000, 1_000_000, 1000, 1]
      let time = moment.time(offset: op.offset_ns)
      return SealValue("\(TimeText.floorDivide(time, divisors[Int(op.code) - PB_OP_TIME_S]))")
    case PB_OP_TIME_ISO:
      guard let text = TimeText.iso(moment.time(offset: op.offset_ns), form: Int(op.arg)) else {
        throw badArgument("ISO time", op.arg)
      }
      return SealValue(text)
    case PB_OP_NONCE:
      guard let unit = NonceUnit(rawValue: op.arg) else { throw badArgument("nonce", op.arg) }
      return SealValue("\(moment.nonce(unit))")
    case PB_OP_COUNTER: return SealValue("\(moment.counter())")
    case PB_OP_RANDOM_HEX, PB_OP_RANDOM_DEC:
      guard (1...64).contains(op.arg) else { throw badArgument("random digits", op.arg) }
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
      guard argument < SealLimits.registers else { throw badArgument("store", op.arg) }
      registers[argument] = try top("store")
    case PB_OP_LOAD:
      guard argument < SealLimits.registers else { throw badArgument("load", op.arg) }
      guard let value = registers[argument] else { throw .emptyRegister(number: argument) }
      try push(value)
    case PB_OP_CONCAT:
      guard (2...64).contains(argument) else { throw badArgument("concat", op.arg) }
      guard stack.count >= argument else { throw .stackUnderflow(operation: "concat") }
      var joined = SealValue([])
      for value in stack.suffix(argument) {
        joined.bytes += value.bytes
        joined.taint(by: value)
      }
      stack.removeLast(argument)
      try push(joined)
    case PB_OP_SLICE: try slice(first: argument, count: Int(op.arg2))
    default:
      guard argument < SealLimits.published else { throw badArgument("publish", op.arg) }
      let value = try top("publish")
      if let secret = value.secret { throw .revealsSecret(field: secret) }
      if value.isToken { throw .revealsToken }
      if value.isDerived || value.isSigned { throw .revealsSignature }
      published[UInt32(argument)] = value.bytes
    }
  }

  private mutating func slice(first: Int, count: Int) throws(SealFault) {
    let value = try pop("slice")
    if let secret = value.secret { throw .revealsSecret(field: secret) }
    if value.isToken { throw .revealsToken }
    guard first + count <= value.bytes.count else {
      throw .badInput(operation: "slice", reason: "the value has \(value.bytes.count) bytes")
    }
    var part = SealValue(Array(value.bytes[first..<first + count]))
    part.taint(by: value)
    try push(part)
  }

  // MARK: Keyed operations

  private mutating func hmac(_ op: pb_op) throws(SealFault) -> SealValue {
    var key = try pop("HMAC")
    var message = try pop("HMAC")
    let digest: Digest =
      switch Int(op.code) {
      case PB_OP_HMAC_SHA256: .sha256
      case PB_OP_HMAC_SHA384: .sha384
      default: .sha512
      }
    // A key that is a field of the account comes again with the next request.
    let result =
      key.secret != nil
      ? account?.keyed.hmac(message.bytes, key: key.bytes, digest) : digest.hmac(message.bytes, key: key.bytes)
    guard let result else { throw .crypto(operation: "HMAC") }
    var value = message.hashed(result)
    value.isDerived = value.isDerived || key.dependsOnSecret
    if key.dependsOnSecret { key.bytes.wipe() }
    return value
  }
}
