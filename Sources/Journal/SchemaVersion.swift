/// Which schema a file has, once it is certain that it is a journal.
struct SchemaVersion {
  /// 0 for a file without anything in it.
  let number: Int

  init(of database: Database, known: Int) throws(JournalFault) {
    let mark = try database.integer("PRAGMA application_id")
    number = Int(try database.integer("PRAGMA user_version"))
    if mark != Schema.applicationID {
      let tables = try database.integer("SELECT count(*) FROM sqlite_schema")
      guard mark == 0, number == 0, tables == 0 else { throw .notAJournal(file: database.path) }
    }
    if number > known { throw .newerSchema(file: database.path, found: number, known: known) }
  }

  /// Takes every step from this version to the latest, all of them or none.
  func migrate(_ database: Database, _ versions: [String]) throws(JournalFault) {
    guard number < versions.count else { return }
    try database.execute("BEGIN IMMEDIATE")
    do throws(JournalFault) {
      for version in versions[number...] { try database.execute(version) }
      try database.execute("PRAGMA application_id = \(Schema.applicationID)")
      try database.execute("PRAGMA user_version = \(versions.count)")
      try database.execute("COMMIT")
    } catch {
      if database.isInTransaction { try? database.execute("ROLLBACK") }
      throw error
    }
  }
}
