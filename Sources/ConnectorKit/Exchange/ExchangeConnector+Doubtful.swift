import CPatchbay

/// Subscriptions of which one message holds several, and which an exchange refuses together.
extension ExchangeConnector {
  /// A message was refused as a whole, and which of its topics is to blame is not said: each is asked for by itself.
  final func askOneByOne(_ request: pb_id, _ message: TopicMessage) {
    var message = message
    cancelTimer(&message.timer)
    pending.remove(request)
    guard let connection = connections[message.stream] else { return }
    let wanted = message.topics.filter { connection.topics.contains($0) }
    connections[message.stream]?.hasAnswered = true
    connections[message.stream]?.doubtful += wanted
    connections[message.stream]?.unsent += wanted
    flush(message.stream, feedPlan)
  }
}
