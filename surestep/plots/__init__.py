"""Pictures of plans. Needs the extra `plot`; only `chart` and `page` import it."""
