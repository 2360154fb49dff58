// What a strategy speaks of: one import is enough.
@_exported import Decimals
@_exported import MarketModel
@_exported import Trading
