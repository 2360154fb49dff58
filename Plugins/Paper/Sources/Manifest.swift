// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum PaperManifest {
  public static let paper: StaticString = #"""
    {"id":"paper","name":"Paper","version":"0.1.0","kind":"spot","hosts":[],"extensions":[],"credentials":[],
    "config":[{"name":"seed","type":"integer","default":1},{"name":"step_ms","type":"integer","default":100},
    {"name":"ack_delay_ms","type":"integer","default":0},{"name":"maker_fee","type":"decimal","default":"0.001"},
    {"name":"taker_fee","type":"decimal","default":"0.001"},{"name":"balances","type":"object",
    "default":{"USDT":"100000","BTC":"1","ETH":"10"}},{"name":"resume","type":"object","default":{}},{"name":"markets",
    "type":"array","default":[{"base":"BTC","quote":"USDT"},{"base":"ETH","quote":"USDT"}]}],"domains":["paper"],
    "verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers","place","amend","cancel","cancel_many",
    "order","open_orders","fills","balances","fees"],"channels":["book","trades","ticker"],"order_types":["limit",
    "market","stop_limit","stop_market","take_limit","take_market"],"client_order_id":{"length":36,
    "pattern":"^[A-Za-z0-9_-]{1,36}$"}}
    """#
  public static let paperPerpetual: StaticString = #"""
    {"id":"paper_perpetual","name":"Paper","version":"0.1.0","kind":"perp","hosts":[],"extensions":["patchbay.perp/1"],
    "credentials":[],"config":[{"name":"seed","type":"integer","default":1},{"name":"step_ms","type":"integer",
    "default":100},{"name":"ack_delay_ms","type":"integer","default":0},{"name":"funding_interval_s","type":"integer",
    "default":28800},{"name":"leverage","type":"integer","default":10},{"name":"maker_fee","type":"decimal",
    "default":"0.0002"},{"name":"taker_fee","type":"decimal","default":"0.0005"},{"name":"balances","type":"object",
    "default":{"USDT":"100000"}},{"name":"resume","type":"object","default":{}},{"name":"markets","type":"array",
    "default":[{"base":"BTC","quote":"USDT"},{"base":"ETH","quote":"USDT"}]}],"domains":["paper"],"verbs":["clock",
    "instruments","subscribe","unsubscribe","resync","tickers","place","amend","cancel","cancel_many","order",
    "open_orders","fills","balances","fees","positions","leverage","margin_mode","position_mode","funding",
    "funding_payments","modes"],"channels":["book","trades","ticker","mark","liquidations"],"order_types":["limit",
    "market","stop_limit","stop_market","take_limit","take_market"],"client_order_id":{"length":36,
    "pattern":"^[A-Za-z0-9_-]{1,36}$"}}
    """#
}
