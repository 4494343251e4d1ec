"""When somebody is told: once when a condition begins, every hour while it lasts, and once when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from connectors.alerts.conditions import Condition, Look

REMIND_AFTER = timedelta(hours=1)
TELLING_MAY_TAKE = timedelta(minutes=2)
"""Whoever is about to tell something has so long; then another server may."""
LOOKS_WELL = 2
"""In how many looks in a row a condition must be missing before it is over."""

# Others look as often as this server; until then one of them may have seen what this one does not.
_OTHERS_LOOK_WITHIN = 1.5


class Telling(str, Enum):
    """What is to be told of an alert."""

    BEGINS = "begins"
    LASTS = "lasts"
    ENDS = "ends"


@dataclass(frozen=True)
class Alert:
    """A condition over time.

    Attributes:
        condition: as it was found last; without its facts once it is over.
        since: when it began.
        seen_at: when it was found last, by any server.
        sightings: in how many looks it was found.
        is_open: whether it lasts.
        told_at: when it was told last; None when it was not, or when its end was told.
        claimed_until: until when somebody is about to tell of it.
    """

    condition: Condition
    since: datetime
    seen_at: datetime
    sightings: int = 1
    is_open: bool = True
    told_at: datetime | None = None
    claimed_until: datetime | None = None

    def due(self, now: datetime) -> Telling | None:
        """Return what is to be told now, if there is something and nobody is about to."""
        if self.claimed_until is not None and self.claimed_until > now:
            return None
        if not self.is_open:
            # Of what nobody heard, nobody need hear the end.
            return Telling.ENDS if self.told_at else None
        if self.told_at is None:
            return Telling.BEGINS
        return Telling.LASTS if now - self.told_at >= REMIND_AFTER else None

    def settled(self, telling: Telling, now: datetime, *, is_told: bool) -> Alert:
        """Return this alert after somebody was told, or could not be: then it is due again."""
        if not is_told:
            return replace(self, claimed_until=None)
        return replace(self, claimed_until=None, told_at=None if telling is Telling.ENDS else now)


@dataclass(frozen=True)
class Notice:
    """Something that whoever holds this is to tell, and nobody else."""

    telling: Telling
    alert: Alert


class Episodes:
    """Makes alerts of what one server finds, look by look, and of the alerts that all servers share.

    Args:
        seconds: How often each server looks.
    """

    def __init__(self, seconds: float) -> None:
        self._others_look_within = timedelta(seconds=_OTHERS_LOOK_WITHIN * seconds)
        # How often in a row each condition was found; below 0, how often it was missing.
        self._in_a_row: dict[str, int] = {}

    def advance(self, alerts: Mapping[str, Alert], look: Look, now: datetime) -> tuple[dict[str, Alert], list[Notice]]:
        """Return the alerts after a look, by the conditions' keys, and what is to be told, which is claimed.

        Args:
            alerts: Those before it.
            look: What it found.
            now: The present time, by the clock that all servers share.
        """
        self._count(look, {*alerts, *look.found})
        after, notices = {}, []
        for key in (*alerts, *(key for key in look.found if key not in alerts)):
            alert = self._later(key, alerts.get(key), look.found.get(key), now)
            if alert is None:
                continue
            telling = alert.due(now)
            # That something is wrong says who has just found it.
            if telling and (telling is Telling.ENDS or key in look.found):
                alert = replace(alert, claimed_until=now + TELLING_MAY_TAKE)
                notices.append(Notice(telling, alert))
            after[key] = alert
        return after, notices

    def _count(self, look: Look, keys: set[str]) -> None:
        before, self._in_a_row = self._in_a_row, {}
        for key in keys:
            count = before.get(key, 0)
            if key in look.found:
                count = max(0, count) + 1
            elif key.partition("/")[0] not in look.unknown:
                count = min(0, count) - 1
            self._in_a_row[key] = count

    def _later(self, key: str, alert: Alert | None, condition: Condition | None, now: datetime) -> Alert | None:
        count = self._in_a_row[key]
        if condition is None:
            return self._ended(alert, now) if alert and alert.is_open and -count >= LOOKS_WELL else alert
        if alert and alert.is_open:
            return replace(alert, condition=condition, seen_at=now, sightings=alert.sightings + 1)
        if count < condition.patience:
            return alert
        if alert and alert.told_at:
            # It came back before its end was told: it goes on.
            return replace(alert, condition=condition, seen_at=now, sightings=alert.sightings + 1, is_open=True)
        return Alert(condition, now, now, count, claimed_until=alert.claimed_until if alert else None)

    def _ended(self, alert: Alert, now: datetime) -> Alert:
        if now - alert.seen_at < self._others_look_within:
            return alert
        # Its figures are out of date, and what names a customer need not stay.
        return replace(alert, is_open=False, condition=replace(alert.condition, facts={}))
