import Vault

/// What stood in `PATCHBAY_PASSWORD`, for one use: a host that runs for weeks does not need it once its keys are there.
/// Belongs to the thread of the command.
final class GivenPassword {
  private var secret: SecretBytes?

  init(_ secret: SecretBytes) { self.secret = secret }

  var isThere: Bool { secret != nil }

  /// Gives it away; its memory is wiped when the taker lets go.
  func take() -> SecretBytes? {
    defer { secret = nil }
    return secret
  }
}
