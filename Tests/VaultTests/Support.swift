import CPatchbay
import Records
import Testing
import Vault

/// One operation of a program, for tests.
struct Op {
  var code: Int
  var arg = 0
  var arg2 = 0
  var offset: Int64 = 0
  var bytes: [UInt8] = []

  init(_ code: Int, _ arg: Int = 0, _ arg2: Int = 0, offset: Int64 = 0) {
    (self.code, self.arg, self.arg2, self.offset) = (code, arg, arg2, offset)
  }

  static func push(_ text: String) -> Op { push(Array(text.utf8)) }
  static func push(_ bytes: [UInt8]) -> Op {
    var op = Op(PB_OP_BYTES)
    op.bytes = bytes
    return op
  }
  static func field(_ name: String) -> Op {
    var op = push(name)
    op.code = PB_OP_FIELD
    return op
  }
}

/// A part of a text: a literal or a program.
enum Part {
  case literal(String)
  case seal([Op])
}

/// Builds a request record, checks it as the host does, and evaluates it.
func evaluate(
  url: [Part] = [.literal("https://example.test/")], headers: [(String, [Part])] = [], body: [Part] = [],
  account: SealAccount? = nil, clock: any SealClock = FixedSealClock(time: 1_700_000_000_123_456_789),
  publishesID: Bool = false
) throws -> EvaluatedRequest {
  try record(url: url, headers: headers, body: body) {
    try SealEvaluator(account: account, clock: clock, publishesID: publishesID).evaluate(request: $0)
  }
}

/// Lends a request record, checked as the host does.
func record<Result>(
  url: [Part], headers: [(String, [Part])], body: [Part], _ job: (RecordReader) throws -> Result
) throws -> Result {
  let block = RecordBlock()
  defer { block.free() }
  block.begin(pb_out_request.self)
  var request = pb_out_request()
  request.request = 1
  request.url = write(url, to: block)
  request.headers = block.list(of: pb_header.self, count: headers.count)
  for (index, header) in headers.enumerated() {
    let value = write(header.1, to: block)
    block.set(request.headers, index, pb_header(name: block.text(header.0), value: value))
  }
  request.body = write(body, to: block)
  let record = block.finish(request, kind: PB_OUT_REQUEST, seq: 0)
  if let fault = RecordChecker().checkOutput(record) { throw fault }
  return try job(RecordReader(checked: record))
}

func write(_ parts: [Part], to block: RecordBlock) -> pb_list {
  let list = block.list(of: pb_part.self, count: parts.count)
  for (index, part) in parts.enumerated() {
    var element = pb_part()
    switch part {
    case .literal(let text): element.literal = block.text(text)
    case .seal(let ops):
      element.ops = block.list(of: pb_op.self, count: ops.count)
      for (place, op) in ops.enumerated() {
        let bytes = op.bytes.withUnsafeBytes { block.bytes($0) }
        block.set(
          element.ops, place,
          pb_op(
            code: UInt16(op.code), arg: UInt16(op.arg), arg2: UInt32(op.arg2), offset_ns: op.offset, bytes: bytes))
      }
    }
    block.set(list, index, element)
  }
  return list
}

/// The value of one program, sent as a body in hexadecimal digits.
func value(_ ops: [Op], account: SealAccount? = nil) throws -> [UInt8] {
  let digits = try evaluate(body: [.seal(ops + [Op(PB_OP_HEX)])], account: account).body
  return try #require(Encoding.unhex(digits))
}

/// The same as text.
func text(_ ops: [Op], account: SealAccount? = nil) throws -> String {
  String(decoding: try value(ops, account: account), as: UTF8.self)
}
