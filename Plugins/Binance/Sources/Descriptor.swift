/// What the library says of its connectors; the registry entry must say the same.
public enum BinanceDescriptor {
  /// Sources: "General API Information" and "WebSocket Streams" of the Binance spot API documentation.
  public static let spot: StaticString = """
    {
      "id": "binance", "name": "Binance", "version": "0.1.0", "kind": "spot",
      "hosts": ["api.binance.com:443", "stream.binance.com:443", "stream.binance.com:9443",
        "data-api.binance.vision:443", "data-stream.binance.vision:443", "data-stream.binance.vision:9443",
        "testnet.binance.vision:443", "stream.testnet.binance.vision:443", "stream.testnet.binance.vision:9443"],
      "extensions": [],
      "credentials": [
        {"name": "api_key", "secret": false, "required": true},
        {"name": "secret_key", "secret": true, "required": true}
      ],
      "config": [
        {"name": "domain", "type": "string", "default": "live"},
        {"name": "trades", "type": "string", "default": "aggregate"}
      ],
      "domains": ["live", "data", "testnet"],
      "verbs": ["clock", "instruments", "subscribe", "unsubscribe", "resync", "tickers"],
      "channels": ["book", "trades", "ticker"],
      "order_types": [],
      "client_order_id": {"length": 36, "pattern": "^[\\\\.A-Z\\\\:/a-z0-9_-]{1,36}$"}
    }
    """
}
