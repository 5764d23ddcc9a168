"""Refunds: an agent leads, its steps are checked, and people approve what matters."""
