"""OANDA's v20 API over httpx: prices for everybody, and trading on accounts that users connected."""
