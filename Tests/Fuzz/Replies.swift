/// Any bytes as the body of an HTTP reply, through what the host does to one before a connector sees it: tokens are
/// taken out of it, and what a request has carried is hidden. The length stays, and what was to be hidden is gone.
///
/// The first byte says how long the value is that was sent; it stands behind that, and the rest is the body.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReplies(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  guard let size = input.first.map({ Int($0 % 64) }), input.count > size else { return 0 }
  let value = Array(input[1..<(size + 1)]), body = Array(input[(size + 1)...])
  var taken = body
  let tokens = ReplyCapture.take(
    [
      CaptureRule(path: "/token", slot: 1), CaptureRule(path: "/data/0/key", slot: 2), CaptureRule(path: "", slot: 3),
      CaptureRule(path: "/a~1b/~0", slot: 4),
    ], from: &taken)
  precondition(taken.count == body.count)
  for token in tokens.values where token.count >= ReplyCapture.searchable && isPlain(token) {
    precondition(!contains(taken, token), "a token that was taken is still there")
  }
  var mask = EchoMask()
  mask.add([value], hidesTokens: input[0] & 0x80 != 0)
  var hidden = body
  mask.hide(in: &hidden)
  precondition(hidden.count == body.count)
  if value.count >= 8, isPlain(value) { precondition(!contains(hidden, value), "what was sent is still there") }
  _ = EchoMask.stands(value, in: body)
  return 0
}

/// Letters and digits, with which nothing is written in two ways. All the same is what hides it.
private func isPlain(_ bytes: [UInt8]) -> Bool {
  bytes.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
    && bytes.contains { $0 != UInt8(ascii: "1") }
}

private func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
  text.indices.contains { text[$0...].starts(with: part) }
}
