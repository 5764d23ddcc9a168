"""The agent categorised 1,000 tickets; review 5 %."""
