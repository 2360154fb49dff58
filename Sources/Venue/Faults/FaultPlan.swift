/// Why a plan cannot be read.
public struct FaultPlanError: Error, Equatable, CustomStringConvertible {
  public let description: String
}

/// Faults by name and chance, for people to write and for long runs to draw from.
public struct FaultPlan: Sendable {
  public var rules: [FaultRule] = []

  public init() {}

  /// Every fault that a plan can name, with what it does and its chance in a million in `usual`.
  public static let names: [(name: String, rule: FaultRule)] = [
    ("drop", message(.drop, 300)), ("duplicate", message(.duplicate, 300)), ("delay", message(.delay(second), 300)),
    ("reorder", message(.reorder, 300)), ("truncate", message(.corrupt(.truncated), 100)),
    ("garbage", message(.corrupt(.garbage), 100)), ("number", message(.corrupt(.number(key: "U")), 50, "\"U\":")),
    ("previous", message(.corrupt(.number(key: "prevSeqId")), 50, "\"prevSeqId\":")),
    ("checksum", message(.corrupt(.number(key: "c")), 100, "\"c\":")), ("cut", message(.cut, 50)),
    ("close", message(.close(code: 1012, reason: "restart"), 50)), ("mute", message(.mute(3 * second), 50)),
    ("lost", FaultRule(.drop, .toVenue("")).with(chance: 20_000)),
    ("429", request(.refuse(.tooMany(retryAfter: 2, body: tooMany)))),
    ("418", request(.refuse(.tooMany(status: 418, retryAfter: 5, body: tooMany)))),
    ("500", request(.refuse(.outage(status: 500)))), ("502", request(.refuse(.outage(status: 502)))),
    ("503", request(.refuse(.outage(status: 503)))), ("504", request(.actThenRefuse(.outage(status: 504)))),
    ("redirect", request(.refuse(.redirect(to: "https://elsewhere.test/")))), ("late", request(.late(2 * second))),
    ("silence", request(.silence(30 * second))), ("no-answer", request(.actThenSilence(second))),
    ("refused", FaultRule(.refuse(.outage(status: 503)), .openings("")).with(chance: 100_000)),
    ("dead", FaultRule(.silence(30 * second), .openings("")).with(chance: 20_000)),
  ]

  private static let second: Int64 = 1_000_000_000
  private static let tooMany = #"{"code":-1003,"msg":"Too many requests"}"#

  private static func message(_ fault: Fault, _ chance: UInt64, _ about: String = "") -> FaultRule {
    FaultRule(fault, .toClient(about)).with(chance: chance)
  }

  private static func request(_ fault: Fault) -> FaultRule { FaultRule(fault, .requests("")).with(chance: 30_000) }

  /// Everything, each at its usual chance.
  public static let usual: FaultPlan = {
    var plan = FaultPlan()
    plan.rules = names.map(\.rule)
    return plan
  }()

  /// Reads `usual`, or names with chances in a million, such as `drop=500,cut=50,429=100000`; a name alone has its
  /// usual chance.
  public init(_ text: String) throws(FaultPlanError) {
    for part in text.split(separator: ",") {
      let halves = part.split(separator: "=", maxSplits: 1)
      if part == "usual" {
        rules += FaultPlan.usual.rules
        continue
      }
      guard let name = halves.first, let known = FaultPlan.names.first(where: { $0.name == name }) else {
        let names = FaultPlan.names.map(\.name).joined(separator: ", ")
        throw FaultPlanError(description: "there is no fault \"\(part)\"; there are usual, \(names)")
      }
      guard halves.count == 2 else {
        rules.append(known.rule)
        continue
      }
      guard let chance = UInt64(halves[1]), chance <= 1_000_000 else {
        throw FaultPlanError(description: "\(part): a chance is a number of 0 to 1000000, in a million")
      }
      rules.append(known.rule.with(chance: chance))
    }
  }
}
