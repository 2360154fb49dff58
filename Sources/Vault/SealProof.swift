import CPatchbay
import Records

/// That the programs of a request were checked, whatever their literals are: a connector sends the same programs again
/// and again, around other text. It was made by checking them with literals of any bytes and of any length up to a
/// limit, so it holds for all of these, and for nothing else: operations, arguments, names, their order and the account
/// must be the same, step by step. Pure, as the check is.
struct SealProof {
  /// One operation, or one part of a text.
  private struct Step {
    /// The operation's, with bits above it for the beginnings of parts.
    var code: UInt32
    var argument: UInt32
    var wide: UInt32
    /// Where its name ends among `names`; of a literal nothing is kept.
    var end: UInt32
  }

  private static let literal: UInt32 = 1 << 16, program: UInt32 = 1 << 17, text: UInt32 = 1 << 18
  /// A literal part of a URL in which its query begins.
  private static let query: UInt32 = 1 << 19
  /// Longest literal that it may hold for.
  static let longest = 4096
  private static let most = (steps: 256, names: 1024)

  private let form: SealForm?
  private let publishesID: Bool
  private let steps: ContiguousArray<Step>
  private let names: [UInt8]
  /// Types of what the seals leave, in the order of the record's parts. As wide as any literal makes them.
  let results: [SealType]

  /// Checks the programs of a request for all literals; nil where that is more than they can bear, or than is kept.
  init?(_ record: RecordReader, _ texts: Texts, _ checker: SealChecker) {
    var collector = Collector()
    guard collector.walk(record, texts) else { return nil }
    var checker = checker
    checker.widensLiterals = true
    do throws(SealFault) {
      try checker.check(record, url: texts.url, headers: texts.headers, body: texts.body)
    } catch { return nil }
    (form, publishesID, steps, names) = (checker.form, checker.publishesID, collector.steps, collector.names)
    results = checker.results
  }

  /// Where a request's texts are.
  struct Texts {
    var url: pb_text
    var headers: pb_list
    var body: pb_text

    init(request record: RecordReader) {
      let fact = record.head(as: pb_out_request.self)
      (url, headers, body) = (fact.url, fact.headers, fact.body)
    }

    init(open record: RecordReader) {
      let fact = record.head(as: pb_out_open.self)
      (url, headers, body) = (fact.url, fact.headers, pb_text())
    }
  }

  /// Whether it is of this request's programs.
  func holds(for record: RecordReader, _ texts: Texts, _ form: SealForm?, publishesID: Bool) -> Bool {
    guard form === self.form, publishesID == self.publishesID else { return false }
    var comparer = Comparer(steps: steps, names: names)
    return comparer.walk(record, texts) && comparer.next == steps.count
  }
}

/// What is done with each step of a request's programs, in the order in which they are checked.
private protocol StepTaker {
  mutating func take(_ code: UInt32, _ argument: UInt32, _ wide: UInt32, _ name: UnsafeRawBufferPointer) -> Bool
}

extension StepTaker {
  /// False where a step was not taken, or a literal is too long.
  fileprivate mutating func walk(_ record: RecordReader, _ texts: SealProof.Texts) -> Bool {
    guard walk(texts.url, record, isURL: true) else { return false }
    for header in record.headers(texts.headers) where !walk(header.value, record, isURL: false) { return false }
    return walk(texts.body, record, isURL: false)
  }

  private mutating func walk(_ text: pb_text, _ record: RecordReader, isURL: Bool) -> Bool {
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    guard take(SealProof.mark.text, 0, 0, none) else { return false }
    for part in record.parts(text) {
      guard part.ops.count > 0 else {
        let literal = record.bytes(part.literal)
        let isQuery = isURL && literal.contains(UInt8(ascii: "?"))
        let code = SealProof.mark.literal | (isQuery ? SealProof.mark.query : 0)
        guard literal.count <= SealProof.longest, take(code, 0, 0, none) else { return false }
        continue
      }
      guard take(SealProof.mark.program, 0, 0, none) else { return false }
      for op in record.operations(part.ops) {
        let bytes = record.bytes(op.bytes)
        let isLiteral = Int(op.code) == PB_OP_BYTES
        guard !isLiteral || bytes.count <= SealProof.longest,
          take(UInt32(op.code), UInt32(op.arg), op.arg2, isLiteral ? none : bytes)
        else { return false }
      }
    }
    return true
  }
}

extension SealProof {
  fileprivate static var mark: (text: UInt32, literal: UInt32, query: UInt32, program: UInt32) {
    (text, literal, query, program)
  }

  private struct Collector: StepTaker {
    var steps: ContiguousArray<Step> = []
    var names: [UInt8] = []

    mutating func take(
      _ code: UInt32, _ argument: UInt32, _ wide: UInt32, _ name: UnsafeRawBufferPointer
    ) -> Bool {
      // A token's type is that of the token; what is cut depends on how long it is.
      guard steps.count < most.steps, names.count + name.count <= most.names, Int(code) != PB_OP_SLOT,
        Int(code) != PB_OP_SLICE
      else { return false }
      names.append(contentsOf: name)
      steps.append(Step(code: code, argument: argument, wide: wide, end: UInt32(names.count)))
      return true
    }
  }

  private struct Comparer: StepTaker {
    let steps: ContiguousArray<Step>
    let names: [UInt8]
    var next = 0
    private var end = 0

    init(steps: ContiguousArray<Step>, names: [UInt8]) { (self.steps, self.names) = (steps, names) }

    mutating func take(
      _ code: UInt32, _ argument: UInt32, _ wide: UInt32, _ name: UnsafeRawBufferPointer
    ) -> Bool {
      guard next < steps.count else { return false }
      let step = steps[next]
      guard step.code == code, step.argument == argument, step.wide == wide, Int(step.end) - end == name.count
      else { return false }
      if !name.isEmpty {
        guard names[end..<Int(step.end)].elementsEqual(name) else { return false }
        end = Int(step.end)
      }
      next += 1
      return true
    }
  }
}
