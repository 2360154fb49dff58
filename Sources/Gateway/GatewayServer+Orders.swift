import Control
import JSONTree
import Journal
import PatchbayHost

/// Placing, changing and finding orders.
extension GatewayServer {
  typealias Placed = Result<(isNew: Bool, value: JSONValue), APIError>

  // MARK: Placing

  func place(_ request: APIRequest) throws(APIError) {
    try place(request.fields, request.client) { [self] result in
      switch result {
      case .success(let placed): finish(request.exchange, HTTPAnswer(placed.isNew ? 201 : 200, placed.value))
      case .failure(let error): fail(request, error)
      }
    }
  }

  func placeMany(_ request: APIRequest) throws(APIError) {
    var wishes: [[JSONMember]] = []
    for (index, wish) in (request["orders"]?.array ?? []).enumerated() {
      do throws(APIError) {
        wishes.append(try Field.check(wish, Route.wish, in: "orders[\(index)]"))
      } catch {
        var fault = error
        fault.field = "orders[\(index)]" + (error.field.map { ".\($0)" } ?? "")
        throw fault
      }
    }
    final class Results { var values: [JSONValue?] = [] }
    let results = Results()
    results.values = Array(repeating: nil, count: wishes.count)
    let put: (Int, JSONValue) -> Void = { [self] index, value in
      results.values[index] = value
      guard results.values.allSatisfy({ $0 != nil }) else { return }
      reply(request, ["results": JSONValue(.array(results.values.map { $0 ?? nil }))])
    }
    let then: (Int, Placed) -> Void = { index, result in
      switch result {
      case .success(let placed): put(index, placed.value)
      case .failure(let error): put(index, ["error": error.json])
      }
    }
    let begun = try begin(wishes)
    for (index, wish) in wishes.enumerated() {
      if let id = begun[index] {
        placeNew(wish, request.client, id: id) { then(index, $0) }
      } else {
        do throws(APIError) {
          try place(wish, request.client) { then(index, $0) }
        } catch {
          then(index, .failure(error))
        }
      }
    }
  }

  /// Puts the ids of a batch that are new on disk together; by their places.
  private func begin(_ wishes: [[JSONMember]]) throws(APIError) -> [Int: String] {
    var begun: [Int: String] = [:]
    for (index, wish) in wishes.enumerated() {
      guard let id = wish.first(where: { $0.key == "client_order_id" })?.value.string, ledger[id] == nil else {
        continue
      }
      do throws(APIError) {
        try ledger.begin(id, digest: Self.digest(of: wish), wall: host.clock.now().wall)
      } catch {
        for id in begun.values { ledger.free(id) }
        throw error
      }
      begun[index] = id
    }
    if !begun.isEmpty { try sync(Array(begun.values)) }
    return begun
  }

  /// Where they cannot be put on disk, nothing is placed and they stay free.
  private func sync(_ ids: [String]) throws(APIError) {
    noteLedger()
    do throws(APIError) {
      try ledger.sync()
    } catch {
      for id in ids { ledger.free(id) }
      throw error
    }
  }

  /// Places an order, or finds the one that its id stands for.
  private func place(
    _ fields: [JSONMember], _ client: Client, then: @escaping (Placed) -> Void
  ) throws(APIError) {
    guard let id = fields.first(where: { $0.key == "client_order_id" })?.value.string else {
      return placeNew(fields, client, id: nil, then: then)
    }
    let digest = Self.digest(of: fields)
    switch try claim(id, digest: digest) {
    case .order(let place): find(place, id: id, client, then: then)
    case .open:
      // Who asks again waits for the same.
      waiting[id, default: []].append { [self] in
        do throws(APIError) { try place(fields, client, then: then) } catch { then(.failure(error)) }
      }
    case .free:
      try begin(id, digest: digest)
      placeNew(fields, client, id: id, then: then)
    }
  }

  /// What a program's id stands for.
  enum Claim {
    case free
    /// It is being placed.
    case open
    case order(OrderLedger.Place)
  }

  /// - Throws: when it stands for another order, or may stand for one that nobody knows.
  func claim(_ id: String, digest: String) throws(APIError) -> Claim {
    guard let known = ledger[id] else { return .free }
    guard !known.digest.isEmpty else { throw Self.unknownOutcome(id) }
    guard known.digest == digest else {
      throw APIError("client_order_id_in_use", "\(id) stands for another order already", field: "client_order_id")
    }
    if let place = known.place { return .order(place) }
    guard known.isOpen else { throw Self.unknownOutcome(id) }
    return .open
  }

  /// Takes an id for an order that is about to be placed; then it is on disk.
  func begin(_ id: String, digest: String) throws(APIError) {
    try ledger.begin(id, digest: digest, wall: host.clock.now().wall)
    try sync([id])
  }

  /// An order that bears an id is made; on its lane, before it can leave.
  func bind(_ id: String, _ place: OrderLedger.Place) {
    _ = ledgerLines.append(OrderLedger.line(id, place))
    submit { [self] in
      ledger.bind(id, place)
      wake(id)
    }
  }

  /// No order was made: the id may be another's.
  func freeNow(_ id: String) {
    ledger.free(id)
    wake(id)
  }

  private func placeNew(
    _ fields: [JSONMember], _ client: Client, id: String?, then: @escaping (Placed) -> Void
  ) {
    let own = fields.filter { $0.key != "client_order_id" }
    call(own, for: client) { call in
      OrderVerbs.place(call, host.running) { [self] desk, order in
        guard let id else { return }
        let sent = desk.trader.orders[order]?.clientOrderID ?? ""
        bind(id, OrderLedger.Place(connector: desk.name, order: order.rawValue, sent: sent))
      }
    } then: { [self] result in
      if let id, case .failure = result { freeNow(id) }
      then(result.map { (true, naming($0)) })
    }
  }

  /// An order of this id was being placed when the host ended, or what is kept of it is damaged.
  private static func unknownOutcome(_ id: String) -> APIError {
    APIError(
      "outcome_unknown",
      "the host ended while it placed \(id), or its record is damaged, and whether it was sent is not known",
      field: "client_order_id")
  }

  private func wake(_ id: String) {
    for next in waiting.removeValue(forKey: id) ?? [] { next() }
  }

  /// Two bodies are the same when they want the same order, however they are written.
  private static func digest(of fields: [JSONMember]) -> String {
    let counted = fields.filter { $0.key != "wait_ms" && $0.key != "confirmed" }.sorted { $0.key < $1.key }
    return digest(of: JSONWriter.compact(JSONValue(.object(counted))))
  }

  static func digest(of text: String) -> String { hex(Gateway.digest(text.utf8)) }

  // MARK: Finding

  private func find(_ place: OrderLedger.Place, id: String, _ client: Client, then: @escaping (Placed) -> Void) {
    find("\(place.order)", sent: place.sent, connector: place.connector, client) { result in
      then(
        result.map { order in
          let state = order["state"]?.string ?? ""
          let isKnown = state != "pending_create" && state != "unknown"
          return (false, ["order": order, "known": JSONValue(.bool(isKnown)), "rounded": []])
        })
    }
  }

  /// An order from memory, or else from the journal.
  private func find(
    _ word: String, sent: String, connector: String?, _ client: Client,
    then: @escaping (Result<JSONValue, APIError>) -> Void
  ) {
    var fields = [JSONMember("all", true)]
    if let connector { fields.append(JSONMember("connector", JSONValue(.string(connector)))) }
    call(fields, for: client) { [verbs] call in verbs["orders"]?.handle(call) } then: { [self] result in
      let value: JSONValue
      switch result {
      case .success(let found): value = found
      // A connector that traded in an earlier run: the journal has its orders.
      case .failure(let error) where ["unknown_connector", "no_trading"].contains(error.code) && sent != word:
        return read(sent, number: word, nil, then: then)
      case .failure: return then(result)
      }
      let found = (naming(value)["orders"]?.array ?? []).filter { order in
        order["order"]?.string == word || order["exchange_client_order_id"]?.string == sent
          || order["exchange_order_id"]?.string == sent
      }
      switch found.count {
      case 1: then(.success(found[0]))
      case 0: read(sent, number: word, connector, then: then)
      default:
        let names = found.compactMap { $0["connector"]?.string }.joined(separator: ", ")
        then(.failure(APIError("ambiguous", "order \(word) is on \(names); name a connector", field: "connector")))
      }
    }
  }

  private func read(
    _ sent: String, number: String, _ connector: String?, then: @escaping (Result<JSONValue, APIError>) -> Void
  ) {
    var filter = HistoryFilter(limit: 1, order: sent)
    filter.connector = host.running.places.contains { $0.name == connector } ? connector : nil
    let deliver: @Sendable (Result<[JSONValue], APIError>) -> Void = { [self] result in
      let number = number
      submit { [self] in
        switch result {
        case .failure(let error): taken(number, .failure(error))
        case .success(let rows): taken(number, .success(rows.first))
        }
      }
    }
    reading[number, default: []].append(then)
    guard history.ask(.orders, filter, then: deliver) else {
      return taken(number, .failure(APIError("busy", "too many questions wait for the journal")))
    }
  }

  /// The journal has answered what was asked about an order.
  private func taken(_ number: String, _ result: Result<JSONValue?, APIError>) {
    guard var waiting = reading[number], !waiting.isEmpty else { return }
    let then = waiting.removeFirst()
    reading[number] = waiting.isEmpty ? nil : waiting
    switch result {
    case .failure(let error): then(.failure(error))
    case .success(nil): then(.failure(APIError("unknown_order", "there is no order \(number)")))
    case .success(let row?): then(.success(order(row, number: number)))
    }
  }

  func order(_ request: APIRequest) throws(APIError) {
    let word = try word(of: request)
    let answer: (Result<JSONValue, APIError>) -> Void = { [self] result in
      switch result {
      case .success(let order): reply(request, order)
      case .failure(let error): fail(request, error)
      }
    }
    if let known = ledger[word] {
      guard let place = known.place else {
        throw known.isOpen ? APIError("unknown_order", "\(word) is being placed") : Self.unknownOutcome(word)
      }
      return find("\(place.order)", sent: place.sent, connector: place.connector, request.client, then: answer)
    }
    find(word, sent: word, connector: request["connector"]?.string, request.client, then: answer)
  }

  func orders(_ request: APIRequest) {
    var fields = request.fields.filter { $0.key == "connector" || $0.key == "pair" }
    fields.append(JSONMember("all", JSONValue(.bool(request["state"]?.string == "all"))))
    call(fields, for: request.client) { [verbs] call in verbs["orders"]?.handle(call) } then: { [self] result in
      switch result {
      case .failure(let error): fail(request, error)
      case .success(let value):
        reply(request, ["orders": JSONValue(.array(naming(value)["orders"]?.array ?? []))])
      }
    }
  }

  // MARK: Changing

  func amend(_ request: APIRequest) throws(APIError) {
    guard request["price"] != nil || request["quantity"] != nil else {
      throw APIError("missing_field", "there is nothing to change: give a price or a quantity", field: "price")
    }
    ask("amend", try named(request))
  }

  func cancel(_ request: APIRequest, _ order: String) throws(APIError) {
    var request = request
    try address(&request, order)
    ask("cancel", request)
  }

  func sentName(of request: APIRequest) throws(APIError) -> String {
    let word = try word(of: request)
    // The control socket's word for all of them.
    guard word != "all" || ledger[word]?.place != nil else {
      throw APIError("unknown_order", "there is no order all", remedy: "DELETE /v1/orders cancels all")
    }
    return word
  }

  private func named(_ request: APIRequest) throws(APIError) -> APIRequest {
    let word = try word(of: request)
    var request = request
    try address(&request, word)
    return request
  }

  /// Names the order as the control socket does: an id of a program by the connector and the host's number, any other
  /// name as it is.
  private func address(_ request: inout APIRequest, _ word: String) throws(APIError) {
    let known = ledger[word]
    if let known, known.place == nil, !known.isOpen { throw Self.unknownOutcome(word) }
    if let place = known?.place, request["connector"] == nil {
      request.fields.append(JSONMember("connector", JSONValue(.string(place.connector))))
    }
    let name = known?.place.map { "\($0.order)" } ?? word
    request.fields.append(JSONMember("order", JSONValue(.string(name))))
  }

  private func word(of request: APIRequest) throws(APIError) -> String {
    let word = request.words.first ?? ""
    if let fault = FieldForm.id(longest: 128).fault(JSONValue(.string(word))) {
      throw APIError("bad_field", "an order's name is \(fault)", field: "order")
    }
    return word
  }
}
