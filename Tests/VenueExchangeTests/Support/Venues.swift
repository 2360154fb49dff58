import Decimals
import Venue

@testable import VenueExchange

/// Venues where nobody trades but the accounts, with one market and two accounts.
enum Quiet {
  static func options(_ usual: VenueOptions) -> VenueOptions {
    var options = usual
    options.stepNanoseconds = 0
    options.takerChance = 0
    return options
  }

  static func spot() throws -> (alice: BinanceClient, bob: BinanceClient, venue: SpotVenue) {
    let options = options(SpotVenue.usual(seed: 1))
    let venue = try SpotVenue(options)
    return (BinanceClient(venue, options.accounts[0]), BinanceClient(venue, options.accounts[1]), venue)
  }

  static func futures() throws -> (alice: BinanceClient, bob: BinanceClient, venue: FuturesVenue) {
    let options = options(FuturesVenue.usual(seed: 1))
    let venue = try FuturesVenue(options)
    return (BinanceClient(venue, options.accounts[0]), BinanceClient(venue, options.accounts[1]), venue)
  }

  static func kraken() throws -> (alice: KrakenClient, bob: KrakenClient, venue: KrakenVenue) {
    let options = options(KrakenVenue.usual(seed: 1))
    let venue = try KrakenVenue(options)
    return (KrakenClient(venue, options.accounts[0]), KrakenClient(venue, options.accounts[1]), venue)
  }

  static func okx() throws -> (alice: OKXClient, bob: OKXClient, venue: OKXVenue) {
    let options = options(OKXVenue.usual(seed: 1))
    let venue = try OKXVenue(options)
    return (OKXClient(venue, options.accounts[0]), OKXClient(venue, options.accounts[1]), venue)
  }

  static func okxPerpetual() throws -> (alice: OKXClient, bob: OKXClient, venue: OKXVenue) {
    let options = options(OKXVenue.usualPerpetuals(seed: 1))
    let venue = try OKXVenue(options, isPerpetual: true)
    return (OKXClient(venue, options.accounts[0]), OKXClient(venue, options.accounts[1]), venue)
  }
}
