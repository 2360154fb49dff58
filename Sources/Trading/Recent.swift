/// The last so many keys that were put in, each with a value.
struct Recent<Key: Hashable, Value> {
  private var values: [Key: Value] = [:]
  private var order: [Key] = []
  private var next = 0
  let limit: Int

  init(limit: Int) { self.limit = limit }

  var count: Int { values.count }

  subscript(key: Key) -> Value? { values[key] }

  /// Puts a value in, or replaces the one of the same key.
  mutating func insert(_ value: Value, for key: Key) {
    guard values.updateValue(value, forKey: key) == nil else { return }
    if order.count < limit {
      order.append(key)
    } else {
      values[order[next]] = nil
      order[next] = key
      next = next + 1 == limit ? 0 : next + 1
    }
  }
}
