"""`surestep graph`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from surestep.cli import options
from surestep.cli.target import load
from surestep.errors import InputError
from surestep.graph import VerifiedApp
from surestep.storage.encode import to_json

GRAPH_EXAMPLES = """
`surestep graph app.py:graph > graph.mmd`
"""


def graph(
    target: options.Target,
    mermaid: Annotated[
        bool, typer.Option("--mermaid", help="As Mermaid text; the default.")
    ] = False,
    ascii_art: Annotated[
        bool, typer.Option("--ascii", help="As boxes of plain text; needs grandalf.")
    ] = False,
    physical: Annotated[
        bool, typer.Option("--physical", help="As LangGraph runs it, our own nodes included.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Draw a graph: each step with its checks, the planner, barriers and people."""
    found = asyncio.run(load(target))
    app = found if isinstance(found, VerifiedApp) else found.compile()
    drawing = app.physical_graph() if physical else app.get_graph()
    if json:
        typer.echo(to_json(drawing.to_json()))
        return
    if not ascii_art or mermaid:
        typer.echo(drawing.draw_mermaid(), nl=False)
        return
    try:
        typer.echo(drawing.draw_ascii())
    except ImportError as error:
        raise InputError(
            "Drawing in plain text needs grandalf, which is not installed.",
            remedy="pip install grandalf, or leave --ascii out.",
        ) from error
