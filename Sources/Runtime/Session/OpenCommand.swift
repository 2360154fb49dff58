/// A command that has been given and not answered.
struct OpenCommand {
  var draft: CommandDraft
  var completion: (CommandResult) -> Void
  /// What was said in answer to it since it was given.
  var attempt: CommandAttempt
  /// It was given a second time, because the venue had refused its timestamp.
  var isRetry = false
  /// A fact of its answer could not be taken: the set is not whole, whatever the connector says.
  var isCut = false
  /// What it asked for, where that is candles.
  var candles = CandleList()
  /// And where it is a quote.
  var quote: QuoteFact?
  /// How many records had broken the contract when it was given: one more may have been a fact of its answer.
  let malformed: UInt64

  init(_ draft: CommandDraft, _ completion: @escaping (CommandResult) -> Void, malformed: UInt64) {
    (self.draft, self.completion, self.malformed) = (draft, completion, malformed)
    attempt = CommandAttempt(draft)
  }
}
