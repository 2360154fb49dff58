import CPatchbay
import Decimals

/// A whole message or reply body, readable for 64 bytes behind its end.
public typealias Body = UnsafeBufferPointer<UInt8>

/// One of the exchange's REST endpoints: the manifest's act, how its parameters travel, and what a call costs.
public struct Endpoint: Sendable {
  /// Where the parameters of a call stand.
  public enum Parameters: Sendable {
    /// Behind the path: `?symbol=BTCUSDT&limit=10`.
    case query
    /// In the body, as a form.
    case form
    /// In the body, as a JSON object.
    case json
  }

  public let act: PermittedAct
  public let parameters: Parameters
  public let charges: [Charge]
  /// Nanoseconds from the asking within which the answer must come.
  public let deadline: Int64
  /// Parameters that stand without quotes in JSON, however they were set: numbers and flags.
  public var bare: Set<String> = []
  /// Scheme and host of a service that stands elsewhere; empty = those of all requests.
  public var host = ""

  public init(
    _ act: PermittedAct, _ parameters: Parameters = .query, charges: [Charge] = [], deadline: Int64 = 10_000_000_000
  ) {
    self.act = act
    self.parameters = parameters
    self.charges = charges
    self.deadline = deadline
  }

  /// An endpoint whose calls cost one of a limit, or so much.
  public init(
    _ act: PermittedAct, _ parameters: Parameters = .query, on limit: Output.Limit, weight: UInt32 = 1,
    deadline: Int64 = 10_000_000_000
  ) {
    self.init(act, parameters, charges: [Charge(limit.bucket, weight)], deadline: deadline)
  }
}

/// One question or order for the exchange: an endpoint with its parameters, in the order in which they were set.
public struct Call: Sendable {
  public enum Value: Sendable {
    /// Percent-encoded in a query or form, quoted in JSON.
    case text(String)
    /// Written as it is: a number, a word such as `true`, names joined by commas that need no encoding.
    case bare(String)
    /// Filled in by the host; quoted in JSON.
    case seal(Seal)
    /// The same, without quotes.
    case bareSeal(Seal)
    /// Part of a JSON body.
    case json(SealedText)
  }

  public private(set) var endpoint: Endpoint
  public private(set) var fields: [(name: String, value: Value)] = []
  /// Instead of the fields: a JSON body that is no object.
  public var whole: SealedText?
  /// What the call costs; the endpoint's charges where nothing else was set.
  public var charges: [Charge]
  /// The form of the first fields, where it was written already.
  private var written: (fields: Int, text: SealedText) = (0, SealedText())
  /// What stands for each `*` of the path, in order, encoded; or what the host fills in.
  private var segments: [Segment] = []
  private enum Segment: Sendable { case text(String), seal(Seal) }
  /// What the host takes out of the reply and keeps.
  public var captures: [Capture] = []

  public init(_ endpoint: Endpoint) {
    self.endpoint = endpoint
    charges = endpoint.charges
    fields.reserveCapacity(16)
  }

  public init(_ endpoint: Endpoint, _ parameters: KeyValuePairs<String, String>) {
    self.init(endpoint)
    for (name, value) in parameters { set(name, value) }
  }

  public mutating func set(_ name: String, _ value: String) { fields.append((name, .text(value))) }
  public mutating func set(_ name: String, _ value: Seal) { fields.append((name, .seal(value))) }
  public mutating func set(_ name: String, _ value: Int64) { fields.append((name, .bare("\(value)"))) }
  public mutating func set(_ name: String, _ value: Bool) { fields.append((name, .bare(value ? "true" : "false"))) }
  public mutating func set(_ name: String, bare value: String) { fields.append((name, .bare(value))) }
  public mutating func set(_ name: String, bare value: Seal) { fields.append((name, .bareSeal(value))) }
  public mutating func set(_ name: String, json value: SealedText) { fields.append((name, .json(value))) }

  /// A list of texts, quoted in JSON; an empty one is left out.
  public mutating func set(_ name: String, list: [String]) {
    if !list.isEmpty { set(name, json: jsonList(list.map { SealedText(jsonQuoted($0)) })) }
  }

  /// Puts a value in the place of the path's next `*`.
  public mutating func fill(_ value: String) { segments.append(.text(percentEncoded(value))) }

  /// The same of what the host fills in.
  public mutating func fill(_ value: Seal) { segments.append(.seal(value)) }

  /// The same of names whose marks, such as a colon, stand and are signed as they are.
  public mutating func fill(bare value: String) { segments.append(.text(value)) }

  /// Goes to another endpoint: what an order is named by may decide it.
  public mutating func use(_ endpoint: Endpoint) { (self.endpoint, charges) = (endpoint, endpoint.charges) }

  /// The act's path, its `*` filled in. One without a value stays, so that the path is never that of another request.
  public var path: String {
    guard !segments.isEmpty else { return endpoint.act.path }
    var rest = segments[...]
    return endpoint.act.path.split(separator: "/", omittingEmptySubsequences: false)
      .map { segment in
        guard segment == "*", case .text(let text)? = rest.popFirst() else { return String(segment) }
        return text
      }.joined(separator: "/")
  }

  /// The same with what the host fills in.
  var target: SealedText {
    let hasSeal = segments.contains { if case .seal = $0 { true } else { false } }
    guard hasSeal else { return SealedText(path) }
    var (rest, target, isFirst) = (segments[...], SealedText(), true)
    for segment in endpoint.act.path.split(separator: "/", omittingEmptySubsequences: false) {
      if !isFirst { target += SealedText("/") }
      isFirst = false
      guard segment == "*", let own = rest.popFirst() else {
        target += SealedText(String(segment))
        continue
      }
      switch own {
      case .text(let text): target += SealedText(text)
      case .seal(let seal): target += SealedText(seal)
      }
    }
    return target
  }

  /// The same without one parameter.
  public func without(_ name: String) -> Call {
    var call = self
    call.fields.removeAll { $0.name == name }
    call.written = (0, SealedText())
    return call
  }

  /// What was set for a parameter; `nil` where nothing was, or what the host fills in.
  public func text(_ name: String) -> String? {
    switch fields.first(where: { $0.name == name })?.value {
    case .text(let text), .bare(let text): text
    case .seal, .bareSeal, .json, nil: nil
    }
  }

  /// Names an order by the exchange's id or, where that is not known, the client's.
  public mutating func name(_ order: OwnedCommand, venue: String, client: String) throws(CommandRefusal) {
    if !order.venueOrder.isEmpty {
      set(venue, order.venueOrder)
    } else if !order.clientOrder.isEmpty {
      set(client, order.clientOrder)
    } else {
      throw CommandRefusal(.invalidOrder, "the order is not named")
    }
  }

  /// A parameter in front of all others, without quotes in JSON: a nonce.
  public mutating func setFirst(_ name: String, _ value: Seal) {
    fields.insert((name, .bareSeal(value)), at: 0)
    written = (0, SealedText())
  }

  /// Puts the parameters in the order of their names, byte by byte, as some exchanges want them signed.
  public mutating func sort() {
    fields.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    written = (0, SealedText())
  }

  /// A decimal as plain text, quoted in JSON; an absent one is left out.
  public mutating func set(_ name: String, _ value: Decimal64?) {
    if let value { fields.append((name, .text(value.plain))) }
  }

  /// A decimal as a number of JSON; an absent one is left out.
  public mutating func setNumber(_ name: String, _ value: Decimal64?) {
    if let value { fields.append((name, .bare(value.plain))) }
  }

  /// `name=value&name=value`, percent-encoded.
  public var form: SealedText { form(isEncoded: true) }

  /// The same as it reads before it is encoded: what some exchanges want signed.
  public var plainForm: SealedText { form(isEncoded: false) }

  /// The form so far, to be signed. It is kept: what is set from now on is put behind it.
  public mutating func signedForm() -> SealedText {
    let text = form
    written = (fields.count, text)
    return text
  }

  private func form(isEncoded: Bool) -> SealedText {
    let (first, before) = isEncoded ? written : (0, SealedText())
    return TextWriter.write(behind: before, size: room(from: first)) { writer in
      for place in first..<fields.count {
        if case .json = fields[place].value { continue }
        if !writer.isEmpty { writer.put(UInt8(ascii: "&")) }
        writer.put(fields[place].name)
        writer.put(UInt8(ascii: "="))
        switch fields[place].value {
        case .text(let text): if isEncoded { writer.putEncoded(text) } else { writer.put(text) }
        case .bare(let text): writer.put(text)
        case .seal(let seal), .bareSeal(let seal): writer.put(seal)
        case .json: break
        }
      }
    }
  }

  /// Bytes that the fields take from one on, as long as nothing of them is encoded.
  private func room(from first: Int) -> Int {
    var size = 2
    for place in first..<fields.count {
      size += fields[place].name.utf8.count + 6
      switch fields[place].value {
      case .text(let text), .bare(let text): size += text.utf8.count
      case .seal, .bareSeal, .json: break
      }
    }
    return size
  }

  /// `{"name":"value","name":1}`.
  public var json: SealedText {
    TextWriter.write(behind: SealedText(), size: room(from: 0)) { writer in
      writer.put(UInt8(ascii: "{"))
      for place in fields.indices {
        if place > 0 { writer.put(UInt8(ascii: ",")) }
        writer.putQuoted(fields[place].name)
        writer.put(UInt8(ascii: ":"))
        switch fields[place].value {
        case .text(let value):
          if endpoint.bare.contains(fields[place].name) { writer.put(value) } else { writer.putQuoted(value) }
        case .bare(let value): writer.put(value)
        case .seal(let seal):
          writer.put(UInt8(ascii: "\""))
          writer.put(seal)
          writer.put(UInt8(ascii: "\""))
        case .bareSeal(let seal): writer.put(seal)
        case .json(let part): writer.put(part)
        }
      }
      writer.put(UInt8(ascii: "}"))
    }
  }
}

/// `[1,2]`: parts of JSON as an array of them.
public func jsonList(_ parts: [SealedText]) -> SealedText {
  parts.enumerated().reduce(SealedText("[")) { $0 + SealedText($1.offset > 0 ? "," : "") + $1.element } + "]"
}

/// A text as a JSON string, its quotes included.
public func jsonQuoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case _ where scalar.value < 0x20:
      let digits = Array("0123456789abcdef")
      result += "\\u00\(digits[Int(scalar.value >> 4)])\(digits[Int(scalar.value & 15)])"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
