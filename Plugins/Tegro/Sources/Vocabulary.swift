import ConnectorKit

extension TegroSpot {
  public var words: Words { Words(side: [:], type: [:], force: [:], state: [:]) }
  public var errors: ErrorPlan { ErrorPlan(.status(code: "code", text: "message"), []) }
}
