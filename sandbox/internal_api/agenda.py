"""When sessions can take place: the grid of starts within opening hours, and what is free of it.

A day's grid starts when it opens, in steps of the business's `slot_step_minutes`. Steps are walked in UTC, so
that on the days when clocks change every slot is a real instant and none is missing or double.
"""

import heapq
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandbox.internal_api.models import Appointment, Business, OpeningHours
from sandbox.internal_api.problems import SlotAnswer, SlotClosed, SlotPast, SlotProblem, SlotTaken, TooFar

_ALTERNATIVES = 3
_A_DAY = timedelta(days=1)
_A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Slot:
    """A stretch of time, in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Agenda:
    """The business's calendar from now to its booking horizon, as it was when loaded."""

    business: Business
    now: datetime
    hours: list[OpeningHours]
    taken: list[Slot]

    @classmethod
    def load(cls, session: Session, business: Business, moving: Appointment | None = None) -> "Agenda":
        """Return the calendar as the session sees it; an appointment that is to be moved leaves its time free."""
        now = business.now()
        hours = session.scalars(select(OpeningHours).order_by(OpeningHours.weekday, OpeningHours.opens))
        number = moving.number if moving else None
        booked = session.execute(
            select(Appointment.starts_at, Appointment.ends_at)
            .where(Appointment.status == "booked", Appointment.ends_at > now, Appointment.number != number)
            .order_by(Appointment.starts_at)
        )
        return cls(business, now, list(hours), [Slot(start, end) for start, end in booked])

    @property
    def horizon(self) -> date:
        """The last day for which bookings are taken."""
        return self.now.date() + timedelta(days=self.business.booking_horizon_days)

    def free(self, first: date, last: date, minutes: int) -> Iterator[Slot]:
        """Give the free slots of that length from the first day to the last, in order of time."""
        day, last = max(first, self.now.date()), min(last, self.horizon)
        while day <= last:
            for slot in self._grid(day, minutes):
                if slot.start > self.now and self._is_free(slot):
                    yield slot
            day += _A_DAY

    def require_free(self, start: datetime, minutes: int) -> Slot:
        """Return the slot that starts then.

        Raises:
            SlotPast: It has begun.
            TooFar: It lies beyond the horizon.
            SlotClosed: No session of that length starts then.
            SlotTaken: Somebody else has it, or a part of it.
        """
        if start <= self.now:
            raise self._refusal(SlotPast, start, minutes)
        try:
            day = self.business.local(start).date()
        except OverflowError as exc:
            raise self._refusal(TooFar, start, minutes) from exc
        if day > self.horizon:
            raise self._refusal(TooFar, start, minutes)
        slot = next((slot for slot in self._grid(day, minutes) if slot.start == start), None)
        if slot is None:
            raise self._refusal(SlotClosed, start, minutes)
        if not self._is_free(slot):
            raise self._refusal(SlotTaken, start, minutes)
        return slot

    def show(self, slot: Slot) -> SlotAnswer:
        """Return the slot on the business's wall clock."""
        local = self.business.local
        return SlotAnswer(start=local(slot.start).isoformat(), end=local(slot.end).isoformat())

    def _refusal(self, kind: type[SlotProblem], start: datetime, minutes: int) -> SlotProblem:
        everything = self.free(self.now.date(), self.horizon, minutes)
        nearest = heapq.nsmallest(_ALTERNATIVES, everything, key=lambda slot: abs(slot.start - start))
        nearest.sort(key=lambda slot: slot.start)
        return kind(alternatives=[self.show(slot).dict() for slot in nearest])

    def _grid(self, day: date, minutes: int) -> Iterator[Slot]:
        step, length = timedelta(minutes=self.business.slot_step_minutes), timedelta(minutes=minutes)
        for stretch in self.hours:
            if stretch.weekday == day.weekday():
                start, closes = self._bounds(day, stretch)
                while start + length <= closes:
                    yield Slot(start, start + length)
                    start += step

    def _bounds(self, day: date, stretch: OpeningHours) -> tuple[datetime, datetime]:
        """Return when a stretch begins and ends; all the while the wall clock shows a time within it."""
        opens, closes = self._instant(day, stretch.opens), self._instant(day, stretch.closes)
        shown = datetime.combine(day, time.fromisoformat(stretch.opens))
        again = shown.replace(tzinfo=self.business.zone, fold=1).astimezone(timezone.utc)
        if opens < again < closes and self.business.local(again - _A_MINUTE).replace(tzinfo=None) < shown:
            # The clocks go back to before the time of opening, which comes twice.
            return again, closes
        return opens, closes

    def _instant(self, day: date, wall: str) -> datetime:
        """Return when the wall clock shows that time for the first time, or leaps over it."""
        shown = datetime.combine(day, time.fromisoformat(wall))
        instant = shown.replace(tzinfo=self.business.zone).astimezone(timezone.utc)
        if self.business.local(instant).replace(tzinfo=None) == shown:
            return instant
        # The time does not exist that day, and `instant` is as long after the leap as it would have been.
        before = instant - _A_DAY / 2
        while instant - before > _A_MINUTE:
            middle = before + (instant - before) / 2
            leapt = self.business.local(middle).replace(tzinfo=None) > shown
            before, instant = (before, middle) if leapt else (middle, instant)
        return instant.replace(second=0, microsecond=0)

    def _is_free(self, slot: Slot) -> bool:
        # Bookings do not overlap, so only the last one that starts before the slot's end can reach into it.
        before = bisect_left(self.taken, slot.end, key=lambda taken: taken.start)
        return before == 0 or self.taken[before - 1].end <= slot.start
