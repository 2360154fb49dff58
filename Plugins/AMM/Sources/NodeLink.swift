import CPatchbay
import ConnectorKit

/// Questions to a node, in batches of JSON-RPC over HTTPS, and their answers.
///
/// A batch that is longer than a node takes at once goes in parts, one after the other. It ends with all its answers,
/// or with why there are none; what the node says of one question alone is that one's `NodeAnswer.fault`.
final class NodeLink {
  /// Answers as many as questions and an empty text; or none, and why.
  typealias Ending = ([NodeAnswer], _ fault: String) -> Void

  private struct Batch {
    let request: pb_id
    let calls: [NodeCall]
    var answers: [NodeAnswer]
    let ending: Ending
  }

  /// Questions in one request.
  static let most = 100
  /// Logs in one answer, and bytes of data in one of them, beyond which it is not read.
  static let mostLogs = 10_000, mostBytes = 32 * 1024

  private let out: Output
  private let base: String
  private let act: PermittedAct
  private let charges: [Charge]
  private var batches: [Batch] = []
  private var lastRequest: pb_id = 0

  init(_ out: Output, at base: String, by act: PermittedAct, charges: [Charge]) {
    (self.out, self.base, self.act, self.charges) = (out, base, act, charges)
  }

  /// Asks; `ending` is called once, later, unless the link is closed.
  func ask(_ calls: [NodeCall], _ ending: @escaping Ending) {
    guard !calls.isEmpty else { return ending([], "") }
    send(Batch(request: next(), calls: calls, answers: [], ending: ending))
  }

  /// Forgets what was asked.
  func close() {
    batches.removeAll()
    sendings.removeAll()
  }

  private func next() -> pb_id {
    lastRequest &+= 1
    return lastRequest
  }

  private func send(_ batch: Batch) {
    let rest = batch.calls[batch.answers.count...].prefix(Self.most)
    var body = "["
    for (place, call) in rest.enumerated() {
      body += "\(place == 0 ? "" : ",")" + "{\"jsonrpc\":\"2.0\",\"id\":\(place),\(call.text)}"
    }
    var request = act.request(at: base, account: 0)
    request.headers = [("Content-Type", "application/json")]
    request.body = SealedText(body + "]")
    request.charges = charges
    batches.append(batch)
    out.send(request, id: batch.request)
  }

  // MARK: Transactions

  /// A transaction to hand to the node, and what is done with what becomes of it.
  private struct Sending {
    let request: pb_id
    var hash = ""
    let ending: (Sent) -> Void
  }

  /// What became of the attempt to hand a transaction over.
  enum Sent {
    /// The node has it.
    case accepted(hash: String)
    /// The node said no; what it says is the connector's to believe. `hash` is empty where nothing left.
    case refused(hash: String, words: String)
    /// It may have it.
    case unknown(hash: String, words: String)
  }

  private var sendings: [Sending] = []

  /// Has the host sign a transaction and send it. `ending` is called once, later, unless the link is closed.
  func send(
    _ transaction: EVMTransaction, by act: PermittedAct, account: pb_id, command: pb_id,
    _ ending: @escaping (Sent) -> Void
  ) {
    let raw = transaction.signed()
    let hash = raw.keccak256.published(as: 0).hex
    var request = act.request(at: base, account: account)
    request.command = command
    request.headers = [("Content-Type", "application/json")]
    request.body =
      "{\"jsonrpc\":\"2.0\",\"id\":\"\(hash)\",\"method\":\"eth_sendRawTransaction\",\"params\":[\"0x\(raw.hex)\"]}"
    request.charges = charges
    let sending = Sending(request: next(), ending: ending)
    sendings.append(sending)
    out.send(request, id: sending.request)
  }

  /// A request has left: the hash of what it carries is known.
  func sent(_ notice: Reply) {
    guard let place = sendings.firstIndex(where: { $0.request == notice.request }),
      let digest = notice.published.bytes(0), digest.count == 32
    else { return }
    let digits: StaticString = "0123456789abcdef"
    sendings[place].hash = "0x"
    for byte in digest {
      for digit in [byte >> 4, byte & 15] {
        sendings[place].hash.unicodeScalars.append(Unicode.Scalar(digits.utf8Start[Int(digit)]))
      }
    }
  }

  private func sendingEnded(_ sending: Sending, _ reply: Reply, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    let hash = sending.hash
    switch reply.outcome {
    case .replied: break
    case .notSent: sending.ending(.refused(hash: "", words: reply.reason))
    default: sending.ending(.unknown(hash: hash, words: reply.reason))
    }
    guard reply.outcome == .replied else { return .ok }
    var json = JSONScanner(body)
    var (words, result): (String?, String?)
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "result": if !json.skipNull() { result = json.string().text }
      case "error": words = Self.error(&json)
      default: json.skip()
      }
    }
    let isWhole = json.isComplete()
    if isWhole, let words {
      sending.ending(.refused(hash: hash, words: words))
    } else if isWhole, reply.isSuccess, let result {
      // The host masks what depends on the key where it comes back; another transaction's hash it does not.
      let isMasked = result.utf8.count == 66 && result.utf8.dropFirst(2).allSatisfy { $0 == UInt8(ascii: "*") }
      guard isMasked || result.lowercased() == hash else {
        sending.ending(.unknown(hash: hash, words: "the node names another transaction than was sent: \(result)"))
        return .ok
      }
      sending.ending(.accepted(hash: hash))
    } else {
      sending.ending(.unknown(hash: hash, words: "the node answered with status \(reply.status), and no result"))
    }
    return .ok
  }

  func reply(_ reply: Reply, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    if let place = sendings.firstIndex(where: { $0.request == reply.request }) {
      return sendingEnded(sendings.remove(at: place), reply, body)
    }
    guard let place = batches.firstIndex(where: { $0.request == reply.request }) else { return .state }
    var batch = batches.remove(at: place)
    guard reply.outcome == .replied else {
      batch.ending([], "the node did not answer: \(reply.reason)")
      return .ok
    }
    let asked = batch.calls[batch.answers.count...].prefix(Self.most)
    var fault = ""
    guard let answers = Self.read(body, asked, &fault) else {
      let isMisread = reply.isSuccess && fault.isEmpty
      let words = isMisread ? "the node's answer cannot be read" : "the node answered with status \(reply.status)"
      batch.ending([], fault.isEmpty ? words : fault)
      return isMisread ? .parse : .ok
    }
    batch.answers += answers
    if batch.answers.count < batch.calls.count {
      send(Batch(request: next(), calls: batch.calls, answers: batch.answers, ending: batch.ending))
    } else {
      batch.ending(batch.answers, "")
    }
    return .ok
  }

  // MARK: Reading

  /// The answers in the order of the questions; `nil` where the body is none. A node that refuses a batch as a whole
  /// answers with one object, whose words are `fault`.
  private static func read(
    _ body: UnsafeBufferPointer<UInt8>, _ calls: ArraySlice<NodeCall>, _ fault: inout String
  ) -> [NodeAnswer]? {
    var answers = [NodeAnswer](repeating: .fault("the node left it without an answer"), count: calls.count)
    var json = JSONScanner(body)
    if json.peek() == UInt8(ascii: "{") {
      if case (_, .fault(let words))? = entry(&json, nil), json.isComplete() { fault = words }
      return nil
    }
    json.enterArray()
    while json.nextElement() {
      guard let (id, answer) = entry(&json, calls) else { continue }
      guard id >= 0, id < answers.count else { return nil }
      answers[id] = answer
    }
    guard json.isComplete() else { return nil }
    return answers
  }

  private static func entry(
    _ json: inout JSONScanner, _ calls: ArraySlice<NodeCall>?
  ) -> (id: Int, answer: NodeAnswer)? {
    var id = -1
    var result: JSONMark?
    var words: String?
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "id": if !json.skipNull() { id = Int(truncatingIfNeeded: json.integer()) }
      case "result": result = json.passed()
      case "error": words = error(&json)
      default: json.skip()
      }
    }
    if let words { return (id, .fault(words)) }
    guard json.isValid, let calls, let result, id >= 0, id < calls.count else { return (id, .fault("no result")) }
    var value = result.scanner()
    return (id, read(&value, calls[calls.startIndex + id].kind))
  }

  private static func error(_ json: inout JSONScanner) -> String {
    var (code, message): (Int64, String) = (0, "")
    if json.skipNull() { return "an error without words" }
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "code": code = json.integer()
      case "message": message = json.string().text
      default: json.skip()
      }
    }
    return "\(message) (\(code))"
  }

  private static func read(_ json: inout JSONScanner, _ kind: NodeCall.Kind) -> NodeAnswer {
    if json.peek() == UInt8(ascii: "n") {
      let mayBeMissing = kind == .receipt || kind == .presence || kind == .transaction
      return mayBeMissing ? .missing : .fault("the node knows nothing of it")
    }
    let answer: NodeAnswer
    switch kind {
    case .number: answer = UInt256(utf8: json.string().bytes).map { .number($0) } ?? .fault("it is no number")
    case .data: answer = bytes(json.string()).map { .data($0) } ?? .fault("it is no data")
    case .header: answer = header(&json).map { .header($0) } ?? .fault("it is no block")
    case .receipt: answer = receipt(&json).map { .receipt($0) } ?? .fault("it is no receipt")
    case .transaction: answer = transaction(&json).map { .transaction($0) } ?? .fault("it is no transaction")
    case .presence:
      json.skip()
      answer = .present
    case .logs: answer = logs(&json).map { .logs($0) } ?? .fault("they are no logs, or too many")
    }
    return json.isValid ? answer : .fault("the answer cannot be read")
  }

  /// Of text that was made here.
  static func bytes(text: String) -> [UInt8] {
    var text = text
    return text.withUTF8 { bytes($0) } ?? []
  }

  static func bytes(_ text: JSONText) -> [UInt8]? { bytes(text.bytes) }

  private static func bytes(_ digits: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard digits.count >= 2, digits.count % 2 == 0, digits.count <= 2 * mostBytes + 2 else { return nil }
    guard digits[0] == UInt8(ascii: "0"), digits[1] | 0x20 == UInt8(ascii: "x") else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    for place in stride(from: 2, to: digits.count, by: 2) {
      guard let high = UInt256.hexDigit(digits[place]), let low = UInt256.hexDigit(digits[place + 1]) else {
        return nil
      }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func number(_ json: inout JSONScanner) -> UInt64? {
    guard let value = UInt256(utf8: json.string().bytes), value.high == 0, value.low <= UInt128(Int64.max) else {
      return nil
    }
    return UInt64(value.low)
  }

  private static func header(_ json: inout JSONScanner) -> BlockHeader? {
    var header = BlockHeader()
    var (number, time): (UInt64?, UInt64?)
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "number": number = Self.number(&json)
      case "timestamp": time = Self.number(&json)
      case "hash": header.hash = json.string().text
      case "parentHash": header.parent = json.string().text
      case "baseFeePerGas": if !json.skipNull() { header.baseFee = UInt256(utf8: json.string().bytes) ?? .zero }
      default: json.skip()
      }
    }
    guard json.isValid, let number, let time, time < 1 << 32, !header.hash.isEmpty else { return nil }
    (header.number, header.time) = (number, Int64(time))
    return header
  }

  private static func transaction(_ json: inout JSONScanner) -> SentTransaction? {
    var transaction = SentTransaction()
    var nonce: UInt64?
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "hash": transaction.hash = json.string().text.lowercased()
      case "from": transaction.from = Address(json.string().text) ?? .none
      case "to": if !json.skipNull() { transaction.to = Address(json.string().text) ?? .none }
      case "nonce": nonce = number(&json)
      case "input": transaction.data = bytes(json.string()) ?? []
      case "maxFeePerGas": if !json.skipNull() { transaction.most = UInt256(utf8: json.string().bytes) ?? .zero }
      case "maxPriorityFeePerGas":
        if !json.skipNull() { transaction.priority = UInt256(utf8: json.string().bytes) ?? .zero }
      default: json.skip()
      }
    }
    guard json.isValid, let nonce, transaction.from != .none, !transaction.hash.isEmpty else { return nil }
    transaction.nonce = nonce
    return transaction
  }

  private static func receipt(_ json: inout JSONScanner) -> Receipt? {
    var receipt = Receipt()
    var (block, status): (UInt64?, UInt64?)
    var logs: [ChainLog]?
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "transactionHash": receipt.transaction = json.string().text
      case "blockNumber": block = number(&json)
      case "blockHash": receipt.blockHash = json.string().text
      case "status": status = number(&json)
      case "gasUsed": receipt.gas = UInt256(utf8: json.string().bytes) ?? .zero
      case "effectiveGasPrice": receipt.gasPrice = UInt256(utf8: json.string().bytes) ?? .zero
      case "l1Fee": receipt.lowerFee = UInt256(utf8: json.string().bytes) ?? .zero
      case "logs": logs = Self.logs(&json)
      default: json.skip()
      }
    }
    guard json.isValid, let block, let status, let logs, !receipt.blockHash.isEmpty else { return nil }
    (receipt.block, receipt.isSuccess, receipt.logs) = (block, status == 1, logs)
    return receipt
  }

  private static func logs(_ json: inout JSONScanner) -> [ChainLog]? {
    var logs: [ChainLog] = []
    json.enterArray()
    while json.nextElement() {
      guard logs.count < mostLogs, let log = log(&json) else { return nil }
      logs.append(log)
    }
    return logs
  }

  private static func log(_ json: inout JSONScanner) -> ChainLog? {
    var log = ChainLog()
    var (block, index): (UInt64?, UInt64?)
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "address": log.contract = Address(json.string().text) ?? .none
      case "data": log.data = bytes(json.string()) ?? []
      case "blockNumber": block = number(&json)
      case "logIndex": index = number(&json)
      case "transactionHash": log.transaction = json.string().text
      case "topics":
        json.enterArray()
        while json.nextElement() {
          guard let topic = UInt256(utf8: json.string().bytes), log.topics.count < 4 else { return nil }
          log.topics.append(topic)
        }
      default: json.skip()
      }
    }
    guard json.isValid, let block, let index else { return nil }
    (log.block, log.index) = (block, index)
    return log
  }
}
