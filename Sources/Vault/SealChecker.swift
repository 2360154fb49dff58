import CPatchbay
import Records

/// Goes over a request's programs once before anything of them runs, by types alone, and refuses what could fail for a
/// reason that depends on a secret, or would reveal one. Pure: it sees an account's form and never a secret, no clock
/// and no random value.
///
/// What passes is evaluated to the end, or fails on a clean value, which the connector could have computed itself.
/// Cost: a few nanoseconds for an operation, and one pass over the literals.
struct SealChecker {
  /// Where a text stands.
  enum Place: Sendable, Equatable { case url, header(Int), body }

  let form: SealForm?
  /// Types of captured tokens.
  let slots: [UInt32: SealType]
  /// The act may publish a transaction's id.
  let publishesID: Bool
  /// By code: what it knows of operations.
  let table: [SealRule?]
  /// Literals are taken for any bytes, of any number up to `SealProof.longest`.
  var widensLiterals = false
  /// Types of what the seals leave, in the order of the record's parts.
  private(set) var results: [SealType] = []
  /// As many as are needed.
  private var registers: [SealType?] = []
  private var stack = SealStack()
  private var operations = 0
  private var signatures = 0
  private var total = 0

  init(
    form: SealForm?, slots: [UInt32: SealType] = [:], publishesID: Bool = false, table: [SealRule?] = SealRule.table
  ) {
    (self.form, self.slots, self.publishesID, self.table) = (form, slots, publishesID, table)
  }

  /// Checks the texts of a request in the order in which they are evaluated.
  mutating func check(
    _ record: RecordReader, url: pb_text, headers: pb_list, body: pb_text
  ) throws(SealFault) {
    try check(url, record, .url)
    for (index, header) in record.headers(headers).enumerated() { try check(header.value, record, .header(index)) }
    try check(body, record, .body)
  }

  private mutating func check(_ text: pb_text, _ record: RecordReader, _ place: Place) throws(SealFault) {
    var isQuery = false
    for part in record.parts(text) {
      guard part.ops.count > 0 else {
        let literal = record.bytes(part.literal)
        if place == .url, !isQuery { isQuery = literal.contains(UInt8(ascii: "?")) }
        total += widensLiterals ? SealProof.longest : literal.count
        guard total <= SealLimits.bytes else { throw .tooLarge(limit: SealLimits.bytes) }
        continue
      }
      let type = try run(record.operations(part.ops), of: record)
      try checkLeaving(type, place, isQuery: isQuery)
      results.append(type)
      total += type.greatest
      guard total <= SealLimits.bytes else { throw .tooLarge(limit: SealLimits.bytes) }
    }
  }

  // MARK: Leaving

  /// Whatever depends on a secret stands as text in which nothing ends the place it stands in.
  private func checkLeaving(_ type: SealType, _ place: Place, isQuery: Bool) throws(SealFault) {
    guard !type.isClean else { return }
    if let name = form?.undisclosed(type.bare) { throw .revealsSecret(field: name) }
    let isText: Bool
    switch place {
    case .url: isText = type.alphabet.isSubset(of: isQuery ? .querySafe : .urlSafe)
    case .header: isText = type.alphabet.isSubset(of: .printable)
    case .body: isText = type.decodes.contains(.json) || type.alphabet.isSubset(of: .bodySafe)
    }
    guard isText, type.least > 0 else { throw .alphabet }
  }

  // MARK: Programs

  private mutating func run(
    _ program: UnsafeBufferPointer<pb_op>, of record: RecordReader
  ) throws(SealFault) -> SealType {
    stack.removeAll()
    for op in program {
      operations += 1
      guard operations <= SealLimits.operations else { throw .tooManyOperations(limit: SealLimits.operations) }
      let code = Int(op.code)
      guard code < table.count, let rule = table[code] else { throw .unknownOperation(code: op.code) }
      switch rule.result {
      case .source(let type):
        try stack.push(widensLiterals && code == PB_OP_BYTES ? Self.anyLiteral : type(call(op, record)))
      case .one(let type):
        let value = try stack.pop(rule.name)
        if code == PB_OP_SIGN { signatures += 1 }
        try stack.push(type(value, call(op, record)))
      case .keyed(let type):
        let key = try stack.pop(rule.name)
        let message = try stack.pop(rule.name)
        try stack.push(type(message, key))
      case .arranged: try arrange(op)
      }
    }
    return try stack.result()
  }

  private static let anyLiteral = SealType(0...SealProof.longest, .all)

  private func call(_ op: pb_op, _ record: RecordReader) -> SealRule.Call {
    SealRule.Call(op: op, text: record.bytes(op.bytes), form: form, slots: slots, signatures: signatures)
  }

  private mutating func arrange(_ op: pb_op) throws(SealFault) {
    let argument = Int(op.arg)
    switch Int(op.code) {
    case PB_OP_STORE:
      guard argument < SealLimits.registers else { throw .argument(operation: "STORE", value: argument) }
      while registers.count <= argument { registers.append(nil) }
      registers[argument] = try stack.top("STORE")
    case PB_OP_LOAD:
      guard argument < SealLimits.registers else { throw .argument(operation: "LOAD", value: argument) }
      guard argument < registers.count, let value = registers[argument] else { throw .emptyRegister(number: argument) }
      try stack.push(value)
    case PB_OP_CONCAT:
      guard (2...64).contains(argument) else { throw .argument(operation: "CONCAT", value: argument) }
      let values = try stack.pop(argument, "CONCAT")
      var joined = values[values.startIndex]
      for value in values.dropFirst() { joined.append(value) }
      try stack.push(joined)
    default:
      guard argument < SealLimits.published else { throw .argument(operation: "PUBLISH", value: argument) }
      try checkPublished(stack.top("PUBLISH"))
    }
  }

  private func checkPublished(_ value: SealType) throws(SealFault) {
    if value.isClean || publishesID && value.isTransactionID { return }
    if value.bare.slots != 0 { throw .revealsToken }
    if value.bare.fields != 0 { throw .revealsSecret(field: form?.names[value.bare.fields.trailingZeroBitCount] ?? "") }
    throw .revealsSignature
  }
}
