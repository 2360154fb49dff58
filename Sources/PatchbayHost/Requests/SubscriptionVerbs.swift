import Catalog
import Control
import JSONTree
import Runtime

/// `subscribe`, `unsubscribe`: on the live connection of one instance. The configuration's file is not changed.
package enum SubscriptionVerbs {
  package static func subscribe(_ call: ControlCall, _ host: RunningHost) {
    change(call, host, { $0.knownPairs }) { seat, pair, channels, done throws(SubscriptionFault) in
      let wanted = channels ?? seat.offered
      try seat.subscribe(pair, wanted) { done($0, wanted) }
    }
  }

  package static func unsubscribe(_ call: ControlCall, _ host: RunningHost) {
    change(call, host, { $0.pairs }) { seat, pair, channels, done throws(SubscriptionFault) in
      let unwanted = channels ?? seat.offered
      try seat.unsubscribe(pair, unwanted) { done($0, unwanted) }
    }
  }

  private typealias Change = @Sendable (
    Host.Seat, String, Channels?, @escaping (SubscriptionFault?, Channels) -> Void
  ) throws(SubscriptionFault) -> Void

  /// - Parameter names: the pairs among which the one that is meant is looked for.
  private static func change(
    _ call: ControlCall, _ host: RunningHost, _ names: @escaping @Sendable (Host.Seat) -> [String],
    _ change: @escaping Change
  ) {
    guard call["connector"] != nil else {
      return call.fail("missing_field", "\"connector\" is needed; patchbay status lists them")
    }
    guard let choice = SeatChoice(call, host), let pair = call.pair(), case .some(let channels) = channels(call) else {
      return
    }
    guard choice.names.count == 1, let name = choice.names.first,
      let place = host.places.first(where: { $0.name == name })
    else {
      let names = choice.names.sorted().joined(separator: ", ")
      return call.fail("ambiguous", "name one of \(names)")
    }
    host.gather(for: call, choice) { host, _ in
      choice.seats(host).map { PairChoice.Offer(connector: $0.session.name, pairs: names($0)) }
    } then: { found in
      do throws(DeskRefusal) {
        // What the seat does not know it refuses in its own words.
        let pair = try PairChoice(name: pair, isSubscribed: false).place(among: found.flatMap { $0 })?.pair ?? pair
        perform(call, host.lanes[place.lane - 1], name, pair, channels, change)
      } catch {
        call.fail(error)
      }
    }
  }

  private static func perform(
    _ call: ControlCall, _ lane: HostLane, _ name: String, _ pair: String, _ channels: Channels?,
    _ change: @escaping Change
  ) {
    lane.perform { host in
      guard let seat = host.seats.first(where: { $0.session.name == name }) else { return }
      do throws(SubscriptionFault) {
        try change(seat, pair, channels) { fault, channels in
          if let fault { return call.fail("refused", "\(fault)") }
          call.reply([
            "connector": JSONValue(.string(name)), "pair": JSONValue(.string(pair)),
            "channels": JSONValue(.array(channels.words.map { JSONValue(.string($0)) })),
          ])
        }
      } catch {
        call.fail("refused", "\(error)")
      }
    }
  }

  /// The channels of the request; an inner `nil` = all that there are, an outer `nil` after refusing the call.
  private static func channels(_ call: ControlCall) -> Channels?? {
    guard let words = call.request["channels"]?.array else { return .some(nil) }
    var channels: Channels = []
    for word in words {
      let known = Channels.names.map(\.name)
      guard case .one(let name) = NameRule.find(word.string ?? "", among: known) else {
        let written = word.string ?? word.typeName
        call.fail(
          "bad_field", "there is no channel \"\(written)\"\(NameRule.hint(written, among: known))",
          field: "channels")
        return nil
      }
      for known in Channels.names where known.name == name { channels.insert(known.channel) }
    }
    return .some(channels.isEmpty ? nil : channels)
  }
}

/// `record`: switches recordings on and off.
package enum RecordingVerbs {
  package static func record(_ call: ControlCall, _ host: RunningHost) {
    guard let isOn = call.request["on"]?.bool else { return call.fail("missing_field", "\"on\" is true or false") }
    guard let choice = SeatChoice(call, host) else { return }
    if isOn, let fault = RecordingFolder.make(host.recordings.folder) { return call.fail("no_folder", fault) }
    if isOn { host.recordingClaim.take() }
    let plan = host.recordings
    host.gather(for: call, choice) { host, lane in
      choice.seats(host).map { seat -> SeatStatus in
        if isOn { seat.record(plan) } else { seat.endRecording() }
        return seat.status(lane: lane)
      }
    } then: { found in
      call.reply(["connectors": JSONValue(.array(found.flatMap { $0 }.map { StatusText.json($0) }))])
    }
  }
}
