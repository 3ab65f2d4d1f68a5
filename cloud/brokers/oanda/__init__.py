"""OANDA accounts as `BrokerAdapter`: the user's own key, orders never sent twice."""
