import Foundation

/// Where tests wait for real programs: beside the threads that all tests share, of which there are as many as
/// processors, and which would stand still meanwhile.
enum Apart {
  private static let queue: OperationQueue = {
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 4
    return queue
  }()

  static func run(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { (waiting: CheckedContinuation<Void, any Error>) in
      queue.addOperation { waiting.resume(with: Result(catching: body)) }
    }
  }
}
