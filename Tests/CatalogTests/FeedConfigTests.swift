import Testing

@testable import Catalog

/// `feed` in patchbay.json.
@Suite struct FeedConfigTests {
  private func read(_ feed: String) throws(Problems) -> Config.Feed {
    let text = #"{ "schema": 1, "feed": \#(feed) }"#
    return try Config.parse(bytes: Array(text.utf8), file: "patchbay.json", environment: [:]).feed
  }

  private func problems(_ feed: String) -> [String] {
    do throws(Problems) {
      _ = try read(feed)
      return []
    } catch {
      return error.all.map(\.description)
    }
  }

  @Test func itIsOnUnlessToldOtherwise() throws {
    #expect(try Config.parse(bytes: Array(#"{ "schema": 1 }"#.utf8), file: "x", environment: [:]).feed.isOn)
    #expect(try read("{}") == Config.Feed())
    let feed = try read(
      #"{ "enabled": false, "levels": 7, "books": 9, "ring_megabytes": 16, "folder": "/run/user/1000" }"#)
    #expect(!feed.isOn && feed.levels == 7 && feed.books == 9 && feed.ringMegabytes == 16)
    #expect(feed.folder == "/run/user/1000")
  }

  @Test(arguments: [
    (#"{ "levels": 0 }"#, "feed.levels"), (#"{ "levels": 1001 }"#, "feed.levels"), (#"{ "books": 0 }"#, "feed.books"),
    (#"{ "ring_megabytes": 3 }"#, "3 is not a power of two"), (#"{ "folder": "shm" }"#, "an absolute path"),
    (#"{ "level": 3 }"#, "Did you mean \"levels\"?"),
  ])
  func mistakesAreNamed(_ feed: String, _ words: String) {
    let found = problems(feed)
    #expect(found.count == 1 && found[0].contains(words), "\(found)")
  }
}
