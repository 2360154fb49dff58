import Catalog
import JSONTree
import MarketModel
import Runtime

/// The descriptor's words: what the contract does not have is a mistake that nobody would see otherwise.
struct DescriptorTrial {
  let subject: Subject

  private static let lists: [(field: String, words: [String])] = [
    ("verbs", Verb.allCases.map(\.name)), ("channels", Channels.names.map(\.name)),
    ("order_types", Names.type),
  ]

  private static let known = [
    "id", "name", "version", "kind", "hosts", "extensions", "credentials", "config", "verbs", "channels", "order_types",
    "domains", "client_order_id",
  ]

  func run(_ judge: CheckJudge) {
    let descriptor = subject.descriptor
    judge.begin("the descriptor")
    for member in descriptor.object ?? [] where !Self.known.contains(member.key) {
      judge.report(
        "the descriptor has a member \"\(member.key)\" that nobody reads",
        remedy: NearestName.remedy(member.key, among: Self.known), weight: .note)
    }
    for (field, words) in Self.lists {
      judge.begin("the descriptor's \(field)")
      guard let value = descriptor[field] else {
        if field != "order_types" {
          judge.report(
            "the descriptor states no \"\(field)\"", remedy: "state what it offers, so that hosts ask for nothing else")
        }
        continue
      }
      guard let list = value.array else {
        judge.report("the descriptor's \"\(field)\" is no list", remedy: "write a list of texts")
        continue
      }
      for element in list where !words.contains(element.string ?? "") {
        let word = element.string ?? JSONWriter.compact(element)
        judge.report(
          "the descriptor's \"\(field)\" has \"\(word)\", which the contract has not",
          remedy: NearestName.remedy(word, among: words))
      }
    }
    let isTrading = subject.has("verbs", "place")
    if isTrading, descriptor["order_types"]?[0] == nil {
      judge.report("it places orders and states no \"order_types\"", remedy: "list those that the exchange has")
    }
    if isTrading, descriptor["client_order_id"]?["pattern"] == nil {
      judge.report(
        "it places orders and states no form of client order ids",
        remedy: "state \"client_order_id\" with its \"pattern\", so that the host makes ids that the exchange takes",
        weight: .note)
    }
    for word in ["instruments", "clock"] where subject.entry.hosts.isEmpty == false && !subject.has("verbs", word) {
      judge.report(
        "it does not offer \"\(word)\"", remedy: "a host needs it of every connector to an exchange", weight: .note)
    }
  }
}

/// Configurations that no operator means: refused or taken, but survived.
struct ConfigurationTrial {
  let subject: Subject

  func run(_ judge: CheckJudge) {
    var texts = [
      "", "null", "[]", "{", "\"\"", "{\"\":\"\"}", "{\"no such field\":[1,{}]}", "\u{0}", "{\"a\":1,\"a\":2}",
      String(repeating: "[", count: 50_000), "{\"x\":\"" + String(repeating: "y", count: 100_000) + "\"}",
    ]
    for field in subject.descriptor["config"]?.array ?? [] {
      guard let name = field["name"]?.string else {
        judge.report("a field of the descriptor's \"config\" has no name", remedy: "name it")
        continue
      }
      let quoted = JSONWriter.compact(JSONValue(.string(name)))
      let values = [
        "null", "\"\"", "\"no such word\"", "-1", "1e400", "99999999999999999999999", "[]", "{}", "[null,{}]", "true",
        "\"\\ud800\"", "\"" + String(repeating: "z", count: 5000) + "\"",
      ]
      texts += values.map { "{\(quoted):\($0)}" }
    }
    for text in texts {
      judge.begin("the configuration \(CheckNote.shown(Array(text.utf8), of: text.utf8.count))")
      let sink = RecordSink()
      guard let instance = try? ConnectorInstance(subject.code(), config: Array(text.utf8), sink: sink) else {
        continue
      }
      instance.start(trading: false)
      instance.stop()
      let fault = instance.firstFault
      judge.judge(
        malformed: fault?.isOfABound ?? false ? 0 : instance.counters.malformed, failed: 0,
        fault: fault.map { "\($0)" }, gaveUp: false,
        "the configuration \(CheckNote.shown(Array(text.utf8), of: text.utf8.count))")
    }
  }
}
