"""What an empty database is filled with: Casa Astral, its customers and their dealings, around today."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.internal_api.document import Document

_TUESDAY, _WEDNESDAY, _THURSDAY, _FRIDAY, _SATURDAY = 1, 2, 3, 4, 5

_SESSION_TYPES = [
    ("carta_natal", "carta natal", 60, 4),
    ("revolucion_solar", "revolución solar", 90, 4),
    ("sinastria", "sinastría (pareja)", 90, 2),
    ("tarot", "tarot", 30, 8),
]

_PACKAGES = [
    (
        "carta-natal",
        "Carta natal",
        "Lectura completa de tu carta natal: personalidad, talentos y etapas.",
        ("individual", "carta_natal", 60),
        ("50.00", "900.00", "46.00", "200000.00", "60000.00"),
    ),
    (
        "revolucion-solar",
        "Revolución solar",
        "Lo que trae tu próximo año, de cumpleaños a cumpleaños.",
        ("individual", "revolucion_solar", 90),
        ("65.00", "1170.00", "60.00", "260000.00", "78000.00"),
    ),
    (
        "pareja",
        "Sinastría de pareja",
        "Dos cartas natales, una lectura: lo que las une y lo que las tensa.",
        ("pareja", "sinastria", 90),
        ("80.00", "1440.00", "74.00", "320000.00", "96000.00"),
    ),
    (
        "tarot-express",
        "Tarot exprés",
        "Una pregunta y una tirada de media hora.",
        ("individual", "tarot", 30),
        ("20.00", "360.00", "18.50", "80000.00", "24000.00"),
    ),
]

_CUSTOMERS = [
    ("ana@example.com", "Ana López", "+5215512345678", "1990-04-12"),
    ("luis@example.com", "Luis Restrepo", "+573001234567", "1985-11-02"),
    ("sofia@example.com", "Sofía Fernández", "+5491123456789", "1996-07-23"),
    ("maria@example.com", "María García", "+34600111222", None),
    ("carlos@example.com", "Carlos Hernández", "+5213312345678", "1978-01-30"),
    ("valentina@example.com", "Valentina Rojas", None, None),
]

_REQUESTS = [
    (
        "12345",
        "ana",
        "carta_escrita",
        "in_review",
        "Carta natal por escrito",
        "La está revisando la astróloga.",
        6,
        1,
    ),
    ("20001", "luis", "factura", "received", "Factura de la última consulta", "La recibimos ayer.", 1, 1),
    (
        "20002",
        "sofia",
        "reembolso",
        "approved",
        "Reembolso de una cita cancelada",
        "Llega en 3 a 5 días.",
        9,
        2,
    ),
    ("20003", "maria", "carta_escrita", "done", "Carta natal por escrito", "Se envió a tu correo.", 30, 20),
    ("20004", "carlos", "cambio_de_cita", "rejected", "Cambio de cita", "No había horarios ese día.", 15, 14),
]


def seed(timezone: str) -> Document:
    """Return the state of a fresh business; appointments lie around the machine's today.

    Ana owes exactly one thing, 50.00 USD for C-1042; Luis owes two; Valentina has no phone on file.
    """
    now = datetime.now(ZoneInfo(timezone)).replace(microsecond=0)
    return Document.parse_obj(
        {
            "business": _business(timezone),
            "opening_hours": [{"weekday": day, "opens": "10:00", "closes": "19:00"} for day in range(5)]
            + [{"weekday": _SATURDAY, "opens": "10:00", "closes": "14:00"}],
            "session_types": [
                dict(zip(("id", "name", "duration_minutes", "max_group_size"), row, strict=True))
                for row in _SESSION_TYPES
            ],
            "packages": _packages(),
            "customers": [
                {
                    "email": email,
                    "name": name,
                    "phone": phone,
                    "birth_date": born,
                    "created_at": now - _days(90),
                }
                for email, name, phone, born in _CUSTOMERS
            ],
            "requests": [_request(now, *row) for row in _REQUESTS],
            "appointments": _appointments(now),
            "purchases": [
                _purchase(1, "maria", "pareja", "80.00", now - _days(2)),
                _purchase(2, "luis", "tarot-express", "20.00", now - _days(4)),
            ],
            "payments": [
                _payment(1001, "ana", 1001, "50.00", "tarjeta", now - _days(22)),
                _payment(1002, "sofia", 1044, "20.00", "paypal", now - _days(3)),
                _payment(1003, "luis", 1043, "25.00", "transferencia", now - _days(1)),
            ],
            "handoffs": [],
        }
    )


def _business(timezone: str) -> dict[str, Any]:
    return {
        "name": "Casa Astral",
        "timezone": timezone,
        "currency": "USD",
        "contact_phone": "+525555550100",
        "contact_email": "hola@casaastral.example",
        "booking_horizon_days": 60,
        "slot_step_minutes": 60,
        "default_session_type": "carta_natal",
    }


def _packages() -> list[dict[str, Any]]:
    return [
        {
            "id": slug,
            "name": name,
            "description": description,
            "type": kind,
            "session_type": session_type,
            "duration_minutes": minutes,
            "sessions": 1,
            "prices": [
                {"amount": amount, "currency": currency}
                for amount, currency in zip(amounts, ("USD", "MXN", "EUR", "COP", "ARS"), strict=True)
            ],
        }
        for slug, name, description, (kind, session_type, minutes), amounts in _PACKAGES
    ]


def _appointments(now: datetime) -> list[dict[str, Any]]:
    today = now.date()
    return [
        _appointment(now, 1001, "ana", "completed", _before(today - _days(14), _TUESDAY), 12, "carta-natal"),
        _appointment(now, 1030, "sofia", "cancelled", _after(today, _WEDNESDAY), 17, "carta-natal"),
        _appointment(now, 1042, "ana", "booked", _after(today, _FRIDAY), 11, "carta-natal"),
        _appointment(now, 1043, "luis", "booked", _after(today, _TUESDAY), 16, "revolucion-solar"),
        _appointment(now, 1044, "sofia", "booked", _after(today, _SATURDAY), 12, "tarot-express"),
        _appointment(now, 1045, "carlos", "booked", _after(today, _THURSDAY), 10, "carta-natal"),
    ]


def _appointment(
    now: datetime, number: int, who: str, status: str, day: date, hour: int, package_id: str
) -> dict[str, Any]:
    package = next(row for row in _packages() if row["id"] == package_id)
    start = datetime.combine(day, time(hour), now.tzinfo)
    return {
        "id": f"C-{number}",
        "customer_email": f"{who}@example.com",
        "status": status,
        "start": start,
        "end": start + timedelta(minutes=package["duration_minutes"]),
        "session_type": package["session_type"],
        "package_id": package_id,
        "group_size": 1,
        "price": package["prices"][0],
        "cancellation_reason": "Me surgió un viaje" if status == "cancelled" else None,
        "created_at": now - _days(30),
    }


def _request(
    now: datetime,
    number: str,
    who: str,
    kind: str,
    status: str,
    subject: str,
    detail: str,
    made: int,
    changed: int,
) -> dict[str, Any]:
    return {
        "id": number,
        "customer_email": f"{who}@example.com",
        "kind": kind,
        "status": status,
        "subject": subject,
        "detail": detail,
        "created_at": now - _days(made),
        "updated_at": now - _days(changed),
    }


def _purchase(number: int, who: str, package_id: str, amount: str, at: datetime) -> dict[str, Any]:
    return {
        "id": f"PUR-{number}",
        "customer_email": f"{who}@example.com",
        "package_id": package_id,
        "price": {"amount": amount, "currency": "USD"},
        "created_at": at,
    }


def _payment(number: int, who: str, appointment: int, amount: str, method: str, at: datetime) -> dict[str, Any]:
    return {
        "id": f"PAY-{number}",
        "customer_email": f"{who}@example.com",
        "appointment_id": f"C-{appointment}",
        "purchase_id": None,
        "status": "paid",
        "amount": amount,
        "currency": "USD",
        "method": method,
        "reference": f"CA-{number:06d}",
        "link": None,
        "created_at": at,
    }


def _days(count: int) -> timedelta:
    return timedelta(days=count)


def _after(day: date, weekday: int) -> date:
    """Return the first such weekday after the day."""
    return day + _days((weekday - day.weekday() - 1) % 7 + 1)


def _before(day: date, weekday: int) -> date:
    """Return the last such weekday before the day."""
    return day - _days((day.weekday() - weekday - 1) % 7 + 1)
