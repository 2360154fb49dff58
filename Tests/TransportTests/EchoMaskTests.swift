import Testing
import Transport

/// What comes back of what depends on a secret.
struct EchoMaskTests {
  private func hide(_ values: [String], _ text: String) -> String {
    var mask = EchoMask()
    mask.add(values.map { Array($0.utf8) })
    return mask.hide(in: text)
  }

  @Test func valuesAreHiddenWhereverTheyStand() {
    let twice = hide(["abcdefgh"], #"{"id":"abcdefgh","x":"yabcdefghabcdefgh"}"#)
    #expect(twice == #"{"id":"********","x":"y****************"}"#)
    #expect(hide(["ab/cdefg"], #"["ab\/cdefg","ab/cdefg"]"#) == #"["*********","********"]"#)
    #expect(hide(["abcdefgh"], "abcdefg") == "abcdefg")
    #expect(hide(["abcdefgh"], "") == "")
    #expect(hide(["short"], "short") == "short", "too short to be told from chance")
  }

  @Test func theLastEightAreKept() {
    let values = (0..<10).map { "value-number-\($0)" }
    let text = hide(values, values.joined(separator: " "))
    #expect(text.hasPrefix("value-number-0 value-number-1 **************"))
    #expect(!text.contains("value-number-2") && !text.contains("value-number-9"))
  }

  @Test func framesWithoutOneAreNotCopied() {
    var mask = EchoMask()
    mask.add([Array("abcdefgh".utf8)])
    let (clean, echo) = (Array("nothing in here".utf8), Array("<abcdefgh>".utf8))
    #expect(clean.withUnsafeBytes { mask.hidden(in: $0) } == nil)
    #expect(echo.withUnsafeBytes { mask.hidden(in: $0) } == Array("<********>".utf8))
  }
}

/// Of many guesses that an exchange gives back, the one with asterisks would be the right one: what a connector wrote
/// itself is not hidden.
struct GuessTests {
  private let secret = Array("open sesame!".utf8)

  @Test(arguments: [
    "open sesame!", "open%20sesame!", "%6fpen%20sesame%21", "%256fpen sesame!", #"open sesame\u0021"#,
    #"open \sesame!"#,
    #"%5Cu006fpen sesame!"#.replacing("%5C", with: #"\"#),
  ]) func aGuessIsFoundHoweverItIsWritten(guess: String) {
    #expect(EchoMask.stands(secret, in: Array("?a=\(guess)&b=1".utf8)))
    #expect(!EchoMask.stands(secret, in: Array("?a=\(guess.dropLast())&b=1".utf8)))
  }

  @Test(arguments: ["", "open sesame", "open+sesame!", "%", "\\", "%2", "\\u00", "open%2sesame!", "OPEN SESAME!"])
  func anythingElseIsNone(text: String) { #expect(!EchoMask.stands(secret, in: Array(text.utf8))) }

  /// On a stream before, with, or behind what depends on the secret.
  @Test(arguments: 0..<3) func aStreamsGuessesAreNotHidden(order: Int) {
    var mask = EchoMask()
    let guess = Array(#"{"op":"subscribe","id":"open sesame!"}"#.utf8)
    if order == 0 { mask.wrote(guess) }
    mask.add([secret])
    if order == 1 { mask.wrote(guess, isKept: false) }
    if order == 2 {
      #expect(mask.hide(in: "open sesame!") == "************", "until then it is hidden")
      mask.wrote(guess)
    }
    #expect(mask.hide(in: "id open sesame!") == "id open sesame!")
    mask.add([Array("another value".utf8), secret])
    #expect(mask.hide(in: "another value") == "*************")
    #expect((mask.hide(in: "open sesame!") == "open sesame!") == (order != 1), "what is remembered stays so")
  }

  @Test func whatIsRememberedIsBounded() {
    var mask = EchoMask()
    for _ in 0..<100 { mask.wrote([UInt8](repeating: 0x61, count: 1000)) }
    mask.wrote(secret)
    mask.add([secret])
    #expect(mask.hide(in: "open sesame!") == "open sesame!")
  }
}

/// What exchanges call a token is hidden, and nothing else.
struct TokenMembersTests {
  private func hidden(_ text: String) -> String {
    var mask = EchoMask()
    mask.add([], hidesTokens: true)
    let bytes = Array(text.utf8)
    guard let hidden = bytes.withUnsafeBytes({ mask.hidden(in: $0) }) else { return text }
    var same = bytes
    mask.hide(in: &same)
    #expect(same == hidden)
    return String(decoding: hidden, as: UTF8.self)
  }

  @Test(arguments: [
    "token", "access_token", "refreshToken", "listenKey", "SessionId", "jwt", "X-Auth-Token", "apiSecret",
  ]) func aTokenIsHidden(name: String) {
    func reply(_ token: String) -> String {
      #"{"error":[],"result":{"\#(name)" : "\#(token)","expires":900,"other":"abcdefgh01234567+/="}}"#
    }
    #expect(hidden(reply("abcdefgh01234567+/=")) == reply("*******************"))
  }

  @Test(arguments: [
    #"{"token":"USDC"}"#, #"{"nextPageToken":"abcdefgh0123456789"}"#, #"{"tokenName":"abcdefgh0123456789"}"#,
    #"{"token":"0x0123456789012345678901234567890123456789"}"#, #"{"token":["abcdefgh0123456789"]}"#,
    #"{"order":"abcdefgh0123456789"}"#, #"["token","abcdefgh0123456789"]"#, #"{"token":"a text of several words"}"#,
    #"{"token""#, #"{"token":"#, #"{"token":""#, "", "token", #"{"note":"\"token\":\"abcdefgh0123456789\""}"#,
  ]) func anythingElseIsTold(text: String) { #expect(hidden(text) == text) }

  @Test func aTextThatIsCutOffIsHiddenToItsEnd() {
    #expect(hidden(#"{"token":"abcdefgh0123456789"#) == #"{"token":"******************"#)
    let open = #"{"token":"abcdefgh01\"23456789\\"#
    #expect(hidden(open) == #"{"token":""# + String(repeating: "*", count: open.utf8.count - 10))
  }

  @Test func headersToo() {
    var mask = EchoMask()
    #expect(mask.hide(header: "x-auth-token", "abcdefgh") == "abcdefgh")
    mask.add([], hidesTokens: true)
    #expect(mask.hide(header: "x-auth-token", "abcdefgh") == "********" && mask.hide(header: "date", "x") == "x")
  }
}
