"""How long before an end people are told of it."""

from __future__ import annotations

DEFAULT_LEADS = (30, 7)
"""Days: a month, in which an application can still be made ready, and a week, for who has let it lie."""
MOST_LEAD = 365
"""Days; what ends later than that is no news."""
