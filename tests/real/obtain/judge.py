"""What is obtained: its name, its place in the cache, how it comes there, the proof that it works."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class Missing(Exception):
    """A judge could not be had."""


@dataclass(frozen=True)
class Judge:
    """`home` is None for what the machine itself holds; `version` raises if the judge is not there."""

    name: str
    home: Path | None
    install: Callable[[], None]
    version: Callable[[], str]
