"""`surestep inbox`: what waits for people, claimed and decided in a terminal."""

from __future__ import annotations

import asyncio
from typing import Annotated, get_args

import typer

from surestep.cli import options
from surestep.cli.deciding import Deciding, decided, gone_on, is_free
from surestep.cli.inbox_sheet import as_dict, listing, page
from surestep.cli.inputs import read_object
from surestep.cli.queue_now import queue_now, terms_of
from surestep.cli.tables import columns_there_are
from surestep.clock import wall_s
from surestep.errors import InputError
from surestep.review.amounts import stake_usd
from surestep.review.queues import EVERY_S, Queue, escalate, watched
from surestep.storage import Item, Store
from surestep.storage.encode import columns, to_json
from surestep.storage.queues import LEASE_S
from surestep.values import DecisionKind

inbox = typer.Typer(
    no_args_is_help=True,
    help="See what waits for people, take it, and decide it.",
    rich_markup_mode="markdown",
)
LIST_EXAMPLES = """
`surestep inbox list --queue finance --free`

`surestep inbox list --overdue --amount-at-least 500 --json`
"""
CLAIM_EXAMPLES = """
`surestep inbox claim --queue tier-1` takes the next one.

`surestep inbox claim 3f2a91c0/1/refund/1/1 --lease-s 1800` takes that one, or keeps it longer.
"""
DECIDE_EXAMPLES = """
`surestep inbox decide 3f2a91c0/1/refund/1/1 approve`

`surestep inbox decide 3f2a91c0/1/refund/1/1 reject --message "Be polite."`

`surestep inbox decide 3f2a91c0/1/refund/1/1 edit --update '{"amount_usd": 20}'`
"""
HANDOFF_EXAMPLES = """
`surestep inbox handoff 3f2a91c0/1/refund/1/1 --queue finance --note "over my limit"`
"""
QUEUE_EXAMPLES = """
`surestep inbox queue tier-1 --sla-s 3600 --escalates-to tier-2`
"""

Name = Annotated[str, typer.Argument(metavar="QUESTION", help="As `surestep inbox list` has it.")]
Lease = Annotated[
    float | None,
    typer.Option(
        "--lease-s",
        metavar="SECONDS",
        help="How long it is yours; default: what its queue says.",
        show_default=False,
    ),
]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="For whoever takes it next.")]


@inbox.command("list", epilog=LIST_EXAMPLES)
def listed(
    *,
    queue: Annotated[str | None, typer.Option("--queue", help="Only this one.")] = None,
    step: Annotated[str | None, typer.Option("--step", help="Only of this step.")] = None,
    held_by: Annotated[
        str | None,
        typer.Option("--held-by", metavar="NAME", help="Only what is theirs: held, or for them."),
    ] = None,
    free: Annotated[bool, typer.Option("--free", help="Only what nobody holds.")] = False,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only what has no time of its SLA left.")
    ] = False,
    amount_at_least: Annotated[
        float | None,
        typer.Option(
            "--amount-at-least",
            metavar="USD",
            min=0.0,
            help="Only what has at least so many US dollars at stake.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 50,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """List open questions, in the order they are offered in.

    Questions whose time in a queue is over go to the next queue first.
    """
    items = asyncio.run(_waiting(options.store_there(database), queue))
    now = wall_s()
    found = [
        item
        for item in items
        if step in (None, item.question.step)
        and held_by in (None, item.holder(now), item.assigned_to)
        and not (free and item.holder(now))
        and not (overdue and (item.left_s(now) or 0.0) >= 0.0)
        and (stake_usd(item.question) or 0.0) >= (amount_at_least or 0.0)
    ][:limit]
    if json:
        typer.echo(to_json([as_dict(item, now=now) for item in found]))
    else:
        typer.echo(listing(found, now=now, width=columns_there_are()))


@inbox.command("claim", epilog=CLAIM_EXAMPLES)
def claim(
    *,
    question: Annotated[
        str | None,
        typer.Argument(metavar="QUESTION", help="Default: the next.", show_default=False),
    ] = None,
    queue: Annotated[
        str, typer.Option("--queue", help="Where the next is taken from.")
    ] = "default",
    lease_s: Lease = None,
    by: options.Actor = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Take a question, so that nobody else decides it, and see it in full.

    It is yours until you decide, release or hand it on, or the lease runs out. Claim it again
    to keep it for longer.
    """
    store = options.store_there(database)
    who = by or options.user_name()
    item = asyncio.run(_claimed(store, question, queue, who, lease_s))
    if item is None:
        typer.echo("null" if json else f"Nothing in {queue} is free for {who}.")
    else:
        _say(store, item, json=json)


@inbox.command("decide", epilog=DECIDE_EXAMPLES)
def decide(
    *,
    question: Name,
    kind: Annotated[
        str, typer.Argument(metavar="DECISION", help=f"{', '.join(get_args(DecisionKind))}.")
    ],
    message: Annotated[
        str, typer.Option("--message", metavar="TEXT", help="Feedback, or what you respond.")
    ] = "",
    update: Annotated[
        str | None,
        typer.Option(
            "--update",
            metavar="JSON",
            help="What goes on instead, with `edit`: JSON, `@file.json` or `@-`.",
            show_default=False,
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume/--no-resume", help="Go on with the run.")
    ] = True,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="TARGET", help="Where the graph is; default: as stored."),
    ] = None,
    by: options.Actor = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Decide a question, and go on with its run.

    What somebody has claimed is decided by them alone. Where several people must approve, the
    run goes on with the last of them.
    """
    answer: dict[str, object] = {"type": kind, "message": message}
    if (update is not None) != (kind == "edit") or (kind == "respond" and not message):
        raise InputError(
            f"{kind!r} does not fit the rest.",
            remedy="Give --update with edit and only there, and --message with respond.",
        )
    if update is not None:
        answer["update"] = read_object(update, what="--update")
    wanted = Deciding(
        question_id=question,
        answer=answer,
        actor=by or options.user_name(),
        target=target,
        database=database,
        json=json,
    )
    code = asyncio.run(_decide(options.store_there(database), wanted, resume=resume))
    raise typer.Exit(code)


@inbox.command("release", epilog="`surestep inbox release 3f2a91c0/1/refund/1/1`")
def release(
    *,
    question: Name,
    note: Note = "",
    by: options.Actor = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Give a question you hold back to its queue, where it keeps its place."""
    store = options.store_there(database)
    _say(
        store, asyncio.run(store.release(question, by or options.user_name(), note=note)), json=json
    )


@inbox.command("handoff", epilog=HANDOFF_EXAMPLES)
def handoff(
    *,
    question: Name,
    queue: Annotated[
        str | None, typer.Option("--queue", help="To this queue; its clock starts anew there.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="NAME", help="To this person alone.")
    ] = None,
    note: Note = "",
    by: options.Actor = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Hand a question on to another queue, to another person, or both."""
    if queue is None and to is None:
        raise InputError(
            f"Question {question!r} is handed on to nobody.",
            remedy="Give --queue, --to, or both.",
        )
    store = options.store_there(database)
    who = by or options.user_name()
    item = asyncio.run(store.hand_on(question, by=who, queue=queue, to=to, note=note))
    _say(store, item, json=json)


@inbox.command("queue", epilog=QUEUE_EXAMPLES)
def queue_kept(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the queue.")],
    sla_s: Annotated[
        float | None,
        typer.Option("--sla-s", metavar="SECONDS", help="How soon questions are to be decided."),
    ] = None,
    escalates_to: Annotated[
        str | None,
        typer.Option("--escalates-to", metavar="QUEUE", help="Where they go when that is over."),
    ] = None,
    lease_s: Annotated[
        float | None,
        typer.Option("--lease-s", metavar="SECONDS", help=f"How long a claim holds; {LEASE_S:g}."),
    ] = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Say what holds for a queue, for everybody who uses this database; or see it.

    Without options, tells what holds, how many questions wait, and how long the next one will,
    where a team is known to work through the queue.
    """
    store = options.store_there(database)
    if (sla_s, escalates_to, lease_s) == (None, None, None):
        found = asyncio.run(queue_now(store, name))
        typer.echo(to_json(found.as_dict()) if json else found.said())
        return
    kept = Queue(name, sla_s, escalates_to, LEASE_S if lease_s is None else lease_s)
    asyncio.run(store.save_queues(kept))
    typer.echo(to_json(columns(kept)) if json else terms_of(kept))


@inbox.command("watch", epilog="`surestep inbox watch --every-s 60`")
def watching(
    *,
    every_s: Annotated[
        float,
        typer.Option("--every-s", metavar="SECONDS", help="How long to wait between two looks."),
    ] = EVERY_S,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Hand on each question whose time in its queue is over, until interrupted.

    `surestep serve` does the same while it runs, and every command that looks at a queue does it
    once.
    """
    asyncio.run(_watched(options.store_there(database), every_s, json=json))


async def _watched(store: Store, every_s: float, *, json: bool) -> None:
    async for done in watched(store, every_s=every_s):
        for one in done:
            said = f"{one.question_id}: {one.queue} → {one.to}, {one.why}."
            typer.echo(to_json(columns(one)) if json else said)


async def _waiting(store: Store, queue: str | None) -> tuple[Item, ...]:
    await escalate(store)
    return await store.items(queue=queue)


async def _claimed(
    store: Store, name: str | None, queue: str, who: str, lease_s: float | None
) -> Item | None:
    await escalate(store)
    if name is not None:
        return await store.claim(name, who, lease_s)
    return await store.offer(queue, who, lease_s=lease_s)


async def _decide(store: Store, wanted: Deciding, *, resume: bool) -> int:
    """The exit code, once the decision is stored and the run has gone on."""
    question = await decided(store, wanted)
    missing = question.decision is None
    goes = resume and not missing and question.awaited
    goes = goes and await is_free(store, question.thread_id)
    if wanted.json:
        typer.echo(to_json({**columns(question), "resumes": goes}))
    elif missing:
        typer.echo(f"Noted. {question.question_id} needs {question.approvers} approvers in all.")
    else:
        onward = f" Go on with: surestep resume {question.thread_id}"
        onward = "" if goes or not question.awaited else onward
        typer.echo(f"{question.question_id}: {wanted.answer['type']} by {wanted.actor}.{onward}")
    return await gone_on(store, question, wanted) if goes else 0


def _say(store: Store, item: Item, *, json: bool) -> None:
    now = wall_s()
    if json:
        typer.echo(to_json(as_dict(item, now=now)))
        return
    touches = asyncio.run(store.touches(item.question.question_id))
    typer.echo(page(item, touches, now=now, width=columns_there_are()))
