import CPatchbay

/// A reusable block of memory in which one record at a time is written, by a connector as by the host. After it has
/// grown to the largest record, nothing is allocated any more.
///
/// A record is written in three steps: `begin` reserves its fixed part; `bytes`, `text` and `list` append the variable
/// parts and give the references for it; `finish` fills in the fixed part. A copyable handle: all copies write to the
/// same block; whoever made it calls `free` once. Not for use by two threads at once.
@frozen
public struct RecordBlock: @unchecked Sendable {
  @usableFromInline let state: UnsafeMutablePointer<State>

  @frozen
  @usableFromInline
  struct State {
    @usableFromInline var start: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int
    @usableFromInline var used: Int
  }

  public init(capacity: Int = 4096) {
    state = .allocate(capacity: 1)
    state.initialize(to: State(start: allocate(capacity), capacity: capacity, used: 0))
  }

  public func free() {
    state.pointee.start.deallocate()
    state.deallocate()
  }

  /// Bytes written so far, the fixed part included.
  @inlinable public var used: Int { state.pointee.used }
  /// How many bytes fit without growing.
  @inlinable public var capacity: Int { state.pointee.capacity }
  /// The start of the record; moves when the block grows.
  @inlinable public var start: UnsafeMutableRawPointer { state.pointee.start }

  /// Starts a record with the fixed part `R`.
  @inlinable
  public func begin<R: BitwiseCopyable>(_: R.Type) { state.pointee.used = MemoryLayout<R>.size }

  /// Appends bytes as they are.
  @inlinable
  public func bytes(_ source: UnsafeRawBufferPointer) -> pb_ref {
    guard let base = source.baseAddress, source.count > 0 else { return pb_ref() }
    let offset = reserve(source.count)
    (state.pointee.start + offset).copyMemory(from: base, byteCount: source.count)
    return pb_ref(offset: UInt32(truncatingIfNeeded: offset), length: UInt32(truncatingIfNeeded: source.count))
  }

  /// Appends text. Bytes that no text of a record may contain (NUL, broken UTF-8) become `?`: what a venue sends is not
  /// always what it promises.
  @inlinable
  public func text(_ source: UnsafeBufferPointer<UInt8>) -> pb_ref {
    let ref = bytes(UnsafeRawBufferPointer(source))
    var isPlain = true
    for byte in source where byte &- 1 >= 0x7F { isPlain = false }
    if !isPlain { repair(ref) }
    return ref
  }

  public func text(_ source: String) -> pb_ref {
    var copy = source
    return copy.withUTF8 { text($0) }
  }

  /// Reserves a list of `count` elements, all zero. Fill them with `set`: the block may move when more is appended.
  @inlinable
  public func list<E: BitwiseCopyable>(of _: E.Type, count: Int) -> pb_list {
    guard count > 0 else { return pb_list() }
    align()
    let size = count * MemoryLayout<E>.stride
    let offset = reserve(size)
    (state.pointee.start + offset).initializeMemory(as: UInt8.self, repeating: 0, count: size)
    return pb_list(offset: UInt32(truncatingIfNeeded: offset), count: UInt32(truncatingIfNeeded: count))
  }

  /// Stores an element of a list.
  @inlinable
  public func set<E: BitwiseCopyable>(_ list: pb_list, _ index: Int, _ element: E) {
    precondition(index >= 0 && index < Int(list.count))
    (state.pointee.start + (Int(list.offset) + index * MemoryLayout<E>.stride)).storeBytes(of: element, as: E.self)
  }

  /// Appends a whole record, for a list of nested ones.
  @inlinable
  public func nested(_ record: UnsafeRawBufferPointer) -> pb_ref {
    align()
    return bytes(record)
  }

  /// Completes the record, whose header is filled in here. Valid until the next `begin`.
  @inlinable
  public func finish<R: BitwiseCopyable>(_ record: R, kind: Int, seq: UInt64) -> UnsafePointer<pb_rec> {
    align()
    let start = state.pointee.start
    start.storeBytes(of: record, as: R.self)
    start.storeBytes(
      of: pb_rec(
        size: UInt32(truncatingIfNeeded: state.pointee.used), kind: UInt16(truncatingIfNeeded: kind),
        head: UInt16(truncatingIfNeeded: MemoryLayout<R>.size), seq: seq),
      as: pb_rec.self)
    return UnsafePointer(start.assumingMemoryBound(to: pb_rec.self))
  }

  // MARK: Memory

  /// Makes room for `count` bytes at the end and gives their offset.
  @inlinable
  public func reserve(_ count: Int) -> Int {
    let offset = state.pointee.used
    if offset + count > state.pointee.capacity { grow(to: offset + count) }
    state.pointee.used = offset + count
    return offset
  }

  /// Says how many bytes are written, after writing behind `used` directly.
  @inlinable
  public func extend(to used: Int) { state.pointee.used = used }

  /// Zero bytes up to the next multiple of eight.
  @inlinable
  public func align() {
    let used = state.pointee.used
    let aligned = (used + 7) & ~7
    guard aligned != used else { return }
    _ = reserve(aligned - used)
    (state.pointee.start + used).initializeMemory(as: UInt8.self, repeating: 0, count: aligned - used)
  }

  /// Makes the block hold at least `needed` bytes; what is written so far is kept.
  @usableFromInline
  func grow(to needed: Int) {
    let capacity = max(needed, state.pointee.capacity * 2)
    let start = allocate(capacity)
    start.copyMemory(from: state.pointee.start, byteCount: min(state.pointee.used, state.pointee.capacity))
    state.pointee.start.deallocate()
    state.pointee.start = start
    state.pointee.capacity = capacity
  }

  @usableFromInline
  func repair(_ ref: pb_ref) {
    let start = (state.pointee.start + Int(ref.offset)).assumingMemoryBound(to: UInt8.self)
    let text = UnsafeMutableBufferPointer(start: start, count: Int(ref.length))
    let isUTF8 = String(validating: text, as: UTF8.self) != nil
    for index in text.indices where text[index] == 0 || (!isUTF8 && text[index] >= 0x80) {
      text[index] = UInt8(ascii: "?")
    }
  }
}

private func allocate(_ count: Int) -> UnsafeMutableRawPointer { .allocate(byteCount: count, alignment: 16) }
