import CPatchbay

/// Values under ids that it hands out itself, in rising order: requests under way, open streams, running timers.
///
/// Lookups are a binary search over a dense array, and iteration is always in the order of the ids, so that outputs
/// never depend on a hash.
public struct IDTable<Value> {
  public private(set) var ids: [pb_id] = []
  private var values: [Value] = []
  private var next: pb_id

  /// - Parameter first: the first id to hand out; different tables of one connector may share a numbering by different
  ///   starts.
  public init(first: pb_id = 1) { next = first }

  public var count: Int { ids.count }
  public var isEmpty: Bool { ids.isEmpty }

  /// Stores `value` and gives its id, which is never used again. Amortised constant time.
  public mutating func insert(_ value: Value) -> pb_id {
    let id = next
    next += 1
    ids.append(id)
    values.append(value)
    return id
  }

  /// The value under `id`, to read or change. Logarithmic time.
  public subscript(id: pb_id) -> Value? {
    get { place(of: id).map { values[$0] } }
    set {
      guard let place = place(of: id) else { return }
      if let newValue { values[place] = newValue } else { remove(at: place) }
    }
  }

  /// Takes the value under `id` out.
  @discardableResult
  public mutating func remove(_ id: pb_id) -> Value? {
    guard let place = place(of: id) else { return nil }
    let value = values[place]
    remove(at: place)
    return value
  }

  /// All ids and values in the order of the ids.
  public var all: [(id: pb_id, value: Value)] { zip(ids, values).map { ($0, $1) } }

  private mutating func remove(at place: Int) {
    ids.remove(at: place)
    values.remove(at: place)
  }

  private func place(of id: pb_id) -> Int? {
    var low = 0
    var high = ids.count
    while low < high {
      let middle = (low + high) / 2
      if ids[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low < ids.count && ids[low] == id ? low : nil
  }
}
