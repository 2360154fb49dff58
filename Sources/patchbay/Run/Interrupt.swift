import CNet

#if canImport(Glibc)
  import Glibc
#endif

/// Ctrl-C, or SIGTERM, asks to stop; twice stops at once.
enum Interrupt {
  nonisolated(unsafe) private static var count: sig_atomic_t = 0
  nonisolated(unsafe) private static var descriptor: Int32 = -1

  static var wasAsked: Bool { count > 0 }

  /// From the first moment on a SIGTERM ends a host in order: it is kept until there is one to be ended. Ctrl-C ends a
  /// start at once, as somebody sits before it.
  static func awaitTermination() {
    signal(SIGTERM) { _ in Interrupt.count += 1 }
  }

  /// - Parameter waking: is made readable by the signal, so that who waits for it looks.
  static func install(waking: Int32 = -1) {
    descriptor = waking
    // Whoever started this program may have blocked them.
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in [SIGINT, SIGTERM] { sigaddset(&wanted, number) }
    pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in
        Interrupt.count += 1
        if Interrupt.count > 1 { _exit(130) }
        if Interrupt.descriptor >= 0 { cnet_wake(Interrupt.descriptor) }
      }
    }
  }
}
