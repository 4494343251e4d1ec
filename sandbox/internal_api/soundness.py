"""What makes a state document sound, field by field."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from sandbox.internal_api.document import AppointmentPart, Document, PurchasePart
from sandbox.internal_api.problems import InvalidRequest

Fault = tuple[str, str]


def require_sound(document: Document) -> None:
    """Return when every reference in the document leads somewhere and nothing in it contradicts itself.

    Raises:
        InvalidRequest: It names each field at fault.
    """
    faults = [
        *_repeated(document),
        *_dangling(document),
        *_contradictions(document),
        *_payment_faults(document),
    ]
    if faults:
        raise InvalidRequest.of_all(faults)


def _repeated(document: Document) -> Iterator[Fault]:
    prefixes = {"appointments": "C-", "purchases": "PUR-", "payments": "PAY-", "handoffs": "H-"}
    for part in ("session_types", "packages", "requests", *prefixes):
        rows = getattr(document, part)
        yield from _repetitions(f"body.{part}", "id", (row.id for row in rows))
        prefix = prefixes.get(part, "")
        for index, row in enumerate(rows):
            if not row.id.startswith(prefix):
                yield f"body.{part}.{index}.id", f"does not start with {prefix}"
    yield from _repetitions("body.customers", "email", (row.email for row in document.customers))
    for index, package in enumerate(document.packages):
        currencies = (price.currency for price in package.prices)
        yield from _repetitions(f"body.packages.{index}.prices", "currency", currencies)


def _repetitions(path: str, field: str, values: Iterable[str]) -> Iterator[Fault]:
    seen: Counter[str] = Counter()
    for index, value in enumerate(values):
        seen[value] += 1
        if seen[value] > 1:
            yield f"{path}.{index}.{field}", "is there twice"


def _dangling(document: Document) -> Iterator[Fault]:
    types = {row.id for row in document.session_types}
    packages = {row.id for row in document.packages}
    emails = {row.email for row in document.customers}
    if document.business.default_session_type not in types:
        yield "body.business.default_session_type", "is not one of session_types"
    for part in ("packages", "appointments"):
        for index, row in enumerate(getattr(document, part)):
            if row.session_type not in types:
                yield f"body.{part}.{index}.session_type", "is not one of session_types"
    for part in ("appointments", "purchases"):
        for index, row in enumerate(getattr(document, part)):
            if row.package_id not in packages | {None}:
                yield f"body.{part}.{index}.package_id", "is not one of packages"
    for part in ("requests", "appointments", "purchases", "payments"):
        for index, row in enumerate(getattr(document, part)):
            if row.customer_email not in emails:
                yield f"body.{part}.{index}.customer_email", "is not one of customers"


def _contradictions(document: Document) -> Iterator[Fault]:
    hours = sorted(enumerate(document.opening_hours), key=lambda item: (item[1].weekday, item[1].opens))
    for index, stretch in hours:
        if stretch.closes <= stretch.opens:
            yield f"body.opening_hours.{index}.closes", "is not after opens"
    for (_, one), (index, other) in pairwise(hours):
        if one.weekday == other.weekday and other.opens < one.closes:
            yield f"body.opening_hours.{index}.opens", "overlaps another stretch of that day"
    booked = [item for item in enumerate(document.appointments) if item[1].status == "booked"]
    for index, row in enumerate(document.appointments):
        if row.end <= row.start:
            yield f"body.appointments.{index}.end", "is not after start"
    for (_, first), (index, second) in pairwise(sorted(booked, key=lambda item: item[1].start)):
        if second.start < first.end:
            yield f"body.appointments.{index}.start", "overlaps another booked appointment"


def _payment_faults(document: Document) -> Iterator[Fault]:
    targets: dict[str, AppointmentPart | PurchasePart] = {row.id: row for row in document.appointments}
    targets.update({row.id: row for row in document.purchases})
    for index, row in enumerate(document.payments):
        path = f"body.payments.{index}"
        ids = [one for one in (row.appointment_id, row.purchase_id) if one is not None]
        field = "appointment_id" if row.appointment_id else "purchase_id"
        if len(ids) != 1:
            yield f"{path}.appointment_id", "exactly one of appointment_id and purchase_id must be given"
            continue
        target = targets.get(ids[0])
        if target is None or not ids[0].startswith("C-" if row.appointment_id else "PUR-"):
            yield f"{path}.{field}", "does not exist"
        elif target.customer_email != row.customer_email:
            yield f"{path}.{field}", "belongs to another customer"
        elif target.price.currency != row.currency:
            yield f"{path}.currency", "is not the currency of what is paid"
