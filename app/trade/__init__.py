"""The Trade page: watchlist, chart, ticket, running EAs and the tables of positions, orders and history."""
