/// What programs call their orders, kept over restarts: an id stands for one order, so a command that comes again makes
/// no second one, whatever dies meanwhile. Any thread.
package protocol ProgramOrderIDs: AnyObject, Sendable {
  /// Looks for an id, and takes it for a new order where it is free; then it is on disk.
  /// - Parameters:
  ///   - wish: what the order is to be; the same id with another is refused.
  ///   - then: called once, on another thread. After `new` either `bind` or `free` has to follow.
  func claim(_ id: String, for wish: String, then: @escaping @Sendable (ProgramClaim) -> Void)

  /// The order is made. To be called on its lane, before it can leave.
  func bind(_ id: String, connector: String, order: UInt64, sent: String)

  /// No order was made, and nothing was sent.
  func free(_ id: String)
}

/// What an id stands for.
package enum ProgramClaim: Sendable {
  /// Nothing yet; it is taken for the order that is about to be placed.
  case new
  /// An order, by the host's number, and the id that the exchange was given.
  case order(connector: String, number: UInt64, sent: String)
  /// It cannot be used: a word for programs, and a sentence.
  case refused(code: String, text: String)
}
