import Decimals

extension BookFault: CustomStringConvertible {
  /// Without the prices, whose exponent only the instrument knows.
  public var description: String { words(price: { _ in nil }) }

  /// With the prices, at the exponent of the book's instrument.
  public func words(priceExponent: Int32) -> String {
    words { Decimal64(mantissa: $0, exponent: priceExponent).plain }
  }

  private func words(price text: (Int64) -> String?) -> String {
    func at(_ price: Int64) -> String { text(price).map { " \($0)" } ?? "" }
    return switch self {
    case .notReady: "an update came before a snapshot"
    case .nonPositivePrice(let side, let price): "the \(side) price\(at(price)) is not positive"
    case .negativeQuantity(let side, let price): "the quantity of the \(side) price\(at(price)) is negative"
    case .zeroQuantity(let side, let price): "the quantity of the \(side) price\(at(price)) is zero in a snapshot"
    case .duplicatePrice(let side, let price): "the \(side) price\(at(price)) stands twice in a snapshot"
    case .sequenceBackwards(let applied, let got): "sequence \(got) came after \(applied)"
    case .crossed(let bid, let ask): "the best bid\(at(bid)) is not below the best ask\(at(ask))"
    case .tooManyLevels(let side, let limit): "more than \(limit) \(side) levels"
    case .noRoom(let side): "no room for its \(side) levels: all books together hold as many as they may"
    case .invariantBroken: "levels out of order (a defect of Patchbay)"
    }
  }
}

extension NotReadyReason: CustomStringConvertible {
  /// Without the prices, whose exponent only the instrument knows.
  public var description: String { words { $0.description } }

  /// With the prices, at the exponent of the book's instrument.
  public func words(priceExponent: Int32) -> String { words { $0.words(priceExponent: priceExponent) } }

  private func words(_ fault: (BookFault) -> String) -> String {
    switch self {
    case .sequenceGap: "a sequence number is missing"
    case .checksumMismatch: "the venue's checksum differs"
    case .streamClosed: "the stream was cut"
    case .queueOverflow: "too many updates came before the snapshot"
    case .malformedUpdate: "an update could not be read"
    case .resyncRequested: "it is built anew"
    case .crossed: "it was crossed"
    case .instrumentUnusable: "the instrument cannot be used"
    case .unsubscribed: "it is not subscribed to"
    case .rejected(let reason): "refused: \(fault(reason))"
    }
  }
}

extension BookState {
  /// The book itself has refused what it was given.
  package var isRefusal: Bool { if case .notReady(.rejected) = self { true } else { false } }
}

extension BookState: CustomStringConvertible {
  public var description: String {
    switch self {
    case .empty: "no snapshot has come"
    case .ready: "ready"
    case .notReady(let reason): reason.description
    }
  }
}
