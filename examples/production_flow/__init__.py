"""Production flow: twelve steps from a customer's words to a booking that is changed."""
