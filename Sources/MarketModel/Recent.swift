/// The last so many keys that were put in, each with a value.
public struct Recent<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private var values: [Key: Value] = [:]
  private var order: [Key] = []
  private var next = 0
  public let limit: Int

  public init(limit: Int) { self.limit = limit }

  public var count: Int { values.count }

  public subscript(key: Key) -> Value? { values[key] }

  /// Puts a value in, or replaces the one of the same key.
  /// - Returns: whether the key was not among them.
  @discardableResult
  public mutating func insert(_ value: Value, for key: Key) -> Bool {
    guard values.updateValue(value, forKey: key) == nil else { return false }
    if order.count < limit {
      order.append(key)
    } else {
      values[order[next]] = nil
      order[next] = key
      next = next + 1 == limit ? 0 : next + 1
    }
    return true
  }
}

extension Recent where Value == Void {
  public func contains(_ key: Key) -> Bool { self[key] != nil }

  /// Gives whether it was not among them.
  @discardableResult
  public mutating func insert(_ key: Key) -> Bool { insert((), for: key) }
}
