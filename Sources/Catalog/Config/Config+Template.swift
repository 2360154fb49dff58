extension Config {
  /// What `patchbay config init` writes: a config that runs the paper exchange, with the rest explained beside it.
  public static let template = """
    // The configuration of Patchbay: JSON with comments. Secrets are never in it.
    // Any text may contain ${NAME} or ${NAME:-default}, taken from the environment.
    // `patchbay config check` says what is wrong with it; docs/config.md explains every field.
    {
      "schema": 1,

      // Relative paths start at this file's folder.
      "data_folder": "data",
      "plugin_folder": "plugins.d",
      // "registry": "registry.json",

      // Names for credentials that the vault keeps, each for one exchange.
      "accounts": {
        // "main": { "connector": "binance" },
      },

      // What runs, by id. `patchbay connectors` lists the ids.
      "connectors": {
        "paper": {
          "markets": {
            "spot": { "pairs": ["BTC-USDT", "ETH-USDT"] },
            "perp": { "pairs": ["BTC-USDT"] },
          },
          "permit": {
            "run": "in_process",
            "trading": true,
            "notional_cap": "100000", // most that one order may be worth, in the quote asset
          },
        },

        "binance": {
          "enabled": false,
          "markets": { "spot": { "pairs": ["BTC-USDT"] } },
          // Without a permit: public data only.
          // "endpoint": { "domain": "testnet" },
        },
      },

      // What happens to open orders when the host ends, and to those of ours that it does not know.
      "orders": { "on_stop": "cancel", "strays": "adopt" },

      // Programs trade through a running host over HTTP and WebSocket: docs/api.md.
      // "gateway": { "listen": "127.0.0.1:8765" },

      // Hosts that trade on one account need different names, of a-z and 0-9.
      // "instance": "a",

      "recording": { "enabled": false, "maximum_megabytes": 256 },
    }

    """
}
