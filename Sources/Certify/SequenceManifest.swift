import JSONTree
import Runtime

/// `sequences` of certification.json: what short recordings need beyond what all recordings do.
struct SequenceManifest: Sendable {
  /// How the connector's instruments are described where a recording does not; nil = as for samples.
  var instruments: SampleInstruments?
  /// Answers to requests and frames, ahead of those of `trading`; what was recorded goes before both.
  var replies: [TradingScript.Reply] = []
  var frames: [TradingScript.FrameReply] = []
  /// How fills that are asked for by request are answered; nil = as any other request.
  var fills: FillsModel?
  /// Laid over the configurations of recordings and of accounts.
  var config: JSONValue = [:]
  /// What the exchange's stream does not say of an order, with the reason: such a field is compared where the connector
  /// reports one, and may be absent.
  var unsaid: [(field: String, reason: String)] = []
  static let mayBeUnsaid = ["client_id", "price", "quantity"]

  init() {}

  init(_ value: JSONValue, _ reader: inout ManifestReader) {
    reader.keys(value, "sequences", ["instruments", "replies", "frames", "fills", "config", "unsaid"])
    let script = TradingScript(
      JSONValue(.object((value.object ?? []).filter { ["replies", "frames"].contains($0.key) })), &reader)
    (replies, frames) = (script.replies, script.frames)
    if let described = value["instruments"] {
      instruments = SampleInstruments(described, "sequences.instruments", &reader)
    }
    if let fills = value["fills"] { self.fills = FillsModel(fills, &reader) }
    config = value["config"] ?? [:]
    if let unsaid = value["unsaid"] { reader.keys(unsaid, "sequences.unsaid", Self.mayBeUnsaid) }
    for member in value["unsaid"]?.object ?? [] {
      unsaid.append((member.key, reader.text(member.value, "sequences.unsaid.\(member.key)")))
    }
  }
}
