"""Stand-in for OANDA's v20 API: prices, stream, candles, one practice account."""
