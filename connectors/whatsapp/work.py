"""The work of the WhatsApp channel: what was taken in is answered, and what is answered is sent."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy.engine import Connection

from connectors.database import open_writer_engine
from connectors.errors import NotStorable, StorageError, TurnFailed
from connectors.group_commit import GroupCommit
from connectors.metrics import get_metrics
from connectors.right_of_way import RightOfWay
from connectors.settings import Settings
from connectors.turn_note import intent_of_turn, turn_under_way
from connectors.whatsapp.buttons import Offer
from connectors.whatsapp.composing import Answer, compose
from connectors.whatsapp.handovers import hand_over
from connectors.whatsapp.inbox import ClaimedTurn, Inbox, InboxStatus
from connectors.whatsapp.keywords import Keyword, keyword
from connectors.whatsapp.leases import Leases
from connectors.whatsapp.limiting import Counts
from connectors.whatsapp.outbox import APOLOGY, CONFIRMATION, PATIENCE, ClaimedSend, Outbox, OutgoingMessage
from connectors.whatsapp.pacing import Pacer
from connectors.whatsapp.patience import Patience
from connectors.whatsapp.queueing import Crew
from connectors.whatsapp.sending import Sender, backoff
from connectors.whatsapp.texts import load_texts
from connectors.whatsapp.turns import CHANNEL_NAME, Assistant, Turns
from connectors.whatsapp.twilio_client import TwilioClient

SENDS_IN_FLIGHT = 16
STOP_SECONDS = 5.0
# How long a turn's attempts do not count while the action server is away, and how often it is then tried at least.
EXCUSED_SECONDS = 600.0
MOST_EXCUSED_DELAY = 10.0
SENDING_STOP_SECONDS = 2.0
# A turn that is begun so often beyond its attempts kills the processes that work on it.
CRASHES = 3

ClaimedWithOffer = tuple[ClaimedTurn, Offer]

logger = structlog.get_logger(__name__)


class Work:
    """Works from `start` to `stop` on what comes into the inbox, and on what other processes left.

    All of it runs on one event loop, but `expect` and `wake_sends`, which other threads may call.

    Args:
        settings: The channel's settings.
        assistant: Rasa.
        right_of_way: What is done here gives way to whoever enters it.
    """

    def __init__(self, settings: Settings, assistant: Assistant, right_of_way: RightOfWay) -> None:
        self._settings = settings
        self._texts = load_texts()
        self._commit = GroupCommit(open_writer_engine(settings.database_url), right_of_way=right_of_way)
        self._inbox = inbox_of(settings)
        self._outbox = outbox_of(settings)
        self._patience = Patience(self._inbox, self._outbox, self._texts.patience)
        self._client = TwilioClient(settings)
        self._counts = Counts(settings.redis_url)
        self._turns = Turns(
            assistant,
            self._texts,
            self._client.show_typing,
            self._client.media_size,
            self._ask_patience,
            settings.whatsapp_patience_seconds,
        )
        self._sender = Sender(
            self._client,
            self._commit,
            self._outbox,
            Pacer(settings, self._counts),
            timedelta(minutes=settings.whatsapp_give_up_minutes),
        )
        self._answering = Crew("whatsapp-turns", self._claim_turns, self._work_on, settings.whatsapp_turns_in_flight)
        self._sending = Crew("whatsapp-sends", self._claim_sends, self._sender.deliver, SENDS_IN_FLIGHT)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._expected: set[str] = set()
        self._keeping: asyncio.Task[None] | None = None
        self._claims = itertools.count(1)
        self._name = f"{socket.gethostname()}-{os.getpid()}"

    async def start(self) -> None:
        """Begin to work."""
        self._loop = asyncio.get_running_loop()
        self._sending.start()
        self._answering.start()
        self._keeping = asyncio.create_task(self._keep_leases(), name="whatsapp-leases")

    async def stop(self) -> None:
        """End what was begun within seven seconds, and leave the rest for the next start."""
        turns = await self._answering.stop(STOP_SECONDS)
        await self._give_back([turn for turn, _ in turns], await self._sending.stop(SENDING_STOP_SECONDS))
        if self._keeping:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        await self._counts.aclose()
        await self._client.aclose()
        await self._commit.close()

    def expect(self, contact: str) -> None:
        """Look after a contact who has a message to be answered."""
        self._call(self._expect, contact)

    def wake_sends(self) -> None:
        """Look at once whether there is something to send."""
        self._call(self._sending.wake)

    def _call(self, function: Callable[..., None], *arguments: Any) -> None:
        if self._loop:
            self._loop.call_soon_threadsafe(function, *arguments)

    def _expect(self, contact: str) -> None:
        self._expected.add(contact)
        self._answering.wake()

    async def _claim_turns(self, limit: int) -> tuple[Sequence[ClaimedWithOffer], float | None]:
        owner = f"{self._name}-{next(self._claims)}"
        held = [turn.contact for turn, _ in self._answering.items]
        expected, self._expected = self._expected, set()

        def claim(connection: Connection) -> tuple[Sequence[ClaimedWithOffer], float | None]:
            if expected:
                self._inbox.expect(connection, expected)
            turns = self._inbox.claim(connection, owner, limit, held)
            offered = [(turn, self._outbox.latest_offer(connection, turn.contact)) for turn in turns]
            return offered, self._inbox.leases.next_due(connection)

        try:
            return await self._commit.run(claim, alone=True)
        except BaseException:
            self._expected |= expected
            raise

    async def _claim_sends(self, limit: int) -> tuple[Sequence[ClaimedSend], float | None]:
        owner = f"{self._name}-{next(self._claims)}"
        held = [send.message.recipient for send in self._sending.items]

        def claim(connection: Connection) -> tuple[Sequence[ClaimedSend], float | None]:
            return self._outbox.claim(connection, owner, limit, held), self._outbox.leases.next_due(connection)

        return await self._commit.run(claim, alone=True)

    async def _work_on(self, claimed: ClaimedWithOffer) -> None:
        turn, offer = claimed
        with turn_under_way(turn.sid):
            if turn.attempt == 1:
                get_metrics().took("waiting", turn.waited)
            await self._answer(turn, offer)

    async def _answer(self, turn: ClaimedTurn, offer: Offer) -> None:
        began = time.monotonic()
        try:
            wish = keyword(turn.messages[0].text)
            if (wish is Keyword.OPT_OUT and not turn.is_opted_out) or (wish is Keyword.OPT_IN and turn.is_opted_out):
                await self._obey(turn, wish)
            elif turn.is_opted_out:
                await self._finish(turn, InboxStatus.IGNORED)
            elif turn.is_handed_over:
                await self._finish(turn, InboxStatus.HANDED_OVER)
            elif turn.attempt > self._settings.whatsapp_turn_attempts + CRASHES:
                raise TurnFailed("its process died in it, again and again")
            else:
                with get_metrics().timed("rasa"):
                    answers = await self._turns.run(turn, offer)
                await self._finish(turn, InboxStatus.ANSWERED, answers)
        except (TurnFailed, NotStorable) as exc:
            await self._fail(turn, exc, time.monotonic() - began)

    async def _finish(
        self, turn: ClaimedTurn, status: InboxStatus, answers: Sequence[Answer] = (), error: str | None = None
    ) -> None:
        """Close a turn and put its answers into the outbox, in one transaction."""
        messages = compose(turn.messages[0], answers, self._settings.quick_reply_templates)
        if error:
            messages = [OutgoingMessage(turn.sid, APOLOGY, turn.contact, self._texts.parked)]

        def finish(connection: Connection) -> bool:
            is_ours = self._inbox.finish(connection, turn, status, error)
            if is_ours:
                # There is nothing to be patient for any more.
                self._outbox.withdraw(connection, (turn.sid, PATIENCE))
                self._outbox.add(connection, messages)
                if any(answer.hands_over for answer in answers):
                    hand_over(connection, turn.contact)
            return is_ours

        if await self._commit.insist(finish, order=turn.contact):
            _report(status.value, attempt=turn.attempt, answers=len(messages))
        self._sending.wake()

    async def _fail(self, turn: ClaimedTurn, error: TurnFailed | NotStorable, took: float) -> None:
        """Have a turn that failed after so many seconds done again later, or park it and tell its contact.

        Attempts that could not but fail do not count for a while: a restart takes longer than five of them.
        """
        waited = turn.waited + took
        is_excused = isinstance(error, TurnFailed) and error.is_no_fault_of_it and waited < EXCUSED_SECONDS
        if turn.attempt >= self._settings.whatsapp_turn_attempts and not is_excused:
            logger.error("turn %s is parked after %d attempts: %s", turn.sid, turn.attempt, error)
            await self._finish(turn, InboxStatus.FAILED, error=str(error))
            self._turns.note_failure(turn)
            return
        delay = min(1.0 + waited / 4, MOST_EXCUSED_DELAY) if is_excused else 2 * backoff(turn.attempt)
        _report("repeated", attempt=turn.attempt)
        logger.warning("turn %s is done again in %.1f s: %s", turn.sid, delay, error)
        is_patience_due = 0 < self._settings.whatsapp_patience_seconds < waited + delay

        def postpone(connection: Connection) -> None:
            if is_patience_due:
                self._patience.ask(connection, turn)
            self._inbox.postpone(connection, turn, delay, str(error), counts=not is_excused)

        await self._commit.insist(postpone, order=turn.contact)
        self._sending.wake()

    async def _ask_patience(self, turn: ClaimedTurn) -> None:
        """Tell a customer that the answer takes a while, if the database takes that now; the turn goes on anyway."""
        try:
            is_asked = await self._commit.run(partial(self._patience.ask, turn=turn), order=turn.contact)
        except StorageError as exc:
            logger.warning("nobody is asked for patience in turn %s: %s", turn.sid, exc)
        else:
            if is_asked:
                self._sending.wake()

    async def _obey(self, turn: ClaimedTurn, wish: Keyword) -> None:
        """End or resume all messages to a contact, and confirm it."""
        goes = wish is Keyword.OPT_OUT
        text = self._texts.opted_out if goes else self._texts.opted_in
        confirmation = OutgoingMessage(turn.sid, CONFIRMATION, turn.contact, text)

        def obey(connection: Connection) -> bool:
            is_ours = self._inbox.finish(connection, turn, InboxStatus.ANSWERED)
            if is_ours:
                self._inbox.opt(connection, turn.contact, out=goes)
                self._outbox.add(connection, [confirmation])
            return is_ours

        if await self._commit.insist(obey, order=turn.contact):
            _report(InboxStatus.ANSWERED.value, attempt=turn.attempt, answers=1)
        self._sending.wake()

    async def _give_back(self, turns: Sequence[ClaimedTurn], sends: Sequence[ClaimedSend]) -> None:
        def give_back(connection: Connection) -> None:
            for turn in turns:
                self._inbox.give_back(connection, turn)
            for send in sends:
                self._outbox.give_back(connection, send)

        if turns or sends:
            logger.warning("stopped in the middle of %d turns and %d sends, which are resumed", len(turns), len(sends))
            await asyncio.gather(self._commit.run(give_back), return_exceptions=True)

    async def _keep_leases(self) -> None:
        """Renew what this process holds, and have those looked after whom a dead one was to expect."""
        while True:
            turns = [(turn.owner, turn.contact) for turn, _ in self._answering.items]
            sends = [(send.owner, send.message.recipient) for send in self._sending.items]
            renewing = (
                self._commit.run(partial(self._inbox.leases.renew, held=turns), alone=True),
                self._commit.run(partial(self._outbox.leases.renew, held=sends), alone=True),
                self._commit.run(self._inbox.expect, alone=True),
            )
            for outcome in await asyncio.gather(*renewing, return_exceptions=True):
                if isinstance(outcome, Exception):
                    logger.warning("leases could not be renewed: %s", outcome)
            self._answering.wake()
            await asyncio.sleep(self._settings.whatsapp_lease_seconds / 3)


def _report(outcome: str, **facts: object) -> None:
    """Tell log and metrics what became of the turn that is under way."""
    intent = intent_of_turn()
    get_metrics().turn(CHANNEL_NAME, intent, outcome)
    logger.info("turn.over", outcome=outcome, intent=intent, **facts)


def inbox_of(settings: Settings) -> Inbox:
    """Return the inbox as the settings have it."""
    return Inbox(Leases("turn", settings.whatsapp_lease_seconds), settings.whatsapp_burst_seconds)


def outbox_of(settings: Settings) -> Outbox:
    """Return the outbox as the settings have it."""
    return Outbox(Leases("send", settings.whatsapp_lease_seconds), settings.twilio_window_template_sid)
