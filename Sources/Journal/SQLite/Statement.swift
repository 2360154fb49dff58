import CSQLite
import Decimals

/// A prepared statement. Parameters are bound in order; afterwards `run`, or `step` until it gives `false`.
final class Statement {
  private let handle: OpaquePointer
  private let database: Database
  private var bound: Int32 = 0
  /// Makes SQLite copy the text.
  private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  init(_ handle: OpaquePointer, of database: Database) {
    self.handle = handle
    self.database = database
  }

  deinit { sqlite3_finalize(handle) }

  // MARK: Parameters

  @discardableResult
  func bind(_ text: String) -> Statement {
    bound += 1
    var copy = text
    copy.withUTF8 { bytes in
      if let start = bytes.baseAddress {
        let characters = UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self)
        sqlite3_bind_text(handle, bound, characters, Int32(bytes.count), Self.transient)
      } else {
        // A null pointer would bind NULL.
        sqlite3_bind_text(handle, bound, "", 0, Self.transient)
      }
    }
    return self
  }

  @discardableResult
  func bind(_ value: Int64) -> Statement {
    bound += 1
    sqlite3_bind_int64(handle, bound, value)
    return self
  }

  /// An id or counter of 64 bits; above 2^63 it is kept as the negative integer of the same bits.
  @discardableResult
  func bind(bits value: UInt64) -> Statement { bind(Int64(bitPattern: value)) }

  @discardableResult
  func bind(_ flag: Bool) -> Statement { bind(flag ? 1 : 0 as Int64) }

  /// A number, as its plain decimal text with the places that it has.
  @discardableResult
  func bind(_ value: Decimal64?) -> Statement {
    if let value { return bind(value.description) }
    return bindNull()
  }

  @discardableResult
  func bind(optional text: String?) -> Statement {
    if let text { return bind(text) }
    return bindNull()
  }

  @discardableResult
  func bind(optional value: Int64?) -> Statement {
    if let value { return bind(value) }
    return bindNull()
  }

  @discardableResult
  private func bindNull() -> Statement {
    bound += 1
    sqlite3_bind_null(handle, bound)
    return self
  }

  // MARK: Running

  /// Runs a statement of which no rows are wanted, and makes it ready for the next parameters.
  func run() throws(JournalFault) {
    _ = try step()
    reset()
  }

  /// The next row; `false` after the last one, and then the statement is ready for the next parameters.
  func step() throws(JournalFault) -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    let fault = code == SQLITE_DONE ? nil : database.fault(code)
    reset()
    if let fault { throw fault }
    return false
  }

  func reset() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
    bound = 0
  }

  // MARK: Columns of the row

  var columnCount: Int { Int(sqlite3_column_count(handle)) }
  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
  func bits(_ column: Int32) -> UInt64 { UInt64(bitPattern: integer(column)) }
  func flag(_ column: Int32) -> Bool { integer(column) != 0 }

  /// Empty for NULL.
  func text(_ column: Int32) -> String {
    guard let start = sqlite3_column_text(handle, column) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  /// - Throws: `corrupt` when there is a text that is no number.
  func decimal(_ column: Int32) throws(JournalFault) -> Decimal64? {
    if isNull(column) { return nil }
    guard let value = Decimal64(text(column)) else {
      throw .corrupt(file: database.path, detail: "\"\(text(column))\" is no number")
    }
    return value
  }

  /// What a word stands for.
  /// - Throws: `corrupt` for a word that is not known.
  func word<Value: JournalWord>(_ column: Int32, as: Value.Type = Value.self) throws(JournalFault) -> Value {
    guard let value = Value(word: text(column)) else {
      throw .corrupt(file: database.path, detail: "\"\(text(column))\" is no \(Value.self)")
    }
    return value
  }
}
