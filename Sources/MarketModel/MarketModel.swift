// MarketModel
