import Catalog
import JSONTree
import Journal
import PatchbayHost
import Runtime
import Synchronization
import Threads

/// Reads the journal on a thread of its own, one question after the other: the disk holds nobody else up.
final class HistoryShelf: @unchecked Sendable {
  private let file: String
  private let config: Config
  private let lane: Lane
  private let most: Int
  private let waiting = Mutex(0)
  private var thread: HostThread?

  /// - Parameters:
  ///   - config: whose names rows can be chosen by, also where there are none yet.
  ///   - most: questions that may wait.
  init(file: String, config: Config, clock: HostClock, _ most: Int) {
    (self.file, self.config, self.most) = (file, config, most)
    lane = Lane(clock: clock)
  }

  func start() { thread = HostThread { [lane] in lane.run(until: .max) } }

  func stop() {
    lane.stop()
    _ = thread?.wait(until: lane.clock.now().mono + RunningHost.patience)
  }

  /// Asks for rows; `then` is called on the reader's thread. From any thread.
  /// - Parameter isWritten: the names in the filter are as somebody wrote them: they are found without case, and must
  ///   stand for something.
  /// - Returns: whether it was taken; `false` while too many wait.
  func ask(
    _ table: HistoryTable, _ filter: HistoryFilter, isWritten: Bool = false,
    then: @escaping @Sendable (Result<[JSONValue], APIError>) -> Void
  ) -> Bool {
    let isTaken = waiting.withLock { waiting in
      guard waiting < most else { return false }
      waiting += 1
      return true
    }
    guard isTaken else { return false }
    lane.submit { [self] in
      let rows = read(table, filter, isWritten: isWritten)
      waiting.withLock { $0 -= 1 }
      then(rows)
    }
    return true
  }

  private func read(
    _ table: HistoryTable, _ filter: HistoryFilter, isWritten: Bool
  ) -> Result<[JSONValue], APIError> {
    do {
      let reader = try JournalReader(path: file)
      var filter = filter
      if isWritten { try HistoryNames(reader: reader, config: config).settle(&filter) }
      var rows: [JSONValue] = []
      try reader.read(table, filter) { row in rows.append(Self.json(row, table)) }
      return .success(rows)
    } catch let mistake as HistoryNames.Mistake {
      return .failure(APIError(mistake.code, mistake.text, field: mistake.field))
    } catch {
      return .failure(APIError("no_journal", "\(error)", remedy: "a host that trades keeps one"))
    }
  }

  private static func json(_ row: [String?], _ table: HistoryTable) -> JSONValue {
    JSONValue(
      .object(
        zip(table.columns, row).map { column, text in
          guard let text else { return JSONMember(column.name, nil) }
          if case .flag = column.kind { return JSONMember(column.name, JSONValue(.bool(text == "true"))) }
          return JSONMember(column.name, JSONValue(.string(text)))
        }))
  }
}

extension GatewayServer {
  /// What the exchange was given for a program's id; another name as it is.
  private func sentID(_ name: String?) -> String? { name.map { ledger[$0]?.place?.sent ?? $0 } }

  /// A row with the program's own id of its order beside the one that the exchange was given.
  private func named(_ row: JSONValue) -> JSONValue {
    let own = JSONMember("own_client_order_id", ownID(of: row).map { JSONValue(.string($0)) } ?? nil)
    return JSONValue(.object((row.object ?? []) + [own]))
  }

  /// Answers with rows of the journal.
  /// - Parameter table: `nil` = the one that the path names.
  func history(_ request: APIRequest, _ table: HistoryTable?) throws(APIError) {
    guard let table = table ?? request.words.first.flatMap({ HistoryTable(rawValue: $0) }) else {
      let names = HistoryTable.allCases.map(\.rawValue).joined(separator: ", ")
      throw APIError("not_found", "the journal has no such table; its tables: \(names)", field: "table")
    }
    for field in ["order", "pair"] where request[field] != nil {
      guard field == "order" ? table.hasOrders : table.hasPairs else {
        throw APIError("bad_field", "rows of \(table.rawValue) have no \(field)", field: field)
      }
    }
    func time(_ name: String) -> Int64? { request[name]?.number.flatMap { Int64($0) } }
    let filter = HistoryFilter(
      exchange: request["exchange"]?.string, account: request["account"]?.string, pair: request["pair"]?.string,
      since: time("since_ns"), until: time("until_ns"), limit: request["limit"]?.int ?? 100,
      order: sentID(request["order"]?.string))
    let isOwnOnly = request.exchange.path == "/v1/fills"
    nonisolated(unsafe) let request = request
    let isTaken = history.ask(table, filter, isWritten: true) { [self] result in
      submit { [self] in
        switch result {
        case .success(let rows):
          // The journal's table has those of nobody's orders too.
          let chosen = rows.filter { !isOwnOnly || $0["kind"]?.string == "own" }
          reply(request, ["rows": JSONValue(.array(table.hasOrders ? chosen.map(named) : chosen))])
        case .failure(let error): fail(request, error)
        }
      }
    }
    guard isTaken else { throw APIError("busy", "too many questions wait for the journal") }
  }
}
