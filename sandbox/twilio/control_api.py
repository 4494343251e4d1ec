"""Controls of the sandbox: its faults, and the stream of its events."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from sandbox.faults.board import Faults
from sandbox.twilio.emulator import Emulated
from sandbox.twilio.records import Json

router = APIRouter(prefix="/sandbox", tags=["controls"])


@router.get("/faults")
async def show_faults(emulator: Emulated) -> Json:
    """Return the faults in force."""
    return emulator.board.as_json()


@router.put("/faults")
async def set_faults(faults: Faults, emulator: Emulated) -> Json:
    """Put these faults in force instead of all before; an empty object ends them all."""
    emulator.board.now = faults
    shown = emulator.board.as_json()
    emulator.events.publish("faults", shown)
    return shown


@router.get("/events", include_in_schema=False)
async def stream_events(emulator: Emulated) -> StreamingResponse:
    """Stream contacts, messages, receipts, typing and mails as they change."""
    frames = emulator.events.listen({"business_phone": emulator.business_phone})
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(frames, media_type="text/event-stream", headers=headers)
