"""The books of speculation: outputs the run has gone on with, and what it takes to go back.

Nothing here runs a step; `speculation` does, with these.
"""
