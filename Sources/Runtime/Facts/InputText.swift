import CPatchbay
import Records

/// One recorded input as a line for people.
public enum InputText {
  static let kinds = [
    "start", "stop", "account", "opened", "frame", "closed", "sent", "reply", "timer", "command",
  ]
  static let outcomes = ["not sent", "sent", "replied", "no answer"]

  /// - Parameter width: most bytes of the payload to show.
  public static func line(
    _ record: UnsafePointer<pb_rec>, _ payload: UnsafeBufferPointer<UInt8>, width: Int = 120
  ) -> String {
    let reader = RecordReader(checked: record)
    let kind = reader.kind
    let name = kind >= 1 && kind <= kinds.count ? kinds[kind - 1] : "kind \(kind)"
    let time = UnsafeRawPointer(record).load(as: pb_input.self).mono_ns
    var text = "\(reader.rec.seq)  \(seconds(time))  \(name)" + details(reader, kind)
    if payload.count > 0 { text += "  \(payload.count) bytes  \(shown(payload, width))" }
    return text
  }

  private static func details(_ record: RecordReader, _ kind: Int) -> String {
    switch kind {
    case PB_IN_ACCOUNT:
      let input = record.head(as: pb_in_account.self)
      return "  \(input.account) \(record.text(input.label))" + (input.present == 0 ? " gone" : "")
    case PB_IN_OPENED, PB_IN_FRAME, PB_IN_CLOSED:
      let input = record.head(as: pb_in_stream.self)
      return "  stream \(input.stream)"
        + (kind == PB_IN_CLOSED ? " code \(input.code) \(record.text(input.reason))" : "")
    case PB_IN_SENT, PB_IN_REPLY:
      let input = record.head(as: pb_in_reply.self)
      let outcome = input.outcome >= 1 && input.outcome <= 4 ? outcomes[Int(input.outcome) - 1] : "\(input.outcome)"
      return "  request \(input.request) \(outcome)" + (input.status > 0 ? " \(input.status)" : "")
    case PB_IN_TIMER: return "  \(record.head(as: pb_in_timer.self).timer)"
    case PB_IN_COMMAND:
      let input = record.head(as: pb_in_command.self)
      let verb = Verb(rawValue: input.verb)?.name ?? "verb \(input.verb)"
      return "  \(input.command) \(verb)" + (input.instrument > 0 ? " instrument \(input.instrument)" : "")
    default: return ""
    }
  }

  private static func seconds(_ nanoseconds: Int64) -> String {
    let micros = nanoseconds / 1000
    let fraction = String(micros % 1_000_000)
    return "\(micros / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
  }

  private static func shown(_ payload: UnsafeBufferPointer<UInt8>, _ width: Int) -> String {
    let part = payload.prefix(width).map { $0 >= 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: ".") }
    return String(decoding: part, as: UTF8.self) + (payload.count > width ? "..." : "")
  }
}
