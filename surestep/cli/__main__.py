"""`python -m surestep.cli`: the same as `surestep`."""

from surestep.cli import main

main()
