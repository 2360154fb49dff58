import CPatchbay
import Catalog
import Testing

@testable import Vault

/// What a command licenses by its verb, whatever it carries.
@Suite struct LicenceTests {
  /// A question about an order, and lists, carry what orders are: that licenses nothing that trades.
  @Test(arguments: [PB_CMD_ORDER, PB_CMD_OPEN_ORDERS, PB_CMD_ORDER_HISTORY, PB_CMD_CANDLES, PB_CMD_FILLS])
  func aQuestionLicensesNoTrade(verb: Int) {
    let licence = Licence(account: 1, verb: UInt32(verb))
    for act in ActRules.Verb.allCases { #expect(!licence.covers(act, replaces: true), "\(act)") }
    #expect(!LiveCommands.isTrading(UInt32(verb)))
  }

  /// A cancel carries the side, price and quantity of its order, and licenses a cancel and nothing else.
  @Test(arguments: [PB_CMD_CANCEL, PB_CMD_CANCEL_MANY]) func aCancelLicensesACancelAlone(verb: Int) {
    let licence = Licence(account: 1, verb: UInt32(verb))
    for act in ActRules.Verb.allCases {
      #expect(licence.covers(act, replaces: true) == (act == .cancel), "\(act)")
    }
  }
}
