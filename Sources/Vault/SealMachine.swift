import CPatchbay
import Records

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
  private var registers: [(bytes: [UInt8], value: SealMemory.Value)?] = []
  private let memory: SealMemory

  /// - Parameter memory: where the values stand. It is wiped by whoever lends it, when the request is evaluated.
  init(account: SealAccount?, clock: any SealClock, memory: SealMemory, isTraced: Bool = false) {
    self.account = account
    self.memory = memory
    moment = SealMoment(clock)
    if isTraced { trace = SigningTrace() }
  }

  /// Runs one program and puts its value behind a text.
  mutating func run(
    _ program: UnsafeBufferPointer<pb_op>, of record: RecordReader, to text: inout [UInt8]
  ) throws(SealFault) {
    memory.removeAll()
    for op in program {
      switch Int(op.code) {
      case PB_OP_BYTES...PB_OP_ADDRESS: try source(op, record)
      case PB_OP_STORE...PB_OP_PUBLISH: try arrange(op)
      case PB_OP_HEX...PB_OP_RLP_INTEGER: try encode(op)
      case PB_OP_MD5...PB_OP_RIPEMD160: try digest(op)
      case PB_OP_HMAC_SHA256...PB_OP_HMAC_SHA512: try hmac(op)
      case PB_OP_SIGN:
        let message = try popped("SIGN").bytes
        if account?.signingKey?.algorithm == .secp256k1 { trace?.signed.append(message) }
        try memory.push(sign(message, op), SealMemory.Value(isHidden: true))
      default: throw .unknownOperation(code: op.code)
      }
    }
    guard memory.count == 1 else { throw .notOneValue(count: memory.count) }
    if Self.isFound(memory.value(at: 0), memory.top) { hidden.append(Array(memory.top)) }
    text.append(contentsOf: memory.top)
  }

  /// The request is evaluated, or cannot be: what it kept of secrets is wiped.
  mutating func end() {
    for place in registers.indices where registers[place]?.value.isHidden == true { registers[place]?.bytes.wipe() }
  }

  /// Whether a value is one that depends on a secret, to be found in what comes back.
  private static func isFound(_ value: SealMemory.Value, _ bytes: UnsafeRawBufferPointer) -> Bool {
    value.isHidden && !value.isJoined && bytes.count >= ReplyCapture.searchable
  }

  /// The last value, taken away, as an array of its own: for what is not on the way of every order.
  private func popped(_ operation: String) throws(SealFault) -> (bytes: [UInt8], value: SealMemory.Value) {
    let bytes = Array(memory.top)
    return (bytes, try memory.pop(operation))
  }

  private mutating func encode(_ op: pb_op) throws(SealFault) {
    guard memory.count > 0 else { throw .stackUnderflow(operation: "an encoding") }
    if Int(op.code) == PB_OP_HEX || Int(op.code) == PB_OP_HEX_UPPER {
      return try memory.writeTopInHex(isUpper: Int(op.code) == PB_OP_HEX_UPPER)
    }
    var (bytes, value) = try popped("an encoding")
    value.isJoined = false
    try memory.push(encode(bytes, op), value)
    if value.isHidden { bytes.wipe() }
  }

  private mutating func digest(_ op: pb_op) throws(SealFault) {
    var (message, value) = try popped("a digest")
    let digest = try digest(message, op)
    if Int(op.code) == PB_OP_KECCAK256, !value.isHidden { trace?.made(digest, of: message) }
    value.isJoined = false
    try memory.push(digest, value)
    if value.isHidden { message.wipe() }
  }

  // MARK: Sources

  private mutating func source(_ op: pb_op, _ record: RecordReader) throws(SealFault) {
    switch Int(op.code) {
    case PB_OP_BYTES: try memory.push(record.bytes(op.bytes))
    case PB_OP_FIELD: try pushField(record.bytes(op.bytes))
    case PB_OP_SLOT:
      guard let account else { throw .noAccount }
      guard let token = account.tokens.bytes[op.arg2] else { throw .emptySlot(number: op.arg2) }
      try memory.push(token, SealMemory.Value(isHidden: true))
    case PB_OP_PUBLIC_KEY:
      guard let form = SigningKey.PublicForm(rawValue: op.arg) else { throw badArgument("PUBLIC_KEY", op.arg) }
      guard let account else { throw .noAccount }
      guard let key = account.signingKey?.publicKey(form) else { throw .wrongKey(needed: "matching") }
      try memory.push(key)
    case PB_OP_ADDRESS: try memory.push(address(op, prefix: record.text(op.bytes)))
    default: try timed(op)
    }
  }

  private func pushField(_ name: UnsafeRawBufferPointer) throws(SealFault) {
    guard let account else { throw .noAccount }
    guard let field = account.field(named: name) else {
      throw .missingField(name: String(decoding: name, as: UTF8.self))
    }
    let value = SealMemory.Value(isHidden: field.isSecret)
    try field.withBytes { bytes throws(SealFault) in try memory.push(bytes, value) }
  }

  private mutating func timed(_ op: pb_op) throws(SealFault) {
    switch Int(op.code) {
    case PB_OP_TIME_S...PB_OP_TIME_NS:
      let divisor: Int64 =
        switch Int(op.code) {
        case PB_OP_TIME_S: 1_000_000_000
        case PB_OP_TIME_MS: 1_000_000
        case PB_OP_TIME_US: 1000
        default: 1
        }
      try memory.push(TimeText.floorDivide(moment.time(offset: op.offset_ns), divisor))
    case PB_OP_TIME_ISO:
      guard let text = TimeText.iso(moment.time(offset: op.offset_ns), form: Int(op.arg)) else {
        throw badArgument("TIME_ISO", op.arg)
      }
      try memory.push(Array(text.utf8))
    case PB_OP_NONCE:
      guard let unit = NonceUnit(rawValue: op.arg) else { throw badArgument("NONCE", op.arg) }
      try memory.push(moment.nonce(unit))
    case PB_OP_COUNTER: try memory.push(moment.counter())
    case PB_OP_RANDOM_HEX, PB_OP_RANDOM_DEC:
      guard (1...64).contains(op.arg) else { throw badArgument("RANDOM", op.arg) }
      try memory.push(moment.random(digits: Int(op.arg), base: Int(op.code) == PB_OP_RANDOM_HEX ? 16 : 10))
    default: try memory.push(moment.uuid())
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
      guard memory.count > 0 else { throw .stackUnderflow(operation: "STORE") }
      while registers.count <= argument { registers.append(nil) }
      registers[argument] = (Array(memory.top), memory.value(at: memory.count - 1))
    case PB_OP_LOAD:
      guard argument < SealLimits.registers else { throw badArgument("LOAD", op.arg) }
      guard argument < registers.count, let (bytes, value) = registers[argument] else {
        throw .emptyRegister(number: argument)
      }
      try memory.push(bytes, value)
    case PB_OP_CONCAT:
      guard (2...64).contains(argument) else { throw badArgument("CONCAT", op.arg) }
      guard memory.count >= argument else { throw .stackUnderflow(operation: "CONCAT") }
      for place in memory.count - argument..<memory.count {
        let bytes = memory.bytes(at: place)
        if Self.isFound(memory.value(at: place), bytes) { hidden.append(Array(bytes)) }
      }
      try memory.join(argument, "CONCAT")
    case PB_OP_SLICE: try slice(first: argument, count: Int(op.arg2))
    default:
      guard argument < SealLimits.published else { throw badArgument("PUBLISH", op.arg) }
      guard memory.count > 0 else { throw .stackUnderflow(operation: "PUBLISH") }
      published[UInt32(argument)] = Array(memory.top)
    }
  }

  private func slice(first: Int, count: Int) throws(SealFault) {
    var (bytes, value) = try popped("SLICE")
    guard first + count <= bytes.count else {
      throw .badInput(operation: "SLICE", reason: "the value has \(bytes.count) bytes")
    }
    value.isJoined = false
    try memory.push(Array(bytes[first..<first + count]), value)
  }

  // MARK: Keyed operations

  private func hmac(_ op: pb_op) throws(SealFault) {
    let key = memory.top
    let keyValue = try memory.pop("HMAC")
    let message = memory.top
    let messageValue = try memory.pop("HMAC")
    let digest: Digest =
      switch Int(op.code) {
      case PB_OP_HMAC_SHA256: .sha256
      case PB_OP_HMAC_SHA384: .sha384
      default: .sha512
      }
    let value = SealMemory.Value(isHidden: keyValue.isHidden || messageValue.isHidden)
    // A key that is made of a field of the account comes again with the next request.
    let output =
      keyValue.isHidden
      ? account?.keyed.hmac(message, key: key, digest)
      : KeyedDigests.Output(digest.hmac(Array(message), key: Array(key)))
    guard let output else { throw .crypto(operation: "HMAC") }
    try output.withBytes { bytes throws(SealFault) in try memory.push(bytes, value) }
  }
}
