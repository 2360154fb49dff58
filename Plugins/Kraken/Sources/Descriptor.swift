/// What the library says of its connectors; the registry entry must say the same.
public enum KrakenDescriptor {
  /// Sources: Kraken API Center, "Spot REST" and "Spot WebSocket". A client order id may also be a UUID; the free text
  /// of at most 18 characters is what the host makes ("Client order identifiers").
  public static let spot: StaticString = """
    {
      "id": "kraken", "name": "Kraken", "version": "0.1.0", "kind": "spot",
      "hosts": ["api.kraken.com:443", "ws.kraken.com:443", "ws-auth.kraken.com:443"],
      "extensions": [],
      "credentials": [
        {"name": "api_key", "secret": false, "required": true},
        {"name": "secret_key", "secret": true, "required": true}
      ],
      "config": [
        {"name": "domain", "type": "string", "default": "live"},
        {"name": "version", "type": "string", "default": "v2"},
        {"name": "tier", "type": "string", "default": "starter"},
        {"name": "nonce", "type": "string", "default": "ms"}
      ],
      "domains": ["live"],
      "verbs": ["clock", "instruments", "subscribe", "unsubscribe", "resync", "tickers", "place", "amend", "cancel",
        "cancel_many", "order", "open_orders", "fills", "balances", "fees",
        "order_history"],
      "channels": ["book", "trades", "ticker"],
      "order_types": ["limit", "market", "stop_limit", "stop_market", "take_limit", "take_market"],
      "client_order_id": {"length": 18, "pattern": "^[A-Za-z0-9_.-]{1,18}$"}
    }
    """
}
