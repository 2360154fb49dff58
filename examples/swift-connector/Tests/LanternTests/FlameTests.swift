import Testing

@testable import Lantern

@Suite struct FlameTests {
  @Test func theSameSeedGivesTheSameFlickers() {
    var (one, same, other) = (Flame(middle: 100, seed: 7), Flame(middle: 100, seed: 7), Flame(middle: 100, seed: 8))
    var path: [Int64] = []
    var otherPath: [Int64] = []
    for _ in 0..<100 {
      one.flicker()
      same.flicker()
      other.flicker()
      path.append(one.middle)
      otherPath.append(other.middle)
      #expect(one == same)
    }
    #expect(Set(path).count > 1 && path != otherPath)
  }

  @Test func theBookIsNeverCrossedOrNegative() {
    var flame = Flame(middle: 5, seed: 3)
    for _ in 0..<10_000 {
      flame.flicker()
      #expect(flame.bids.allSatisfy { $0.price > 0 && $0.price < flame.middle && $0.quantity > 0 })
      #expect(flame.asks.allSatisfy { $0.price > flame.middle && $0.quantity > 0 })
      #expect(flame.bids.map(\.price) == flame.bids.map(\.price).sorted(by: >))
    }
    #expect(flame.flickers == 10_000)
  }
}
