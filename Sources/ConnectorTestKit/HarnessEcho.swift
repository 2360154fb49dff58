import CPatchbay
import ConnectorKit
import Glibc
import Synchronization

/// What a harness was given, given again with other numbers: every reply and frame that a connector's tests deliver
/// is then a sample of what a venue may say.
///
/// With `PATCHBAY_ECHO` in the environment each harness, at its end, makes new instances of its connector and delivers
/// all that it had delivered, each time with one number of one payload at an extreme (`NumberFuzz`). The connector must
/// neither trap nor emit a malformed record; the process ends with the payload where it does. `make fuzz` runs the
/// connectors' tests so.
final class HarnessEcho: Sendable {
  /// An input as it was delivered.
  struct Input {
    var record: [UInt64]
    var payload: [UInt8]
  }

  static let shared: HarnessEcho? = getenv("PATCHBAY_ECHO") == nil ? nil : HarnessEcho()

  private struct State {
    /// Payloads that have been varied, their bytes in order: what differs in the order of its members alone is varied
    /// once.
    var known: Set<[UInt8]> = []
    var delivered = 0
  }

  private let state = Mutex(State())

  private init() {
    atexit {
      guard let echo = HarnessEcho.shared else { return }
      print("\(echo.state.withLock { $0.delivered }) messages with other numbers")
    }
  }

  /// Longer stories, which are made up and not samples, are reported once.
  private static let longest = 100
  /// Most numbers that are varied of one payload.
  private static let mostNumbers = 128

  /// Varies what no harness has varied yet.
  /// - Parameter again: makes a new instance.
  func run(_ inputs: [Input], again: () -> ConnectorHarness?) {
    guard inputs.count <= Self.longest else { return }
    for (index, input) in inputs.enumerated() where !input.payload.isEmpty {
      let bytes = input.payload.sorted()
      guard state.withLock({ $0.known.insert(bytes).inserted }) else { continue }
      NumberFuzz.forEachVariant(of: input.payload, most: Self.mostNumbers) { variant in
        guard let harness = again() else { return }
        for (place, one) in inputs.enumerated() {
          harness.deliver(echo: place == index ? Input(record: one.record, payload: variant) : one)
        }
        if let fault = harness.faults.first {
          print("\(fault) after \(String(decoding: variant, as: UTF8.self))")
          exit(1)
        }
      }
      state.withLock { $0.delivered += 1 }
    }
  }
}
