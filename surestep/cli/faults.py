"""Errors as a person at a terminal gets them: the problem, the remedy, an exit code."""

from __future__ import annotations

from surestep.errors import ContextMissing, InputError, StoreError, SurestepError

BAD_INPUT = 2
FAILED = 1
INTERRUPTED = 130


def explanation(error: Exception) -> str:
    """What is wrong on the first line, what to do about it on the second."""
    if isinstance(error, SurestepError):
        return "\n".join(part for part in (error.problem, error.remedy) if part)
    return f"{type(error).__name__}: {error}\nRun it again with --debug to see where."


def exit_code(error: Exception) -> int:
    """2 for what whoever typed the command can mend, else 1."""
    return BAD_INPUT if isinstance(error, (InputError, StoreError, ContextMissing)) else FAILED
