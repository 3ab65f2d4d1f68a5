"""Wire contracts: models of agent ⇄ cloud and of the HTTP API, error codes, instrument names."""
