"""What a wrong answer and a hand-over cost, and the outcome that costs least."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Costs:
    """What each outcome costs where it is not the right one, in hand-overs. `look`: reading a list and choosing."""

    wrong_answer: float = 1.2
    hand_over: float = 1.0
    look: float = 0.55

    def outcome(self, first: float, together: float, none: float, choices: int) -> str:
        """The cheapest outcome, given the chance that the first candidate is meant, that one of the list is, and
        that none is."""
        costs = {
            "answer": (1.0 - first) * self.wrong_answer,
            "clarify": self.look + max(1.0 - together - none, 0.0) * self.hand_over,
            "unanswered": (1.0 - none) * self.hand_over,
        }
        if choices < 2:
            del costs["clarify"]
        return min(costs, key=lambda outcome: costs[outcome])


DEFAULT_COSTS = Costs()
