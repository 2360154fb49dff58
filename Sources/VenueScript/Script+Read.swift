import JSONTree

extension Script {
  /// Reads a script.
  public init(text: [UInt8], file: String) throws(ScriptFault) {
    let tree: JSONValue
    do {
      tree = try JSONDocument.parse(bytes: text, file: file)
    } catch {
      throw ScriptFault(file: file, position: error.position, message: error.message)
    }
    let reader = ScriptReader(file: file)
    try reader.allow(
      tree,
      [
        "about", "connector", "exchange", "market", "pairs", "hosts", "credentials", "config", "values", "requests",
        "sockets", "story",
      ])
    self.file = file
    connector = try reader.text(tree, "connector")
    exchange = try reader.text(tree, "exchange")
    market = try reader.text(tree, "market")
    pairs = try reader.texts(tree, "pairs")
    hosts = try reader.texts(tree, "hosts")
    credentials = tree["credentials"] ?? JSONValue(.object([]))
    config = tree["config"]
    values = try reader.members(tree, "values")
    requests = try reader.list(tree, "requests").map { value throws(ScriptFault) in try reader.rule(value) }
    sockets = try reader.list(tree, "sockets").map { value throws(ScriptFault) in try reader.socket(value) }
    story = try reader.list(tree, "story").map { value throws(ScriptFault) in try reader.step(value) }
    for rule in requests where rule.reply == nil { throw reader.fault(rule.position, "a request needs a reply") }
    let names = Set(sockets.map(\.name) + sockets.flatMap { $0.frames.compactMap(\.socketName) })
    for action in requests.flatMap(\.actions) + sockets.flatMap({ $0.opened + $0.frames.flatMap(\.actions) }) {
      guard let name = action.socket, !names.contains(name) else { continue }
      throw reader.fault(tree.position, "no socket is called \"\(name)\"")
    }
  }
}

/// Reads the parts of a script; what it does not know is a fault.
struct ScriptReader {
  var file: String

  func fault(_ position: JSONPosition, _ message: String) -> ScriptFault {
    ScriptFault(file: file, position: position, message: message)
  }

  func allow(_ value: JSONValue, _ keys: [String]) throws(ScriptFault) {
    guard let members = value.object else { throw fault(value.position, "must be an object") }
    for member in members where !keys.contains(member.key) {
      throw fault(member.keyPosition, "\"\(member.key)\" is not known; known: \(keys.joined(separator: ", "))")
    }
  }

  func text(_ value: JSONValue, _ key: String) throws(ScriptFault) -> String {
    guard let text = value[key]?.string else { throw fault(value.position, "\"\(key)\" must be a text") }
    return text
  }

  func texts(_ value: JSONValue, _ key: String) throws(ScriptFault) -> [String] {
    try list(value, key).map { value throws(ScriptFault) in
      guard let text = value.string else { throw fault(value.position, "must be a text") }
      return text
    }
  }

  func list(_ value: JSONValue, _ key: String) throws(ScriptFault) -> [JSONValue] {
    guard let list = value[key] else { return [] }
    guard let array = list.array else { throw fault(list.position, "\"\(key)\" must be an array") }
    return array
  }

  func members(_ value: JSONValue, _ key: String) throws(ScriptFault) -> [JSONMember] {
    guard let object = value[key] else { return [] }
    guard let members = object.object else { throw fault(object.position, "\"\(key)\" must be an object") }
    return members
  }

  /// Seconds, with at most three decimals, in nanoseconds.
  private func time(_ value: JSONValue, _ key: String) throws(ScriptFault) -> Int64 {
    guard let number = value[key] else { return 0 }
    guard let seconds = number.number.flatMap(Double.init), (0...86_400).contains(seconds) else {
      throw fault(number.position, "\"\(key)\" must be seconds from 0 to 86400")
    }
    return Int64(seconds * 1000) * 1_000_000
  }

  func rule(_ value: JSONValue) throws(ScriptFault) -> Script.Rule {
    try allow(value, ["about", "when", "times", "optional", "keep", "count", "set", "names", "reply", "each", "then"])
    var rule = Script.Rule(position: value.position, wish: try wish(value["when"] ?? JSONValue(.object([]))))
    if let times = value["times"] {
      guard let count = times.int, count > 0 else { throw fault(times.position, "must be a number above zero") }
      rule.times = count
    }
    rule.isOptional = value["optional"]?.bool ?? false
    rule.keeps = try members(value, "keep").map { member throws(ScriptFault) in
      guard let place = member.value.string, place.contains(":") else {
        throw fault(member.value.position, "must be a place such as json:/px or query:symbol")
      }
      return Script.Keep(name: member.key, place: place)
    }
    rule.counts = try texts(value, "count")
    rule.sets = try members(value, "set")
    rule.socketName = value["names"]?.string
    if let each = value["each"] {
      try allow(each, ["in", "fits"])
      rule.each = (try text(each, "in"), each["fits"])
    }
    if let reply = value["reply"] {
      try allow(reply, ["status", "headers", "body", "after"])
      rule.reply = Script.Reply(
        status: reply["status"]?.int ?? 200, headers: try members(reply, "headers"),
        body: reply["body"] ?? JSONValue(.string("")), after: try time(reply, "after"))
    }
    rule.actions = try actions(value, "then")
    return rule
  }

  private func wish(_ value: JSONValue) throws(ScriptFault) -> Script.Wish {
    try allow(value, ["method", "path", "query", "form", "headers", "json", "protobuf", "text"])
    return Script.Wish(
      method: value["method"]?.string, path: value["path"]?.string, query: try members(value, "query"),
      form: try members(value, "form"), headers: try members(value, "headers"), json: value["json"],
      protobuf: value["protobuf"], text: value["text"]?.string)
  }

  private func actions(_ value: JSONValue, _ key: String) throws(ScriptFault) -> [Script.Action] {
    try list(value, key).map { value throws(ScriptFault) in
      try allow(value, ["about", "send", "cut", "close", "socket", "after", "every", "count"])
      let deed: Script.Deed
      var socket = value["socket"]?.string
      if let content = value["send"] {
        deed = .send(content)
      } else if let name = value["cut"] ?? value["close"] {
        deed = value["cut"] == nil ? .close : .cut
        socket = name.string ?? socket
      } else {
        throw fault(value.position, "one of send, cut and close is needed")
      }
      return Script.Action(
        position: value.position, deed: deed, socket: socket, after: try time(value, "after"),
        every: try time(value, "every"), counts: try texts(value, "count"))
    }
  }

  func socket(_ value: JSONValue) throws(ScriptFault) -> Script.Socket {
    try allow(value, ["about", "name", "path", "query", "compressed", "opened", "frames"])
    let frames = try list(value, "frames").map { value throws(ScriptFault) in try rule(value) }
    return Script.Socket(
      name: try text(value, "name"), path: try text(value, "path"), query: try members(value, "query"),
      isCompressed: value["compressed"]?.bool ?? false, opened: try actions(value, "opened"), frames: frames)
  }

  func step(_ value: JSONValue) throws(ScriptFault) -> Script.Step {
    try allow(value, ["about", "do", "until", "says", "fails"])
    let command = try text(value, "do").split(separator: " ").map(String.init)
    let key = value["until"] == nil ? "says" : "until"
    let expected: [String]
    if let alone = value[key]?.string { expected = [alone] } else { expected = try texts(value, key) }
    return Script.Step(
      command: command, expected: expected, isAwaited: key == "until",
      fails: value["fails"]?.bool ?? false, position: value.position)
  }
}
