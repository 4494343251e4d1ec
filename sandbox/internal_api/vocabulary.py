"""The words that some fields are limited to."""

from typing import Literal

PackageType = Literal["individual", "pareja", "grupo"]
Method = Literal["tarjeta", "transferencia", "efectivo", "paypal"]
AppointmentStatus = Literal["booked", "cancelled", "completed"]
PaymentStatus = Literal["pending", "paid"]
RequestStatus = Literal["received", "in_review", "approved", "rejected", "done"]
EntryKind = Literal["cita", "pago", "solicitud"]
HistoryType = Literal["citas", "pagos", "solicitudes", "todo"]
