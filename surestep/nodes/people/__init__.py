"""Questions to people: when one is asked, how the run waits for it, what becomes of the answer."""
