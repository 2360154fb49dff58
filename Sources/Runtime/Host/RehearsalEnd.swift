/// Why a version on trial was given up, by kind: for programs that count.
public enum RehearsalEnd: String, Sendable, CaseIterable {
  /// It broke the contract, or its worker ended.
  case crashed = "it crashed"
  /// Its instruments could not be had, or not those that are wanted.
  case instruments = "its instruments could not be had"
  /// What it was asked to subscribe to was refused or not answered, to the last.
  case subscription = "a subscription failed"
  /// A book was not ready when its time was over.
  case noBook = "a book was not ready"
  /// A book was ready, and never what the running one had been.
  case otherBook = "a book was another one"
  /// A book was what the running one had been, for too short a time.
  case tooShort = "a book was alike too seldom"
  /// Commands were open all the time.
  case noMoment = "commands were open all the time"
  /// Whoever began it has ended it, or another of its exchange failed.
  case givenUp = "it was called off"
}
