/// What the library says of its connectors; the registry entry must say the same.
public enum OKXDescriptor {
  /// Sources: OKX API v5, "Overview: Production Trading Services", "Demo Trading Services"; "Place order": clOrdId is
  /// of up to 32 letters and digits.
  public static let spot: StaticString = """
    {
      "id": "okx", "name": "OKX", "version": "0.1.0", "kind": "spot",
      "hosts": ["www.okx.com:443", "ws.okx.com:8443", "eea.okx.com:443", "wseea.okx.com:8443", "us.okx.com:443",
        "wsus.okx.com:8443", "wspap.okx.com:8443"],
      "extensions": [],
      "credentials": [
        {"name": "api_key", "secret": false, "required": true},
        {"name": "secret_key", "secret": true, "required": true},
        {"name": "passphrase", "secret": true, "required": true}
      ],
      "config": [{"name": "domain", "type": "string", "default": "live"}],
      "domains": ["live", "eea", "us", "demo"],
      "verbs": ["clock", "instruments", "subscribe", "unsubscribe", "resync", "tickers", "place", "amend", "cancel",
        "cancel_many", "order", "open_orders", "fills", "balances", "fees", "order_history"],
      "channels": ["book", "trades", "ticker"],
      "order_types": ["limit", "market"],
      "client_order_id": {"length": 32, "pattern": "^[A-Za-z0-9]{1,32}$"}
    }
    """
}
