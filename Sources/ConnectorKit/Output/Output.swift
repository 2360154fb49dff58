import CPatchbay

/// Where a connector writes its records. One reusable block of memory per instance: after it has grown to the largest record,
/// nothing is allocated any more.
///
/// A record is written in three steps: `begin` reserves its fixed part, `text`, `list` and friends append the variable parts and
/// give the references for it, `emit` fills in the fixed part and hands the record to the host. Most connectors use the named
/// facts (`trade`, `order`, `reply`, ...) and never see these steps.
///
/// A copyable handle; all copies write to the same block. Only valid while the host is inside `create` or `deliver`.
@frozen
public struct Output: @unchecked Sendable {
  @usableFromInline let state: UnsafeMutablePointer<OutputState>

  init(host: UnsafePointer<pb_host>) {
    state = .allocate(capacity: 1)
    state.initialize(to: OutputState(host: host, block: allocateBlock(4096), capacity: 4096))
  }

  func free() {
    state.pointee.block.deallocate()
    state.deallocate()
  }

  /// The time of the input being delivered.
  @inlinable public var now: Time { state.pointee.now }

  // MARK: Writing a record

  /// Starts a record with the fixed part `R`.
  @inlinable
  public func begin<R: BitwiseCopyable>(_: R.Type) { state.pointee.used = MemoryLayout<R>.size }

  /// Appends bytes as they are.
  @inlinable
  public func bytes(_ source: UnsafeRawBufferPointer) -> pb_ref {
    guard let base = source.baseAddress, source.count > 0 else { return pb_ref() }
    let offset = reserve(source.count)
    (state.pointee.block + offset).copyMemory(from: base, byteCount: source.count)
    return pb_ref(offset: UInt32(truncatingIfNeeded: offset), length: UInt32(truncatingIfNeeded: source.count))
  }

  /// Appends text. Bytes that no text of a record may contain (NUL, broken UTF-8) become `?`: what a venue sends is not
  /// always what it promises.
  @inlinable
  public func text(_ source: UnsafeBufferPointer<UInt8>) -> pb_ref {
    let ref = bytes(UnsafeRawBufferPointer(source))
    var clean = true
    for byte in source where byte &- 1 >= 0x7F { clean = false }
    if !clean { repair(ref) }
    return ref
  }

  public func text(_ source: String) -> pb_ref {
    var copy = source
    return copy.withUTF8 { text($0) }
  }

  @inlinable
  public func text(_ source: JSONText) -> pb_ref {
    source.isEscaped ? text(source.text) : text(source.bytes)
  }

  /// Reserves a list of `count` elements, all zero, and gives their place. The place moves when more is appended: fill elements
  /// through `set`, or before anything else is appended.
  @inlinable
  public func list<E: BitwiseCopyable>(of _: E.Type, count: Int) -> pb_list {
    guard count > 0 else { return pb_list() }
    align()
    let offset = reserve(count * MemoryLayout<E>.stride)
    (state.pointee.block + offset).initializeMemory(as: UInt8.self, repeating: 0, count: count * MemoryLayout<E>.stride)
    return pb_list(offset: UInt32(truncatingIfNeeded: offset), count: UInt32(truncatingIfNeeded: count))
  }

  /// Stores an element of a list.
  @inlinable
  public func set<E: BitwiseCopyable>(_ list: pb_list, _ index: Int, _ element: E) {
    precondition(index >= 0 && index < Int(list.count))
    (state.pointee.block + Int(list.offset) + index * MemoryLayout<E>.stride).storeBytes(of: element, as: E.self)
  }

  /// Completes the record and hands it to the host.
  @inlinable
  public func emit<R: BitwiseCopyable>(_ record: R, kind: Int) {
    align()
    let block = state.pointee.block
    block.storeBytes(of: record, as: R.self)
    block.storeBytes(
      of: pb_rec(
        size: UInt32(truncatingIfNeeded: state.pointee.used), kind: UInt16(truncatingIfNeeded: kind),
        head: UInt16(truncatingIfNeeded: MemoryLayout<R>.size), seq: state.pointee.seq),
      as: pb_rec.self)
    let host = state.pointee.host
    // The host's answer is about a malformed record, which is a mistake of this code and counted there.
    _ = host.pointee.emit(host, UnsafeRawPointer(block).assumingMemoryBound(to: pb_rec.self))
  }

  // MARK: Memory

  /// Makes room for `count` bytes at the end and gives their offset.
  @inlinable
  func reserve(_ count: Int) -> Int {
    let offset = state.pointee.used
    if offset + count > state.pointee.capacity { grow(offset + count) }
    state.pointee.used = offset + count
    return offset
  }

  /// Zero bytes up to the next multiple of eight.
  @inlinable
  func align() {
    let used = state.pointee.used
    let aligned = (used + 7) & ~7
    guard aligned != used else { return }
    _ = reserve(aligned - used)
    (state.pointee.block + used).initializeMemory(as: UInt8.self, repeating: 0, count: aligned - used)
  }

  @usableFromInline
  func grow(_ needed: Int) {
    let capacity = max(needed, state.pointee.capacity * 2)
    let block = allocateBlock(capacity)
    block.copyMemory(from: state.pointee.block, byteCount: state.pointee.used)
    state.pointee.block.deallocate()
    state.pointee.block = block
    state.pointee.capacity = capacity
  }

  @usableFromInline
  func repair(_ ref: pb_ref) {
    let start = (state.pointee.block + Int(ref.offset)).assumingMemoryBound(to: UInt8.self)
    let text = UnsafeMutableBufferPointer(start: start, count: Int(ref.length))
    if String(validating: text, as: UTF8.self) != nil {
      for index in text.indices where text[index] == 0 { text[index] = UInt8(ascii: "?") }
    } else {
      for index in text.indices where text[index] == 0 || text[index] >= 0x80 { text[index] = UInt8(ascii: "?") }
    }
  }
}

/// The three clocks at the time of an input, in nanoseconds. See `pb_input`.
@frozen
public struct Time: Sendable {
  public var mono: Int64
  public var wall: Int64
  public var venue: Int64

  @inlinable
  public init(mono: Int64, wall: Int64, venue: Int64) {
    self.mono = mono
    self.wall = wall
    self.venue = venue
  }
}

@frozen
@usableFromInline
struct OutputState {
  @usableFromInline let host: UnsafePointer<pb_host>
  @usableFromInline var block: UnsafeMutableRawPointer
  @usableFromInline var capacity: Int
  @usableFromInline var used = 0
  @usableFromInline var seq: UInt64 = 0
  @usableFromInline var now = Time(mono: 0, wall: 0, venue: 0)

  init(host: UnsafePointer<pb_host>, block: UnsafeMutableRawPointer, capacity: Int) {
    self.host = host
    self.block = block
    self.capacity = capacity
  }
}

private func allocateBlock(_ count: Int) -> UnsafeMutableRawPointer {
  .allocate(byteCount: count, alignment: 16)
}
