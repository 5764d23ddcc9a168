"""Prompts that only what is typed after they have appeared can answer."""

from __future__ import annotations

import math
from collections.abc import Collection

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.formatted_text import AnyFormattedText
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, Layout, Window

from surestep.cli.terminal import forget_keys
from surestep.clock import now_s

SETTLING_S = 0.1
"""Keys this soon after a prompt appears were meant for what stood there before."""


class Stopped(Exception):
    """Ctrl-C at a prompt."""


async def press(choices: Collection[str], prompt: AnyFormattedText) -> str:
    """The key that was pressed, of those to choose from.

    Raises:
        Stopped: it was Ctrl-C.
    """
    bindings = KeyBindings()
    ready = [math.inf]

    def pressed(event: KeyPressEvent) -> None:
        if now_s() >= ready[0]:
            event.app.exit(result=event.key_sequence[0].key.lower())

    def stop(event: KeyPressEvent) -> None:
        event.app.exit(exception=Stopped())

    for choice in choices:
        for key in {choice, choice.upper()}:
            bindings.add(key)(pressed)
    for key in (Keys.ControlC, Keys.SIGINT):
        bindings.add(key)(stop)
    application: Application[str] = Application(
        layout=Layout(Window(FormattedTextControl(prompt), dont_extend_height=True)),
        key_bindings=bindings,
    )

    def appeared(_: object) -> None:
        if ready[0] == math.inf:
            ready[0] = now_s() + SETTLING_S

    application.after_render += appeared
    forget_keys()
    clear_typeahead(application.input)
    return await application.run_async()


async def line(
    prompt: AnyFormattedText,
    *,
    default: str = "",
    multiline: bool = False,
    words: Collection[str] = (),
) -> str:
    """The text that was typed; `""` if the prompt was left with Ctrl-D.

    Raises:
        Stopped: it was Ctrl-C.
    """
    session: PromptSession[str] = PromptSession(
        multiline=multiline,
        completer=WordCompleter(list(words)) if words else None,
    )
    try:
        return (await session.prompt_async(prompt, default=default)).strip()
    except EOFError:
        return ""
    except KeyboardInterrupt:
        raise Stopped from None
