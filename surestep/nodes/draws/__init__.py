"""Getting one candidate output out of a step's worker: alone, hedged, sampled, voted, weighed."""
