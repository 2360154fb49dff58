import Decimals
import JSONTree

/// What votes make of the tiers by given rules. The same votes, rules and registry give the same poll.
public struct Poll: Sendable {
  /// A connector that was sorted.
  public struct Row: Sendable, Equatable {
    /// From 1; equals share one.
    public var rank: Int
    public var id: String
    public var votes: Decimal64
    public var voters: Int
    public var before: RegistryEntry.Tier?
    public var after: RegistryEntry.Tier?
    /// Why it is in no higher tier, or in this one.
    public var reason: String
  }

  public var id: String
  public var total: Decimal64
  public var voters: Int
  /// Most votes first.
  public var rows: [Row]
  /// Why it decides nothing; `nil` = it does.
  public var failing: String?
  let rules: PollRules

  /// Counts. Mistakes of votes (an exchange that is not known or not sorted, a voter who gives too much) are reported
  /// all at once, and nothing is counted then.
  public static func count(
    _ id: String, _ ballots: Ballots, by rules: PollRules, in registry: Registry
  ) throws(Problems) -> Poll {
    let candidates = registry.entries.filter(rules.sorts)
    try check(ballots, rules, registry, candidates)
    var votes: [String: (sum: Decimal64, voters: Int)] = [:]
    var total = Decimal64.zero
    for vote in ballots.votes {
      let old = votes[vote.connector] ?? (.zero, 0)
      guard let sum = old.sum.adding(vote.votes), let all = total.adding(vote.votes) else {
        throw tooMuch(ballots.file, vote.connector)
      }
      votes[vote.connector] = (sum, old.voters + 1)
      total = all
    }
    let sorted = candidates.sorted {
      let (left, right) = (votes[$0.id]?.sum ?? .zero, votes[$1.id]?.sum ?? .zero)
      return left == right ? $0.id < $1.id : left > right
    }
    var rows: [Row] = []
    for (place, entry) in sorted.enumerated() {
      let own = votes[entry.id] ?? (.zero, 0)
      let isEqual = rows.last?.votes == own.sum
      rows.append(
        Row(
          rank: isEqual ? rows.last?.rank ?? 1 : place + 1, id: entry.id, votes: own.sum, voters: own.voters,
          before: entry.tier, after: nil, reason: ""))
    }
    let voters = Set(ballots.votes.map(\.voter)).count
    var poll = Poll(id: id, total: total, voters: voters, rows: rows, failing: nil, rules: rules)
    if voters < rules.quorumVoters {
      poll.failing = "\(voters) voted, and the rules want \(rules.quorumVoters)"
    } else if total < rules.quorumVotes {
      poll.failing = "\(total.plain) votes were given, and the rules want \(rules.quorumVotes.plain)"
    }
    poll.sort(green: Set(candidates.filter(\.isGreen).map(\.id)))
    return poll
  }

  private static func check(
    _ ballots: Ballots, _ rules: PollRules, _ registry: Registry, _ candidates: [RegistryEntry]
  ) throws(Problems) {
    let ids = Set(candidates.map(\.id))
    var problems: [Problem] = []
    var given: [String: Decimal64] = [:]
    for connector in Set(ballots.votes.map(\.connector)).sorted() where !ids.contains(connector) {
      let isKnown = registry[connector] != nil
      problems.append(
        Problem(
          .unknownName, file: ballots.file, field: connector,
          message: isKnown ? "the rules do not sort it" : "the registry has no such exchange",
          remedy: isKnown
            ? "Take its votes out: see candidates in the rules"
            : NearestName.remedy(connector, among: candidates.map(\.id))))
    }
    for vote in ballots.votes {
      guard let sum = (given[vote.voter] ?? .zero).adding(vote.votes) else { throw tooMuch(ballots.file, vote.voter) }
      given[vote.voter] = sum
    }
    if let most = rules.mostOfVoter {
      for (voter, sum) in given.sorted(by: { $0.key < $1.key }) where sum > most {
        problems.append(
          Problem(
            .value, file: ballots.file, field: voter,
            message: "gives \(sum.plain) votes, and the rules allow \(most.plain)", remedy: "Take votes out"))
      }
    }
    if !problems.isEmpty { throw Problems(problems) }
  }

  private static func tooMuch(_ file: String, _ what: String) -> Problems {
    Problems([
      Problem(
        .value, file: file, field: what, message: "the sum of its votes has more digits than can be kept exactly",
        remedy: "Use votes of fewer digits")
    ])
  }

  /// Fills the tiers from the most votes down. Equals are never parted: where a tier has no room for all of them, it is
  /// full. Nobody comes into a tier past one who had more votes and found it full.
  private mutating func sort(green: Set<String>) {
    for tier in rules.tiers {
      var left = tier.places ?? .max
      var place = rows.startIndex
      while place < rows.endIndex {
        let equals = place..<(rows[place...].firstIndex { $0.votes < rows[place].votes } ?? rows.endIndex)
        let fitting = equals.filter { rows[$0].after == nil && fits(&rows[$0], tier, green) }
        if fitting.count > left {
          for other in rows.indices where other >= place && rows[other].after == nil && rows[other].reason.isEmpty {
            rows[other].reason = "\(tier.tier.rawValue) has \(tier.places ?? 0) places"
          }
          break
        }
        left -= fitting.count
        for row in fitting { rows[row].after = tier.tier }
        place = equals.upperBound
      }
    }
    for row in rows.indices where rows[row].after == rules.tiers.first?.tier { rows[row].reason = "" }
  }

  /// Whether a connector may be in a tier; why not is noted where nothing else is.
  private func fits(_ row: inout Row, _ tier: PollRules.Place, _ green: Set<String>) -> Bool {
    var fault: String?
    if let share = tier.share, !reaches(row.votes, share) {
      fault = "\(tier.tier.rawValue) wants \(share.plain) of all votes"
    } else if tier.certified, !green.contains(row.id) {
      fault = "\(tier.tier.rawValue) wants a certification that is green"
    }
    if let fault, row.reason.isEmpty { row.reason = fault }
    return fault == nil
  }

  /// Whether votes are at least a share of all; where the product has too many digits, they are compared rounded.
  private func reaches(_ votes: Decimal64, _ share: Decimal64) -> Bool {
    guard !total.isZero else { return false }
    if let least = total.multiplied(by: share) { return votes >= least }
    return votes.quotient(dividingBy: total, places: 12) ?? .zero >= share
  }

  // MARK: What follows

  /// The decisions, by exchange; none where the poll fails.
  public func decisions(_ date: String) -> [(id: String, decision: Decision)] {
    guard failing == nil else { return [] }
    return rows.filter { $0.before != $0.after }.map { row in
      let votes = "\(row.votes.plain) of \(total.plain) votes, rank \(row.rank)"
      let decision = Decision(
        date: date, field: .tier, from: Self.json(row.before), to: Self.json(row.after),
        reason: row.reason.isEmpty ? votes : "\(votes); \(row.reason)", poll: id)
      return (row.id, decision)
    }
  }

  static func json(_ tier: RegistryEntry.Tier?) -> JSONValue { tier.map { JSONValue(.string($0.rawValue)) } ?? nil }

  /// What is kept of it: rules, sums and tiers. Who voted for what is not.
  public func json(_ date: String) -> JSONValue {
    let rows = rows.filter { $0.votes.isPositive || $0.before != $0.after }.map { row -> JSONValue in
      [
        "id": JSONValue(.string(row.id)), "votes": JSONValue(.string(row.votes.plain)),
        "voters": JSONValue(.number("\(row.voters)")), "tier": Self.json(row.after),
      ]
    }
    return [
      "id": JSONValue(.string(id)), "date": JSONValue(.string(date)), "voters": JSONValue(.number("\(voters)")),
      "votes": JSONValue(.string(total.plain)), "rules": rules.tree, "result": JSONValue(.array(rows)),
    ]
  }
}

extension RegistryEntry {
  /// Whether certification found green on every market that it measured, and has measured one.
  var isGreen: Bool {
    let markets = tree["measured"]?["markets"]?.object ?? []
    return !markets.isEmpty && markets.allSatisfy { $0.value["status"]?.string == "green" }
  }
}
