import CPatchbay
import ConnectorKit

/// A question for the orders since a time: the open ones, then the closed ones in pages of fifty, the newest first.
struct HistoryJob {
  let command: pb_id
  let account: pb_id
  let instrument: pb_id
  /// Seconds since the epoch; 0 = as far as pages go.
  let since: Int64
  /// The same, of the newest; 0 = now. Old orders are few pages from both ends, and many from one.
  let until: Int64
  /// `nil` while the open ones are asked for.
  var offset: Int?
  var pages = 0
  /// Entries that could not be read.
  var unread = 0

  static let pageSize = 50
  /// More would use up the account's call counter.
  static let mostPages = 5
}

/// Orders made between two times, open and ended. Sources: "Get Open Orders", "Get Closed Orders" (start exclusive, end
/// inclusive, closetime: which time of an order they are of). An order that closes between
/// two pages moves the others on, so that one may come twice and none is missed.
extension KrakenSpot {
  func history(_ command: Command, _ account: PrivateAccount) {
    ask(
      HistoryJob(
        command: command.id, account: account.id, instrument: command.instrument,
        since: command.fields.since_ns / Venue.second,
        until: command.fields.until_ns <= 0 ? 0 : (command.fields.until_ns - 1) / Venue.second + 1))
  }

  private func ask(_ job: HistoryJob) {
    var form: [(name: String, value: String)] = []
    if job.offset != nil {
      if job.since > 0 { form.append(("start", "\(job.since)")) }
      // Without it a time is that of the order's end as well.
      if job.until > 0 { form += [("end", "\(job.until)"), ("closetime", "open")] }
    }
    if let offset = job.offset, offset > 0 { form.append(("ofs", "\(offset)")) }
    var request = signed(job.offset == nil ? .openOrders : .closedOrders, account: job.account, form: form)
    request.command = job.command
    out.send(request, id: requests.insert(.history(job)))
  }

  func history(_ job: HistoryJob, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    guard let (orders, unread) = readOrders(body) else { return unreadable(job.command, "orders") }
    for (id, order) in orders where order.market >= 0 {
      guard job.instrument == 0 || markets[order.market].id == job.instrument else { continue }
      tell(order, id, account: job.account, command: job.command)
    }
    var next = job
    next.unread += unread
    if let offset = job.offset {
      next.offset = offset + orders.count + unread
      next.pages += 1
    } else {
      next.offset = 0
    }
    let isMore = job.offset == nil || orders.count + unread >= HistoryJob.pageSize
    if isMore, next.pages < HistoryJob.mostPages {
      ask(next)
      return .ok
    }
    out.complete(
      PB_EV_ORDER, command: job.command, account: job.account, instrument: job.instrument,
      partial: isMore || next.unread > 0)
    out.done(job.command)
    return .ok
  }
}
