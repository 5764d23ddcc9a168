"""Going on before the verdicts are in, and going back exactly when one says no."""
