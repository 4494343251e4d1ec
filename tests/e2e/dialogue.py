"""A scripted dialogue: what a customer says, what must be in the answers, and what must have become of the business.

A script is a file in `tests/e2e/dialogues/`:

* `contact`: who writes. `business`: rows put into the business's state beforehand; an appointment's day is `week`
  and `weekday` (Monday 0, of the nth Monday-to-Sunday week after this one) or `after_today` (the first such weekday).
* `steps`: each `say`s something, in which `{codigo ana@example.com}` is the code of the latest mail to somebody and
  `{codigo ana@example.com +1}` a wrong one, or `choose`s the nth numbered option. `expect_any` and `expect_each` (one
  of each list) must be in its answers, `expect_two_of` two of them, `forbid` nothing of it. `nothing_changed`: the
  state is still what it was. `differs_from_step`, `same_answer_as_step`: compared with an earlier answer.
  `expect_silence`.
  A step that says `release: true` has the operator give the contact back to the assistant; nobody says anything.
* `known_failure`: what the assistant cannot do yet; the dialogue must then fail.
* `end`: in each section a filter of the rows that are new or have changed, and how many it must match; `{count: n}`
  alone is all of them. `answers_each`, `answers_forbid`, `state_forbid`: in all answers, and in the state.

Accents and case do not count; a term that begins or ends with a digit touches no other digit.
"""

from __future__ import annotations

import copy
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

State = dict[str, Any]

SCRIPTS = Path(__file__).parent / "dialogues"
SILENCE_SECONDS = 6.0
LENGTHS = {"carta_natal": 60, "revolucion_solar": 90, "sinastria": 90, "tarot": 30}
CODE = re.compile(r"\{codigo (\S+?)(?: \+(\d))?\}")
KEYS = {
    "customers": "email",
    "requests": "id",
    "appointments": "id",
    "purchases": "id",
    "payments": "id",
    "handoffs": "id",
}


def scripts() -> Iterator[tuple[str, dict[str, Any]]]:
    """Gives the scripts by name."""
    for path in sorted(SCRIPTS.glob("*.yml")):
        yield path.stem, yaml.safe_load(path.read_text(encoding="utf-8"))


class Calendar:
    """Days as the scripts name them, in the business's time zone."""

    def __init__(self, timezone: str) -> None:
        self.zone = ZoneInfo(timezone)
        self.today = datetime.now(self.zone).date()

    def day(self, row: Mapping[str, Any]) -> date:
        """Gives the day that a row of a script means."""
        if "after_today" in row:
            return self.today + timedelta(days=(row["after_today"] - self.today.weekday() - 1) % 7 + 1)
        monday = self.today - timedelta(days=self.today.weekday())
        return monday + timedelta(weeks=row["week"], days=row["weekday"])

    def week(self, day: date) -> int:
        """Gives how many weeks after this one a day lies."""
        return (day - (self.today - timedelta(days=self.today.weekday()))).days // 7


def patched(state: State, rows: Mapping[str, Sequence[Mapping[str, Any]]], calendar: Calendar) -> State:
    """Gives the state with a script's rows in it."""
    state = copy.deepcopy(state)
    long_ago = (datetime.now(calendar.zone) - timedelta(days=30)).replace(microsecond=0).isoformat()
    for section, given in rows.items():
        for row in given:
            full = _appointment(row, calendar) if section == "appointments" else dict(row)
            full.setdefault("created_at", long_ago)
            if section == "requests":
                full["customer_email"] = full.pop("email", full.get("customer_email"))
                full = {"detail": None, "updated_at": long_ago, **full}
            if section == "customers":
                full = {"birth_date": None, "phone": None, **full}
            state[section].append(full)
    return state


def _appointment(row: Mapping[str, Any], calendar: Calendar) -> dict[str, Any]:
    hour, minute = map(int, row["time"].split(":"))
    day = calendar.day(row)
    start = datetime(day.year, day.month, day.day, hour, minute, tzinfo=calendar.zone)
    return {
        "id": row["id"],
        "customer_email": row["email"],
        "status": row.get("status", "booked"),
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=LENGTHS[row["session_type"]])).isoformat(),
        "session_type": row["session_type"],
        "package_id": row.get("package_id"),
        "group_size": row.get("group_size", 1),
        "price": {"amount": row["price"], "currency": "USD"},
        "cancellation_reason": None,
    }


def changes(before: State, after: State, section: str) -> list[dict[str, Any]]:
    """Gives the rows of a section that are new or not as they were."""
    key = KEYS[section]
    known = {row[key]: row for row in before[section]}
    return [row for row in after[section] if row != known.get(row[key])]


def matches(section: str, row: Mapping[str, Any], wanted: Mapping[str, Any], calendar: Calendar) -> bool:
    """Tells whether a row is what a filter wants."""
    return all(_has(section, row, name, value, calendar) for name, value in wanted.items() if name != "count")


def _has(section: str, row: Mapping[str, Any], name: str, value: Any, calendar: Calendar) -> bool:
    if name in ("week", "week_any", "weekday", "time", "time_any"):
        start = datetime.fromisoformat(row["start"]).astimezone(calendar.zone)
        said = {"week": calendar.week(start.date()), "weekday": start.weekday(), "time": f"{start:%H:%M}"}
        allowed = value if name.endswith("_any") else [value]
        return said[name.removesuffix("_any")] in allowed
    if name == "after_today":
        start = datetime.fromisoformat(row["start"]).astimezone(calendar.zone)
        return start.date() == calendar.day({"after_today": value})
    if name.endswith("_any"):
        return row.get(name.removesuffix("_any")) in value
    if name == "email" and section != "customers":
        name = "customer_email"
    return bool(row.get(name) == value)


def plain(text: str) -> str:
    """Gives a text in lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def says(text: str, term: str) -> bool:
    """Tells whether a term is in a text."""
    term = plain(str(term))
    before, after = ("(?<![0-9])" if term[0].isdigit() else ""), ("(?![0-9])" if term[-1].isdigit() else "")
    return re.search(before + re.escape(term) + after, plain(text)) is not None


def filled(text: str, mailed: Callable[[str], str]) -> str:
    """Gives a text with the codes in it that were mailed, or others where the script wants a wrong one."""

    def code(found: re.Match[str]) -> str:
        return f"{(int(mailed(found[1])) + int(found[2] or 0)) % 10**6:06d}"

    return CODE.sub(code, text)


def options(text: str) -> list[str]:
    """Gives the numbered options of an answer."""
    return re.findall(r"(?m)^\s*\d+[.)]\s+(.+)$", text)


def shape(text: str) -> str:
    """Gives what an answer says but for numbers."""
    return re.sub(r"\d+", "#", plain(text))


def as_json(state: State) -> str:
    """Gives a state as text."""
    return json.dumps(state, ensure_ascii=False)
