"""All commands, and what becomes of the errors they raise."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from surestep.cli.autonomy import autonomy
from surestep.cli.capacity import CAPACITY_EXAMPLES, capacity
from surestep.cli.certify import CERTIFY_EXAMPLES, certify
from surestep.cli.faults import FAILED, INTERRUPTED, exit_code, explanation
from surestep.cli.graph import GRAPH_EXAMPLES, graph
from surestep.cli.inbox import inbox
from surestep.cli.init import INIT_EXAMPLES, init
from surestep.cli.plan import plans
from surestep.cli.probe import PROBE_EXAMPLES, probe
from surestep.cli.profile import profiles
from surestep.cli.rehearse import REHEARSE_EXAMPLES, rehearse
from surestep.cli.review import reviews
from surestep.cli.run import RESUME_EXAMPLES, RUN_EXAMPLES, resume, run
from surestep.cli.serve import SERVE_EXAMPLES, reviewers, serve
from surestep.cli.threads import THREADS_EXAMPLES, threads
from surestep.cli.trace import traces
from surestep.cli.tune import TUNE_EXAMPLES, tune
from surestep.graph.stores import close_stores

_log = logging.getLogger(__name__)

app = typer.Typer(
    name="surestep",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    epilog="New here? `surestep init my-agent` writes a small graph that runs at once.",
)
app.command("init", epilog=INIT_EXAMPLES)(init)
app.command("run", epilog=RUN_EXAMPLES)(run)
app.command("resume", epilog=RESUME_EXAMPLES)(resume)
app.command("threads", epilog=THREADS_EXAMPLES)(threads)
inbox.command("capacity", epilog=CAPACITY_EXAMPLES)(capacity)
app.add_typer(inbox, name="inbox")
app.command("serve", epilog=SERVE_EXAMPLES)(serve)
app.add_typer(reviewers, name="reviewers")
app.add_typer(reviews, name="review")
app.add_typer(autonomy, name="autonomy")
app.command("rehearse", epilog=REHEARSE_EXAMPLES)(rehearse)
app.add_typer(traces, name="trace")
app.command("certify", epilog=CERTIFY_EXAMPLES)(certify)
app.add_typer(profiles, name="profile")
app.command("probe", epilog=PROBE_EXAMPLES)(probe)
app.command("tune", epilog=TUNE_EXAMPLES)(tune)
app.add_typer(plans, name="plan")
app.command("graph", epilog=GRAPH_EXAMPLES)(graph)


@app.callback()
def surestep(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where an error comes from; goes anywhere.")
    ] = False,
) -> None:
    """Run verified agents: step by step, checked, within a budget, with people asked."""


def start(arguments: Sequence[str]) -> int:
    """The exit code of one command."""
    words = [word for word in arguments if word != "--debug"]
    if len(words) < len(arguments):
        logging.basicConfig()
        logging.getLogger("surestep").setLevel(logging.DEBUG)
    try:
        app(words, prog_name="surestep")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return FAILED
    except Exception as error:  # noqa: BLE001 - the last stop: every error becomes words and a code
        _log.debug("The command failed.", exc_info=error)
        sys.stderr.write(explanation(error) + "\n")
        return exit_code(error)
    finally:
        close_stores()
    return 0
