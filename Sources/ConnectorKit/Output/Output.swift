import CPatchbay
import Records

/// Where a connector writes its records. Most connectors use the named facts (`trade`, `order`, `reply`, ...); what has
/// none is written in steps: `begin`, the variable parts, `emit`. See `RecordBlock`, which holds the memory.
///
/// A copyable handle; all copies write to the same block. Only valid while the host is inside `create` or `deliver`.
@frozen
public struct Output: @unchecked Sendable {
  public let block: RecordBlock
  @usableFromInline let state: UnsafeMutablePointer<OutputState>

  init(host: UnsafePointer<pb_host>) {
    block = RecordBlock()
    state = .allocate(capacity: 1)
    state.initialize(to: OutputState(host: host))
  }

  func free() {
    block.free()
    state.deallocate()
  }

  /// The time of the input being delivered.
  @inlinable public var now: Time { state.pointee.now }

  /// Starts a record with the fixed part `R`.
  @inlinable
  public func begin<R: BitwiseCopyable>(_ type: R.Type) { block.begin(type) }

  @inlinable
  public func text(_ source: JSONText) -> pb_ref {
    source.isEscaped ? block.text(source.text) : block.text(source.bytes)
  }

  public func text(_ source: String) -> pb_ref { block.text(source) }

  /// Completes the record and hands it to the host.
  @inlinable
  public func emit<R: BitwiseCopyable>(_ record: R, kind: Int) {
    let host = state.pointee.host
    // The host's answer is about a malformed record, which is a mistake of this code and counted there.
    _ = host.pointee.emit(host, block.finish(record, kind: kind, seq: state.pointee.seq))
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
  @usableFromInline var seq: UInt64 = 0
  @usableFromInline var now = Time(mono: 0, wall: 0, venue: 0)

  init(host: UnsafePointer<pb_host>) { self.host = host }
}
