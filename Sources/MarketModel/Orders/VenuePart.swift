import Decimals

/// Which order at the venue a report is of, where the venue changes an order by making a new one: the figures of the
/// report are of that one alone.
public struct VenuePart: Equatable, Sendable {
  public var venueOrderID: String
  /// The venue order whose place it has taken; empty where that is not known.
  public var continues: String
  /// What was filled before it at least, in base.
  public var carried: Decimal64

  public init(_ venueOrderID: String, continues: String = "", carried: Decimal64 = .zero) {
    self.venueOrderID = venueOrderID
    self.continues = continues
    self.carried = carried
  }
}

extension OrderReport {
  /// What was filled over the order's life, as far as this report says.
  public var filledInAll: Decimal64? { filled.map { $0.adding(part?.carried ?? .zero) ?? $0 } }

  /// The same report, of figures over the order's life, as one of a part.
  public func ofPart(_ part: VenuePart?) -> OrderReport {
    guard let part else { return self }
    var report = self
    report.part = part
    report.filled = filled.flatMap { $0.subtracting(part.carried) }
    report.quantity = quantity.flatMap { $0.subtracting(part.carried) }
    return report
  }

  /// What was ordered over the order's life, as far as this report says.
  public var quantityInAll: Decimal64? { quantity.map { $0.adding(part?.carried ?? .zero) ?? $0 } }
}

/// The orders at the venue that one order has been, in the order of succession: only the last lives.
struct VenueParts: Equatable, Sendable {
  struct Part: Equatable, Sendable {
    let venueOrderID: String
    /// What was filled before it, as the connector says.
    var carried = Decimal64.zero
    /// What was filled of it alone, as reports and as fills say.
    var filledByReports = Decimal64.zero
    var filledByFills = Decimal64.zero

    var filled: Decimal64 { max(filledByReports, filledByFills) }
  }

  private(set) var all: [Part] = []

  var isEmpty: Bool { all.isEmpty }
  var last: Part? { all.last }

  subscript(place: Int) -> Part {
    get { all[place] }
    set { all[place] = newValue }
  }

  func place(of venueOrderID: String) -> Int? { all.firstIndex { $0.venueOrderID == venueOrderID } }

  /// What was filled before a part: the sum of what is known of those before it, and not less than was reported.
  func carried(before place: Int) -> Decimal64 {
    var sum = Decimal64.zero
    for part in all[..<place] { sum = max(sum, part.carried).adding(part.filled) ?? sum }
    return place < all.count ? max(sum, all[place].carried) : sum
  }

  /// What was filled before a part that may not be known yet.
  func carried(before part: VenuePart) -> Decimal64 {
    max(part.carried, carried(before: place(of: part.venueOrderID) ?? all.count))
  }

  /// Puts a part in its place, behind the one that it continues, else behind all or in front of them.
  /// - Parameter filled: of the one that it continues, when that was not known as a part.
  mutating func put(_ told: VenuePart, isLatest: Bool, filledBefore filled: Decimal64) {
    if !told.continues.isEmpty, told.continues != told.venueOrderID {
      link(told.continues, to: told.venueOrderID, filled)
    }
    if place(of: told.venueOrderID) == nil {
      let behind = told.continues.isEmpty ? nil : place(of: told.continues)
      let place = behind.map { $0 + 1 } ?? (isLatest ? all.count : 0)
      all.insert(Part(venueOrderID: told.venueOrderID), at: place)
    }
    if let place = place(of: told.venueOrderID) { all[place].carried = max(all[place].carried, told.carried) }
    forget()
  }

  /// Puts the one that is continued in front of the other.
  private mutating func link(_ older: String, to newer: String, _ filled: Decimal64) {
    let place = place(of: newer)
    guard let known = self.place(of: older) else {
      all.insert(Part(venueOrderID: older, filledByReports: isEmpty ? filled : .zero), at: place ?? all.count)
      return
    }
    guard let place, known > place else { return }
    let part = all.remove(at: known)
    all.insert(part, at: place)
  }

  /// Nothing grows with what a venue says: of the oldest only the sum is kept.
  private mutating func forget() {
    while all.count > TrackedOrder.idLimit {
      all[1].carried = carried(before: 1)
      all.removeFirst()
    }
  }
}
