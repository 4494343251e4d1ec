"""The values that requests and answers are made of: ids, e-mails, phones, dates, money."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConstrainedInt, ConstrainedStr, Extra, Field, validator
from pydantic.datetime_parse import parse_datetime

EMAIL = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,3}$"
PHONE = r"^\+[1-9][0-9]{6,14}$"
DECIMAL = r"^[0-9]{1,12}\.[0-9]{2}$"
# The characters of RFC 3986, but for the quotation mark.
LINK = r"^https://[A-Za-z0-9._~:/?#@!$&()*+,;=%\[\]-]{4,190}$"
CURRENCY = r"^[A-Z]{3}$"
# PostgreSQL stores no NUL; a text of spaces says nothing.
_TEXT = r"^[^\x00]*[^\x00\s][^\x00]*$"
NO_NUL = r"^[^\x00]*$"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
Validators = Iterator[Callable[[Any], Any]]


class IsoDate(date):
    """A date written YYYY-MM-DD, and in no other way."""

    @classmethod
    def __get_validators__(cls) -> Validators:
        yield cls._parse

    @classmethod
    def __modify_schema__(cls, schema: dict[str, Any]) -> None:
        schema.update(type="string", format="date")

    @classmethod
    def _parse(cls, value: object) -> date:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
        raise ValueError("not a date written YYYY-MM-DD")


class Instant(datetime):
    """An RFC 3339 date and time with its offset, taken to UTC."""

    @classmethod
    def __get_validators__(cls) -> Validators:
        yield cls._parse

    @classmethod
    def __modify_schema__(cls, schema: dict[str, Any]) -> None:
        schema.update(type="string", format="date-time")

    @classmethod
    def _parse(cls, value: object) -> datetime:
        if isinstance(value, datetime):
            return value
        if not isinstance(value, str) or not _INSTANT.fullmatch(value):
            raise ValueError("not a date and time with its offset, such as 2026-11-24T15:00:00-06:00")
        try:
            return parse_datetime(value.upper()).astimezone(timezone.utc)
        except OverflowError as exc:
            raise ValueError("outside the calendar") from exc


class Email(ConstrainedStr):
    """An e-mail address, in lower case."""

    strict = True
    regex = EMAIL
    max_length = 254
    to_lower = True


class Phone(ConstrainedStr):
    """A phone number in E.164."""

    strict = True
    regex = PHONE


class Currency(ConstrainedStr):
    """An ISO 4217 code."""

    strict = True
    regex = CURRENCY


class Amount(ConstrainedStr):
    """A positive decimal with at most two decimals."""

    strict = True
    regex = r"^(?!0+(\.0+)?$)[0-9]{1,9}(\.[0-9]{1,2})?$"


class OneTimeCode(ConstrainedStr):
    """Six digits."""

    strict = True
    regex = r"^[0-9]{6}$"


class ShortText(ConstrainedStr):
    """Up to 200 characters that say something."""

    strict = True
    regex = _TEXT
    min_length = 1
    max_length = 200


class LongText(ShortText):
    """Up to 2,000 characters that say something."""

    max_length = 2000


class PersonName(ShortText):
    """A person's name."""

    max_length = 100


class Identifier(ConstrainedStr):
    """An id as it is written: looked up, never interpreted."""

    strict = True
    regex = NO_NUL
    min_length = 1
    max_length = 40


class Minutes(ConstrainedInt):
    """A session's length."""

    strict = True
    ge = 1
    le = 480


class GroupSize(ConstrainedInt):
    """How many people come."""

    strict = True
    ge = 1
    le = 1000


def _show_null(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Write `null` into the schema where a field takes it: pydantic 1 leaves it out."""
    for name, field in model.__fields__.items():
        described = schema.get("properties", {}).get(name)
        if not field.allow_none or described is None:
            continue
        if "type" in described:
            described["type"] = [described["type"], "null"]
            if "enum" in described:
                described["enum"] = [*described["enum"], None]
        else:
            rest = {key: described.pop(key) for key in ("$ref", "allOf", "anyOf") if key in described}
            described["anyOf"] = [rest, {"type": "null"}]


class Body(BaseModel):
    """What a client sends: unknown fields and text that no database can store are refused."""

    class Config:
        """Applies to every body."""

        extra = Extra.forbid
        schema_extra = staticmethod(_show_null)

    @validator("*", pre=True)
    @classmethod
    def _storable(cls, value: object) -> object:
        if isinstance(value, str) and _UNSTORABLE.search(value):
            raise ValueError("contains a NUL or half a surrogate pair")
        if isinstance(value, float) and value.is_integer():
            return int(value)  # JSON has one kind of number: 2.0 is the integer 2.
        return value

    @validator("*")
    @classmethod
    def _without_margins(cls, value: object) -> object:
        return value.strip() if type(value) is str else value


class Answer(BaseModel):
    """What the API answers."""

    class Config:
        """Applies to every answer."""

        schema_extra = staticmethod(_show_null)


class Money(Answer):
    """An amount of money."""

    amount: str = Field(..., regex=DECIMAL, description="Decimal with two decimals.", examples=["50.00"])
    currency: str = Field(..., description="ISO 4217.", examples=["USD"])


def money(minor: int, currency: str) -> Money:
    """Return hundredths of a currency as money."""
    return Money(amount=decimal(minor), currency=currency)


def decimal(minor: int) -> str:
    """Return hundredths as a decimal with two places."""
    return f"{minor // 100}.{minor % 100:02d}"


def minor(amount: str) -> int:
    """Return a decimal of at most two places as hundredths."""
    return int(Decimal(amount) * 100)
