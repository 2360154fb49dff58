import CPatchbay

/// Why a request does not leave. Nothing of it has been sent. No case carries a secret, nor any evaluated text.
public enum SendRefusal: Error, Equatable, Sendable {
  /// The record is neither a request nor the opening of a stream.
  case kind(Int)
  /// It has seals, an account or captures, or goes to a private stream, and names no permitted act.
  case actNeeded
  /// The manifest has no act of this name.
  case unknownAct(String)
  /// The act is of another sort than the record: a path for a frame, or a socket operation for a request.
  case actSort(String)
  /// The act is permitted for another method, or the method is unknown.
  case method(act: String)
  /// The evaluated path is not the act's.
  case path(act: String)
  /// The evaluated frame does not ask for the act's operation, or asks for another one beside it.
  case operation(act: String, reason: String)
  /// Nobody but the manifest says what the act does, and nobody vouches for the manifest.
  case unbound(act: String)
  /// An act of the class public would use an account.
  case publicActUsesAccount(act: String)
  /// An act of the class trade cites no command that is alive.
  case noLiveCommand(act: String)
  /// The cited command's time to send is over, or trading is halted; `isRepeated`: it was refused for that before.
  case licenceOver(act: String, isRepeated: Bool)
  /// What it carries is not what the cited command asks for, or has left already.
  case notAsked(act: String, reason: String)
  /// What it signs is not what the act says that it may sign.
  case signs(act: String, reason: String)
  /// The act may not go to this host.
  case hostOfAct(act: String)
  /// The stream's act does not list the operation.
  case operationOfStream(act: String)
  /// No public act of the manifest is this.
  case noPublicAct
  /// A ping of the WebSocket protocol has more than 125 bytes or a seal.
  case ping
  /// The cited command is of another account.
  case commandOfOtherAccount(act: String)
  /// The cited command is none that trades.
  case commandDoesNotTrade(act: String)
  /// There is no such account, or none is named where one is needed.
  case unknownAccount(UInt64)
  /// The stream is private to another account.
  case streamOfOtherAccount
  /// The URL is not one that can be judged; the rule it breaks.
  case url(String)
  /// The URL's host and port are not among the manifest's.
  case host
  /// A header that could change what the request means, or carries an account's credential outside an act.
  case header(name: String, reason: String)
  /// A frame has a URL, headers or captures.
  case frameWithRequestParts
  /// A capture has no slot from 1 to 64, or its path is no JSON pointer.
  case capture(path: String)
  /// A value that depends on a secret would stand where the act does not say that one may.
  case sealedPlace(act: String)
  /// The sealed text could not be made.
  case seal(SealFault)
  /// No nonce could be had.
  case nonce(NonceFault)

  /// Whether only the connector can have caused it. A halt ends the licences of orders that wait, and a full disk has
  /// no nonces: neither is its doing.
  public var isMisuse: Bool {
    switch self {
    case .nonce: false
    case .licenceOver(_, let isRepeated): isRepeated
    default: true
    }
  }

  /// `PB_REFUSAL_`, as the connector gets it.
  public var code: UInt32 {
    switch self {
    case .host, .hostOfAct, .url: UInt32(PB_REFUSAL_HOST)
    case .unknownAccount, .streamOfOtherAccount, .nonce, .seal(.noAccount), .seal(.missingField), .seal(.wrongKey):
      UInt32(PB_REFUSAL_ACCOUNT)
    case .seal(.tooLarge), .seal(.tooLong), .seal(.tooManyOperations): UInt32(PB_REFUSAL_LIMIT)
    case .seal, .sealedPlace, .header, .capture, .frameWithRequestParts: UInt32(PB_REFUSAL_SEAL)
    default: UInt32(PB_REFUSAL_ACT)
    }
  }
}

extension SendRefusal: CustomStringConvertible {
  public var description: String {
    switch self {
    case .kind(let kind): "record \(kind) is neither a request nor the opening of a stream"
    case .actNeeded: "a request with seals, an account or captures, or on a private stream, must name a permitted act"
    case .unknownAct(let name): "the manifest permits no act \"\(name)\"; add it to permissions.acts"
    case .actSort(let name): "the act \"\(name)\" is of another sort: paths are for requests, operations for frames"
    case .method(let act): "the act \"\(act)\" is permitted for another method, or the method is unknown"
    case .path(let act): "the path is not that of the act \"\(act)\""
    case .operation(let act, let reason): "the frame is not the act \"\(act)\": \(reason)"
    case .unbound(let act):
      "the act \"\(act)\" could do what no command asks for: only its manifest says that it does not; see "
        + "patchbay connectors show, and permit.unbound"
    case .publicActUsesAccount(let act):
      "the act \"\(act)\" is public and may not use an account; its class must be read"
    case .noLiveCommand(let act): "the act \"\(act)\" trades and cites no command that is alive"
    case .licenceOver(let act, _): "the act \"\(act)\" comes after its command's time, or trading is halted"
    case .notAsked(let act, let reason): "the act \"\(act)\" is not what its command asks for: \(reason)"
    case .signs(let act, let reason): "what the act \"\(act)\" signs is not what it may sign: \(reason)"
    case .hostOfAct(let act): "the act \"\(act)\" may not go to this host"
    case .operationOfStream(let act): "the stream was not opened for the act \"\(act)\"; list it under its operations"
    case .noPublicAct: "no public act of the manifest is this request; add one to permissions.acts"
    case .ping: "a ping carries at most 125 bytes, without seals"
    case .commandOfOtherAccount(let act): "the act \"\(act)\" cites a command of another account"
    case .commandDoesNotTrade(let act): "the act \"\(act)\" trades and cites a command that does not"
    case .unknownAccount(let id): "there is no account \(id)"
    case .streamOfOtherAccount: "the stream is private to another account"
    case .url(let rule): "the URL is refused: \(rule)"
    case .host: "the URL's host and port are not in permissions.hosts of the manifest"
    case .header(let name, let reason): "the header \"\(name)\" is refused: \(reason)"
    case .frameWithRequestParts: "a frame has no URL, no headers and no captures"
    case .capture(let path): "the capture \"\(path)\" is not among the act's captures, or its slot is another"
    case .sealedPlace(let act):
      "a value that depends on a secret stands where the act \"\(act)\" has no \"sealed\" place for it"
    case .seal(let fault): fault.description
    case .nonce(let fault): fault.description
    }
  }
}
