import CPatchbay

@testable import Records

/// Any bytes as a record: the checker answers, and what it accepts is read to the last byte. The address sanitizer ends
/// the run at the first read outside of the bytes.
///
/// The first input byte chooses how the rest is meant: as the record itself, or as the seed of a well-formed one (8
/// bytes) and changes to it (position in two bytes, value in one), which gets much deeper.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRecords(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeBufferPointer(start: bytes, count: count)
  guard let mode = input.first else { return 0 }
  let rest = input.dropFirst()
  let isInput = mode & 1 == 1
  checkAndRead(mode & 2 == 2 ? changedRecord(rest, isInput: isInput) : Array(rest), isInput: isInput)
  return 0
}

private func checkAndRead(_ bytes: [UInt8], isInput: Bool) {
  // A block of just this size, so that the sanitizer sees its end.
  let block = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
  defer { block.deallocate() }
  block.copyBytes(from: bytes)
  guard let start = block.baseAddress else { return }
  let record = UnsafeRawPointer(start)
  if isInput {
    if checker.checkInput(record, available: bytes.count) == nil { sum &+= ReadEverything.input(record) }
  } else {
    if checker.checkOutput(record, available: bytes.count) == nil { sum &+= ReadEverything.output(record) }
  }
}

private func changedRecord(_ input: Slice<UnsafeBufferPointer<UInt8>>, isInput: Bool) -> [UInt8] {
  var random = SeededGenerator(seed: input.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
  let kinds = isInput ? inputKinds : outputKinds, kind = kinds[random.below(kinds.count)]
  let age = [RandomRecord.Age.same, .older, .newer][random.below(3)]
  var record = RandomRecord(kind: kind.value, shape: kind.shape, age: age, using: &random).bytes
  var changes = input.dropFirst(8)
  while changes.count >= 3 {
    let change = Array(changes.prefix(3))
    record[(Int(change[0]) << 8 | Int(change[1])) % record.count] = change[2]
    changes = changes.dropFirst(3)
  }
  return record
}

private let inputKinds = Kind.all.filter(\.isInput)
private let outputKinds = Kind.all.filter { !$0.isInput }

/// libFuzzer calls from one thread. The sum keeps what was read alive.
nonisolated(unsafe) private let checker = RecordChecker()
nonisolated(unsafe) private var sum: UInt64 = 0
