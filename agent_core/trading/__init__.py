"""Orders: sizing, order maths, return codes, the order journal, reconciliation, risk guard, the trading desk."""
