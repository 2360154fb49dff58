import ConnectorKit

extension VertexExchange {
  public var words: Words { Words(side: [:], type: [:], force: [:], state: [:]) }

  /// "Errors": a reply says `"status": "failure"`, and why by a number and words.
  public var errors: ErrorPlan {
    ErrorPlan(
      .status(code: "error_code", text: "error"),
      ErrorTable(codes: [.rateLimit: "1000 1015"]))
  }
}
