"""An agent that imports relatively."""

from __future__ import annotations

from ..base import HouseAgent
from . import __name__ as package


class WriterAgent(HouseAgent):
    prefix = "writer"

    def where(self) -> str:
        return package
