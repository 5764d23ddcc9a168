"""Grade-school questions, answered by recorded models and checked by the agreement of others."""
