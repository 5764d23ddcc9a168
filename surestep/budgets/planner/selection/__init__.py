"""One option per step, under limits on sums and on ways through a graph: plain arrays.

Nothing here knows what a step or a check is; the modules above turn those into tables.
"""
