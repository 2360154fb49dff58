import CHost
import Records

/// Waiting for a worker: when an instance is made, and in replays. A lane never does.
extension ConnectorInstance {
  /// Milliseconds that an answer is waited for.
  private static let patience = 10_000

  /// Waits for the answer to `create`.
  /// - Throws: why there is no instance.
  func awaitMade() throws(InstanceFault) {
    try awaitAnswers()
    if let refusal { throw refusal }
  }

  /// Waits until all inputs are answered.
  /// - Throws: why that does not happen.
  package func awaitAnswers() throws(InstanceFault) {
    while !isSettled { try step() }
  }

  /// Takes what has come, where many inputs are on their way; waits where it is too many.
  func keepUp() throws(InstanceFault) {
    guard unanswered % 64 == 0 else { return }
    takeOutputs(.max)
    while unanswered > 4096 { try step() }
  }

  private func step() throws(InstanceFault) {
    guard let worker else { return }
    var left = Self.patience
    let before = awaited
    while !isSettled, awaited == before {
      takeOutputs(.max)
      worker.inputs.flush()
      if isSettled || awaited != before { return }
      if let why = worker.fault, !worker.outputs.hasMore { throw .refused(status: 0, reason: why) }
      guard left > 0 else { throw .refused(status: 0, reason: "it did not come back within 10 s") }
      guard worker.outputs.arm() else { continue }
      if chost_wait_readable(worker.signal, worker.watch, 10) == 0 { left -= 10 }
      chost_event_take(worker.signal)
    }
  }
}
