"""Lets the country live for a while at a stated rate, and measures.

Open loop: record number n is due at n / rate seconds, whatever became of the ones before it. A slow
network therefore meets as many requests as a fast one, and its waits are counted from when a record
was due. Only how many requests are open at once is bounded.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.kernel import clock
from services.simulation.acts import Act, Answer
from services.simulation.behaviours import ordinary
from services.simulation.client import Client
from services.simulation.country import Country
from services.simulation.course import Course
from services.simulation.expectations import Expectations
from services.simulation.measures import Measures
from services.simulation.schemes import SCHEMES, Scheme
from services.simulation.setting import Setting

STEPS_AT_ONCE_MAX = 100
"""So many stories wait for answers at the most; what is due beyond that waits its turn."""

STORIES_AT_ONCE = 30
"""So many stories are told beside each other; each does one thing at a time."""

DRAIN_S = 20.0
"""How long begun stories may take to their end once the time is up."""

RECORDS_PER_PLANTED = 60
"""One planted story for so many records, as long as there is time for them."""

PLANTED_SHARE = 0.6
"""Planted stories begin in the first part of the time, so that all come to their end."""

FIRST_NUMBER = 1_000


@dataclass(frozen=True)
class Plan:
    """`run` tells runs apart on one network: it begins every Idempotency-Key."""

    seconds: float
    rate: float
    seed: int
    run: str

    @property
    def records(self) -> int:
        return round(self.seconds * self.rate)

    def planted(self) -> list[tuple[int, Scheme]]:
        """Which schemes, each with the number of the record from which on it may begin."""
        rounds = max(1, self.records // (RECORDS_PER_PLANTED * len(SCHEMES)))
        schemes = [scheme for _ in range(rounds) for scheme in SCHEMES]
        step = PLANTED_SHARE * self.records / len(schemes)
        return [(round(place * step), scheme) for place, scheme in enumerate(schemes)]


@dataclass
class Run:
    """One run of the country."""

    country: Country
    client: Client
    plan: Plan
    measures: Measures = field(default_factory=Measures)
    planted: list[Course] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._began = clock.monotonic()
        self._ended = 0.0
        self._ready: list[Course] = []
        self._busy = 0
        self._open = asyncio.Semaphore(STEPS_AT_ONCE_MAX)
        self._moved = asyncio.Event()
        self._dice = random.Random(f"rxlog/{self.plan.seed}/order")
        self._courses = self._new_courses()
        self._sent = 0

    @property
    def age_s(self) -> float:
        """Seconds since it began, or for which it lived."""
        return (self._ended or clock.monotonic()) - self._began

    @property
    def records_per_s(self) -> float:
        """Judged records per second so far."""
        return self.measures.records / max(self.age_s, 0.001)

    async def live(self) -> None:
        """Live through the plan's time, then bring begun stories to their end."""
        self._began = clock.monotonic()
        async with asyncio.TaskGroup() as stories:
            while (course := await self._next()) is not None:
                due = self._began + self._sent / self.plan.rate
                self._sent += len(course.acts)
                await asyncio.sleep(max(0.0, due - clock.monotonic()))
                await self._open.acquire()
                self._busy += 1
                stories.create_task(self._go_on(course, due))
        self._ended = clock.monotonic()

    async def _next(self) -> Course | None:
        """The story that goes on now; None when all is told."""
        while True:
            age = self.age_s
            is_over = age >= self.plan.seconds or self._sent >= self.plan.records
            if age >= self.plan.seconds + DRAIN_S:
                return None
            if not is_over and len(self._ready) < STORIES_AT_ONCE:
                return next(self._courses)
            if self._ready:
                return self._ready.pop(self._dice.randrange(len(self._ready)))
            if not self._busy:
                return None
            self._moved.clear()
            await self._moved.wait()

    async def _go_on(self, course: Course, due: float) -> None:
        """What happens next in a story: one act, or several at the same moment."""
        answers = await asyncio.gather(*(self._perform(act, due) for act in course.acts))
        self.measures.went_wrong(course.take(answers, clock.now()))
        if course.acts:
            self._ready.append(course)
        self._busy -= 1
        self._open.release()
        self._moved.set()

    async def _perform(self, act: Act, due: float) -> Answer:
        answer = await self.client.perform(act)
        self.measures.took(answer, (clock.monotonic() - due) * 1000)
        return answer

    def _new_courses(self) -> Iterator[Course]:
        planted = self.plan.planted()
        number = FIRST_NUMBER
        while True:
            number += 1
            setting = Setting.of(self.country, self.plan.seed, number, clock.now())
            scheme = None
            if planted and planted[0][0] <= self._sent:
                _, scheme = planted.pop(0)
                name, script = scheme.name, scheme.script(setting)
            else:
                name, script = ordinary(setting)
            course = Course(
                name=name,
                key=f"{self.plan.run}.{number}",
                script=script,
                expectations=Expectations(self.country.law, self.country.catalogue),
                scheme=scheme,
            )
            course.begin()
            self.measures.stories[name] += 1
            if scheme is not None:
                self.planted.append(course)
            yield course
