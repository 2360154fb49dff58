import CPatchbay

/// The lists of a record as arrays in place. Each takes the `pb_list` that patchbay.h describes as one of such
/// elements.
extension RecordReader {
  @inlinable
  public func levels(_ list: pb_list) -> UnsafeBufferPointer<pb_level> { elements(list) }

  @inlinable
  public func pairs(_ list: pb_list) -> UnsafeBufferPointer<pb_pair> { elements(list) }

  @inlinable
  public func published(_ list: pb_list) -> UnsafeBufferPointer<pb_published> { elements(list) }

  @inlinable
  public func limits(_ list: pb_list) -> UnsafeBufferPointer<pb_limit> { elements(list) }

  @inlinable
  public func charges(_ list: pb_list) -> UnsafeBufferPointer<pb_charge> { elements(list) }

  @inlinable
  public func captures(_ list: pb_list) -> UnsafeBufferPointer<pb_capture> { elements(list) }

  @inlinable
  public func headers(_ list: pb_list) -> UnsafeBufferPointer<pb_header> { elements(list) }

  /// The parts of a text that may contain seals.
  @inlinable
  public func parts(_ text: pb_text) -> UnsafeBufferPointer<pb_part> { elements(text) }

  /// The program of a seal.
  @inlinable
  public func operations(_ list: pb_list) -> UnsafeBufferPointer<pb_op> { elements(list) }

  /// The nested records of a batch.
  @inlinable
  public func nested(_ list: pb_list) -> NestedRecords { NestedRecords(outer: self, refs: elements(list)) }

  @inlinable
  func elements<Element>(_ list: pb_list) -> UnsafeBufferPointer<Element> {
    guard list.count > 0 else { return UnsafeBufferPointer(start: nil, count: 0) }
    let start = (base + Int(list.offset)).assumingMemoryBound(to: Element.self)
    return UnsafeBufferPointer(start: start, count: Int(list.count))
  }
}

/// Records inside a record, each with offsets from its own start.
public struct NestedRecords: RandomAccessCollection {
  @usableFromInline let outer: RecordReader
  @usableFromInline let refs: UnsafeBufferPointer<pb_ref>

  @inlinable
  init(outer: RecordReader, refs: UnsafeBufferPointer<pb_ref>) {
    self.outer = outer
    self.refs = refs
  }

  @inlinable
  public var startIndex: Int { 0 }

  @inlinable
  public var endIndex: Int { refs.count }

  @inlinable
  public subscript(index: Int) -> RecordReader { RecordReader(checked: outer.base + Int(refs[index].offset)) }
}
