"""Runs commands, and what they took."""

import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass


class NotMeasured(Exception):
    """A number that could not be measured, and why."""


@dataclass
class Ran:
    """What a command came to."""

    seconds: float
    # Its own and of all that it waited for, user and system.
    cpu_seconds: float
    status: int
    output: str
    errors: str


def say(text: str) -> None:
    """Talk, on stderr: the table alone goes to stdout."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def run(command: list, limit_seconds: float = 120, allowed: tuple = (0,), is_shown: bool = False, **options) -> Ran:
    """Runs a command to its end; NotMeasured unless it ends in time, with a status that is allowed.

    What it says on stderr goes into the reason, or is shown when it takes long.
    """
    command = [str(word) for word in command]
    before, began = cpu_seconds(), time.monotonic()
    try:
        ended = subprocess.run(
            command,
            stdin=options.pop("stdin", subprocess.DEVNULL),
            stdout=options.pop("stdout", subprocess.PIPE),
            stderr=None if is_shown else subprocess.PIPE,
            timeout=limit_seconds,
            **options,
        )
    except subprocess.TimeoutExpired:
        raise NotMeasured(f"`{' '.join(command)}` did not end within {limit_seconds} s") from None
    except OSError as error:
        raise NotMeasured(f"`{command[0]}`: {error.strerror}") from None
    took, used = time.monotonic() - began, cpu_seconds() - before
    ran = Ran(took, used, ended.returncode, text(ended.stdout), text(ended.stderr).strip()[-600:])
    if ended.returncode not in allowed:
        said = f"{ran.errors} {ran.output.strip()[-600:]}".strip()
        raise NotMeasured(f"`{' '.join(command)}` ended with {ended.returncode}: {said}")
    return ran


def text(data: bytes) -> str:
    return (data or b"").decode(errors="replace")


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def alternating(tries: int, ways: dict, words=lambda result: f"{result.seconds:.2f} s") -> dict:
    """Runs each way once a try, in turn, so that what else the machine does meets all of them alike."""
    results = {name: [] for name in ways}
    for number in range(1, tries + 1):
        for name, way in ways.items():
            results[name].append(way())
        say(f"try {number} of {tries}: " + ", ".join(f"{name} {words(results[name][-1])}" for name in ways))
    return results


def median(samples: list) -> float:
    return statistics.median(samples)
