import Synchronization

/// Copies from several threads, and what is done once when all are there or nobody waits any longer.
final class Gathering<Copy: Sendable>: Sendable {
  private struct State {
    var copies: [Copy?]
    var isOver = false
  }

  private let state: Mutex<State>
  private let numbers: [Int]
  private let then: @Sendable ([Copy], [Int]) -> Void

  /// - Parameters:
  ///   - numbers: of those whose copies are awaited.
  ///   - then: is given what came, and the numbers of those that gave nothing.
  init(_ numbers: [Int], then: @escaping @Sendable ([Copy], [Int]) -> Void) {
    self.numbers = numbers
    self.then = then
    state = Mutex(State(copies: Array(repeating: nil, count: numbers.count)))
  }

  func put(_ copy: Copy, at index: Int) {
    end { copies in
      copies[index] = copy
      return copies.allSatisfy { $0 != nil }
    }
  }

  func giveUp() { end { _ in true } }

  /// Ends it, once, where the closure says that nothing is awaited any more.
  private func end(_ note: @Sendable (inout [Copy?]) -> Bool) {
    let all = state.withLock { state -> [Copy?]? in
      guard note(&state.copies), !state.isOver else { return nil }
      state.isOver = true
      return state.copies
    }
    guard let all else { return }
    then(all.compactMap { $0 }, all.indices.filter { all[$0] == nil }.map { numbers[$0] })
  }
}
