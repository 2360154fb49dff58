import Testing

@testable import Records

/// Random records of every kind. A failure names its seed.
struct CheckerPropertyTests {
  @Test func everyStructWithKindsIsCovered() {
    #expect(Set(Kind.all.map(\.shape)).count == RecordShapes.structs.count { $0.leastHead > 0 })
  }

  @Test(arguments: Kind.all)
  func wellFormedRecordsAreAcceptedAndRead(_ kind: Kind) throws {
    let checker = RecordChecker(), block = try GuardedBlock(size: 1 << 16)
    for seed in 0..<200 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      let age = [RandomRecord.Age.same, .same, .older, .newer][random.below(4)]
      let record = RandomRecord(kind: kind.value, shape: kind.shape, age: age, using: &random)
      let base = try block.place(record.bytes)
      #expect(kind.check(checker, base, available: record.size) == nil, "seed \(seed)")
      #expect(read(kind, base) == read(kind, base), "seed \(seed)")
    }
  }

  @Test func oneCorruptionIsFoundAndNamed() throws {
    var applied: Set<Corruption> = []
    for kind in Kind.all { try corruptRecords(of: kind, &applied) }
    #expect(applied == Set(Corruption.allCases), "a corruption that no record can have tests nothing")
  }

  private func corruptRecords(of kind: Kind, _ applied: inout Set<Corruption>) throws {
    let checker = RecordChecker(), block = try GuardedBlock(size: 1 << 16)
    for seed in 0..<100 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      let age = [RandomRecord.Age.same, .same, .older, .newer][random.below(4)]
      let record = RandomRecord(kind: kind.value, shape: kind.shape, age: age, using: &random)
      for corruption in Corruption.allCases {
        guard let broken = corruption.apply(to: record, using: &random) else { continue }
        let base = try block.place(broken.record.bytes)
        let fault = kind.check(checker, base, available: broken.record.size)
        let found = "seed \(seed), \(corruption): \(String(describing: fault))"
        #expect(fault.map(broken.expected.contains) == true, Comment(rawValue: found))
        applied.insert(corruption)
      }
    }
  }

  @Test(arguments: Kind.all)
  func randomMutationsNeverReadOutside(_ kind: Kind) throws {
    let checker = RecordChecker(), block = try GuardedBlock(size: 1 << 16)
    var accepted = 0
    for seed in 0..<400 as Range<UInt64> {
      var random = SeededGenerator(seed: seed ^ 0xABCD)
      var record = RandomRecord(kind: kind.value, shape: kind.shape, using: &random)
      for _ in 0..<1 + random.below(3) {
        record.store(UInt8(truncatingIfNeeded: random.next()), at: random.below(record.size))
      }
      let size = min(record.size, Int(record.load(UInt32.self, at: 0)))
      let base = try block.place(record.bytes.prefix(size))
      if kind.check(checker, base, available: size) == nil {
        accepted += 1
        _ = read(kind, base)
      }
    }
    #expect(accepted > 0)
  }

  @Test(arguments: Kind.all)
  func everyTruncationIsFound(_ kind: Kind) throws {
    let checker = RecordChecker(), block = try GuardedBlock(size: 1 << 16)
    var random = SeededGenerator(seed: 7)
    let record = RandomRecord(kind: kind.value, shape: kind.shape, using: &random)
    for size in stride(from: 0, to: record.size, by: 8) {
      let base = try block.place(record.bytes.prefix(size))
      #expect(kind.check(checker, base, available: size) == .truncated)
    }
  }

  private func read(_ kind: Kind, _ base: UnsafeRawPointer) -> UInt64 {
    kind.isInput ? ReadEverything.input(base) : ReadEverything.output(base)
  }
}
