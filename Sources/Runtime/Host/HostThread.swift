import Glibc

/// A thread that runs one function to its end.
final class HostThread {
  private var thread = pthread_t()
  private var isJoined = false

  /// Starts `body`.
  init(_ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Box(body))
    let status = pthread_create(&thread, nil, { box in
      guard let box else { return nil }
      Unmanaged<Box>.fromOpaque(box).takeRetainedValue().body()
      return nil
    }, box.toOpaque())
    precondition(status == 0, "the system gives no more threads")
  }

  /// Waits for its end.
  func join() {
    if !isJoined { pthread_join(thread, nil) }
    isJoined = true
  }

  private final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}
