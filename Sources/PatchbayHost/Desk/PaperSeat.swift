import Catalog
import Journal
import Trading

/// A connector that trades with play money of its own, and goes on from what it has done.
package struct PaperSeat: Sendable {
  let exchange: String
  let connector: String
  /// As the journal calls it.
  let account: String
  let isPerpetual: Bool
  /// An exchange of its own, which liquidates and lets funding be paid.
  let isExchange: Bool
  /// It trades in this run.
  let isInUse: Bool
  /// In use it goes on from what it has done; else it begins anew, and so does every later run from there.
  let resumes: Bool

  /// Marks of the journal: an account on paper was in use, and when it began anew.
  static let topic = "paper"
  static let anewTopic = "paper_anew"

  /// Those that a configuration names, in use or not.
  static func all(_ config: Config, _ catalog: Catalog) -> [PaperSeat] {
    config.connectors.flatMap { wanted -> [PaperSeat] in
      guard let manifest = catalog[wanted.id]?.manifest else { return [] }
      return wanted.markets.compactMap { market in
        guard let id = manifest.connector(market.market) else { return nil }
        let isPerpetual = market.market == .perp
        let isInUse = wanted.enabled && wanted.permits(market.market)
        if let paper = wanted.paper {
          return PaperSeat(
            exchange: wanted.id, connector: id, account: "paper", isPerpetual: isPerpetual, isExchange: false,
            isInUse: isInUse, resumes: paper.resumes)
        }
        let takes = manifest.settings[market.market]?.contains { $0.name == "resume" } ?? false
        guard manifest.hosts.isEmpty, takes else { return nil }
        return PaperSeat(
          exchange: wanted.id, connector: id, account: "main", isPerpetual: isPerpetual, isExchange: true,
          isInUse: isInUse, resumes: wanted.settings["resume"] == nil)
      }
    }
  }

  /// What the journal is to know of a start at a time.
  func marks(_ wall: Int64) -> [JournalMark] {
    guard isInUse else { return [] }
    return ([Self.topic] + (resumes ? [] : [Self.anewTopic])).map { topic in
      JournalMark(exchange: exchange, account: account, instrument: connector, topic: topic, time: wall)
    }
  }

  /// When it began anew last.
  func since(_ marks: [JournalMark]) -> Int64 {
    let anew = marks.first { mark in
      mark.topic == Self.anewTopic && mark.exchange == exchange && mark.account == account
        && mark.instrument == connector
    }
    return anew?.time ?? .min
  }

  /// What it has done since it began anew last.
  func history(_ journal: Journal, _ marks: [JournalMark]) throws(JournalFault) -> PaperHistory {
    var history = PaperHistory(isPerpetual: isPerpetual)
    let since = since(marks)
    let deals = try journal.deals(
      exchange: exchange, connector: connector, account: account, forced: isExchange && isPerpetual, since: since)
    for deal in deals {
      history.add(
        PaperHistory.Deal(symbol: deal.instrument, pair: deal.pair, side: deal.side, fill: deal.fill))
    }
    guard isExchange, isPerpetual else { return history }
    for payment in try journal.fundingPaid(exchange: exchange, account: account, since: since) {
      history.pay(payment.amount, payment.asset)
    }
    return history
  }
}
