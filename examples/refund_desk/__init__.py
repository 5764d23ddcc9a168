"""10,000 refund tickets: the agent handles most of them, people see the money."""
