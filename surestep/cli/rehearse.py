"""`surestep rehearse`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from surestep.cli import options
from surestep.rehearsal import Scenario, load_scenario, serve
from surestep.storage.encode import to_json

REHEARSE_EXAMPLES = """
`surestep rehearse scenario.toml`

`surestep rehearse scenario.toml --port 0 --time-scale 0 --seed 7`
"""


def rehearse(
    *,
    scenario: Annotated[
        Path,
        typer.Argument(
            metavar="SCENARIO",
            help="A TOML or JSON file: which prompts belong to which role, the truth of each "
            "task, how often a role errs, how long it takes.",
            show_default=False,
        ),
    ],
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="The port; 0 takes a free one.")] = 8765,
    time_scale: Annotated[
        float | None,
        typer.Option("--time-scale", help="Factor on every latency; 0 never waits."),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Every draw follows from it.")] = None,
    json: options.Json = False,
) -> None:
    """Serve a simulated model over the OpenAI API, with known truth and errors of your choice.

    No key, no network, no cost: point any OpenAI client at it. Ctrl-C ends it.
    """
    world = load_scenario(scenario).rehearsed(seed=seed, time_scale=time_scale)

    def listening(base_url: str) -> None:
        typer.echo(to_json({"base_url": base_url}) if json else guide(world, base_url))

    serve(world, host, port, on_listening=listening)


def guide(scenario: Scenario, base_url: str) -> str:
    """How to point a client at a model server."""
    roles = ", ".join(role.name for role in scenario.roles)
    return "\n".join(
        (
            f"Rehearsing {roles} at {base_url}; Ctrl-C ends it. In another terminal:",
            "",
            f"  export OPENAI_BASE_URL={base_url} OPENAI_API_KEY=rehearsal",
            "",
            "or in Python:",
            "",
            f'  ChatOpenAI(model="{scenario.models[0] if scenario.models else "any"}", '
            f'base_url="{base_url}", api_key="rehearsal")',
            "",
        )
    )
