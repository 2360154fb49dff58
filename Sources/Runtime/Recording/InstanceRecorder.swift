import CPatchbay
import Records

/// Sees what one instance is given and what it gives back, in order, on its lane; set on a session before it starts, or
/// between two inputs. What it is given has had its tokens masked already.
open class InstanceRecorder {
  public init() {}

  /// An input, right before it is delivered. Borrowed for the call.
  open func input(_ record: UnsafePointer<pb_rec>, _ payload: UnsafeBufferPointer<UInt8>) {}

  /// A record of the instance that was checked, before anybody acts on it. Borrowed for the call.
  open func output(_ record: UnsafePointer<pb_rec>) {}

  /// What the instance has answered to an input.
  open func answered(_ status: pb_status) {}
}
