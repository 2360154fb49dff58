/// What the library says of its connectors; the registry's entries must say the same.
public enum BinanceDescriptor {
  /// Sources: "General API Information", "WebSocket Streams", "WebSocket API" of the Binance spot documentation.
  public static let spot: StaticString = """
    {
      "id": "binance", "name": "Binance", "version": "0.2.0", "kind": "spot",
      "hosts": ["api.binance.com:443", "stream.binance.com:443", "stream.binance.com:9443", "ws-api.binance.com:443",
        "data-api.binance.vision:443", "data-stream.binance.vision:443", "data-stream.binance.vision:9443",
        "testnet.binance.vision:443", "stream.testnet.binance.vision:443", "stream.testnet.binance.vision:9443",
        "ws-api.testnet.binance.vision:443", "demo-api.binance.com:443", "demo-stream.binance.com:443",
        "demo-ws-api.binance.com:443"],
      "extensions": [],
      "credentials": [
        {"name": "api_key", "secret": false, "required": true},
        {"name": "secret_key", "secret": true, "required": true}
      ],
      "config": [
        {"name": "domain", "type": "string", "default": "live"},
        {"name": "trades", "type": "string", "default": "aggregate"}
      ],
      "domains": ["live", "data", "testnet", "demo"],
      "verbs": ["clock", "instruments", "subscribe", "unsubscribe", "resync", "tickers", "place", "amend", "cancel",
        "cancel_many", "order", "open_orders", "fills", "balances", "fees",
        "order_history"],
      "channels": ["book", "trades", "ticker"],
      "order_types": ["limit", "market", "stop_limit", "stop_market", "take_limit", "take_market"],
      "client_order_id": {"length": 36, "pattern": "^[\\\\.A-Z\\\\:/a-z0-9_-]{1,36}$"}
    }
    """

  /// Source: Binance US API documentation.
  public static let us: StaticString = """
    {
      "id": "binance_us", "name": "Binance US", "version": "0.2.0", "kind": "spot",
      "hosts": ["api.binance.us:443", "stream.binance.us:9443"],
      "extensions": [],
      "credentials": [
        {"name": "api_key", "secret": false, "required": true},
        {"name": "secret_key", "secret": true, "required": true}
      ],
      "config": [
        {"name": "domain", "type": "string", "default": "live"},
        {"name": "trades", "type": "string", "default": "aggregate"}
      ],
      "domains": ["live"],
      "verbs": ["clock", "instruments", "subscribe", "unsubscribe", "resync", "tickers", "place", "amend", "cancel",
        "cancel_many", "order", "open_orders", "fills", "balances", "fees",
        "order_history"],
      "channels": ["book", "trades", "ticker"],
      "order_types": ["limit", "market", "stop_limit", "stop_market", "take_limit", "take_market"],
      "client_order_id": {"length": 36, "pattern": "^[\\\\.A-Z\\\\:/a-z0-9_-]{1,36}$"}
    }
    """

  /// Sources: "General Info", "Websocket Market Streams", "User Data Streams" of the USDⓈ-M futures documentation.
  public static let perpetual: StaticString = """
    {
      "id": "binance_perpetual", "name": "Binance", "version": "0.2.0", "kind": "perp",
      "hosts": ["fapi.binance.com:443", "fstream.binance.com:443", "testnet.binancefuture.com:443",
        "fstream.binancefuture.com:443", "demo-fapi.binance.com:443", "demo-fstream.binance.com:443"],
      "extensions": ["patchbay.perp/1"],
      "credentials": [
        {"name": "api_key", "secret": false, "required": true},
        {"name": "secret_key", "secret": true, "required": true}
      ],
      "config": [
        {"name": "domain", "type": "string", "default": "live"},
        {"name": "trades", "type": "string", "default": "aggregate"}
      ],
      "domains": ["live", "testnet", "demo"],
      "verbs": ["clock", "instruments", "subscribe", "unsubscribe", "resync", "tickers", "place", "amend", "cancel",
        "cancel_many", "order", "open_orders", "fills", "balances", "fees", "order_history", "positions",
        "leverage", "margin_mode", "position_mode", "funding", "funding_payments", "modes"],
      "channels": ["book", "trades", "ticker", "mark", "liquidations"],
      "order_types": ["limit", "market", "stop_limit", "stop_market", "take_limit", "take_market"],
      "client_order_id": {"length": 36, "pattern": "^[\\\\.A-Z\\\\:/a-z0-9_-]{1,36}$"}
    }
    """
}
