"""What whoever runs the service watches, in the Prometheus text format: counts of the log and the store, how long answers
take and how long they wait to be begun; of several workers of one service together. Nothing of it names a person, an address, or a word of a question."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from huiqi.store.counters import Counters

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper borders of the histograms: fine where answers are (a few milliseconds) and where they are promised to be (0.05 s
for 99 of 100, 0.3 s whatever staff do)."""
REFUSALS = ("too_often", "channel_off", "bad_request", "error")


@dataclass(frozen=True)
class Told:
    """What a process knows at the moment it is asked."""

    fingerprint: str
    entries: int


class _OfTheStore:
    """Counted anew whenever it is asked for."""

    def __init__(self, counters: Counters) -> None:
        self.counters = counters
        self.told = Told("", 0)

    def collect(self) -> Iterable[Metric]:
        questions = CounterMetricFamily(
            "huiqi_questions", "Questions in the log.", labels=["channel", "outcome"]
        )
        for channel, outcome, count in self.counters.questions():
            questions.add_metric([channel, outcome], count)
        yield questions
        entries = GaugeMetricFamily("huiqi_entries", "Entries of the pack in force.", labels=["pack"])
        entries.add_metric([self.told.fingerprint], self.told.entries)
        yield entries
        off = GaugeMetricFamily(
            "huiqi_channel_off", "Channels that staff have switched off.", labels=["channel"]
        )
        for channel in self.counters.channels_off():
            off.add_metric([channel], 1)
        yield off
        for name, what, value in (
            (
                "huiqi_open_questions",
                "Unanswered questions that staff have not dealt with.",
                self.counters.open_questions(),
            ),
            (
                "huiqi_misses_to_ask",
                "Misses that a release may have answered.",
                self.counters.misses_to_ask(),
            ),
            ("huiqi_inbox_waiting", "Updates of Telegram not dealt with yet.", self.counters.inbox_waiting()),
            ("huiqi_outbox_waiting", "Messages to Telegram not sent yet.", self.counters.outbox_waiting()),
            (
                "huiqi_arrivals_waiting",
                "Messages of other channels not dealt with yet.",
                self.counters.arrivals_waiting(),
            ),
            (
                "huiqi_parcels_waiting",
                "Messages to other channels not sent yet.",
                self.counters.parcels_waiting(),
            ),
        ):
            yield GaugeMetricFamily(name, what, value=value)


class Metrics:
    """The metrics of a service. `folder`: where its workers count together, each at its `seat`, in which one goes on with
    what another left that died; None for a single process."""

    def __init__(self, counters: Counters, folder: Path | None = None, seat: int = 0) -> None:
        self._store = _OfTheStore(counters)
        self._told = CollectorRegistry()
        self._told.register(self._store)
        registry = self._told
        if folder is not None:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
            # Which kind of value to use the library decides when it is loaded, by the environment; here later, by the seat.
            values.ValueClass = values.MultiProcessValue(lambda: seat)  # type: ignore[no-untyped-call]
            MultiProcessCollector(self._told, str(folder))  # type: ignore[no-untyped-call]
            registry = CollectorRegistry()
        self._answering = Histogram(
            "huiqi_answer_seconds",
            "From when a question is begun until its answer is logged.",
            ["door"],
            buckets=SECONDS,
            registry=registry,
        )
        self._waiting = Histogram(
            "huiqi_queue_seconds",
            "From when a question has arrived until it is begun.",
            buckets=SECONDS,
            registry=registry,
        )
        self._in_hand = Gauge(
            "huiqi_in_hand",
            "Questions begun and not yet answered.",
            registry=registry,
            multiprocess_mode="sum",
        )
        self._in_hand.set(0)
        self._held = Gauge(
            "huiqi_held_writes",
            "Writes held in memory until the store has room.",
            registry=registry,
            multiprocess_mode="sum",
        )
        self._ready = Gauge(
            "huiqi_ready", "Whether questions can be answered.", registry=registry, multiprocess_mode="min"
        )
        self.note(0, True)
        self._refused = Counter(
            "huiqi_refused", "Questions that were not answered.", ["why"], registry=registry
        )
        for why in REFUSALS:
            self._refused.labels(why)

    def waited(self, since: float) -> None:
        """A question is begun that had arrived at `since`, by time.monotonic."""
        self._waiting.observe(time.monotonic() - since)

    def answering(self, door: str) -> Callable[[], None]:
        """A question is begun; what is given back is called when it is answered."""
        begun_at = time.perf_counter()
        self._in_hand.inc()

        def answered() -> None:
            self._answering.labels(door).observe(time.perf_counter() - begun_at)
            self._in_hand.dec()

        return answered

    def refused(self, why: str) -> None:
        self._refused.labels(why).inc()

    def note(self, held: int, is_ready: bool) -> None:
        """How many writes wait in memory, and whether questions can be answered."""
        self._held.set(held)
        self._ready.set(is_ready)

    def text(self, told: Told) -> str:
        """In version 0.0.4 of the format."""
        self._store.told = told
        return generate_latest(self._told).decode()
