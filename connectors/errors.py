"""Every error that the Rasa side raises on purpose.

* ConnectorError
  * SettingsError
  * MalformedForm
  * MalformedCursor
  * Refused
  * Problem
  * StorageError
    * DatabaseUnavailable
    * NotStorable
    * SpoolUnavailable
  * ActionServerUnavailable
  * AlertNotTaken
  * TurnFailed
  * TwilioError
    * TwilioRejected
    * TwilioUnavailable
"""

from __future__ import annotations

from collections.abc import Mapping


class ConnectorError(Exception):
    """Anything that went wrong between the world and Rasa."""


class SettingsError(ConnectorError):
    """A setting cannot be used; the message names its variable."""


class MalformedForm(ConnectorError):
    """A request's body is not the form that Twilio sends."""


class MalformedCursor(ConnectorError):
    """What was given to go on from is no cursor that a page of the log ever came with."""


class Refused(ConnectorError):
    """A request may not come in; `status` is the HTTP answer it gets."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Problem(ConnectorError):
    """A request of the admin API is answered with a problem (RFC 9457); nothing of it quotes the request.

    Attributes:
        status: the HTTP status.
        code: the problem's name, which never changes.
        detail: what is wrong with this request, and what would be right.
        headers: further headers of the answer.
    """

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.headers: Mapping[str, str] = headers or {}


class StorageError(ConnectorError):
    """The database did not take a transaction; the message quotes nothing of it."""


class DatabaseUnavailable(StorageError):
    """The database did not take a transaction now; it may later."""


class NotStorable(StorageError):
    """The database refuses a transaction and would refuse it again."""


class SpoolUnavailable(StorageError):
    """The disk does not take, or give, the rows of the conversation log that wait on it."""


class ActionServerUnavailable(ConnectorError):
    """The action server did not answer as it should: a custom action was not done, or a question not answered.

    Attributes:
        is_away: whether it could not be reached at all.
    """

    def __init__(self, reason: str, *, is_away: bool = False) -> None:
        super().__init__(reason)
        self.is_away = is_away


class AlertNotTaken(ConnectorError):
    """The webhook for alerts did not take a message; the reason holds nothing of its address, which is a secret.

    Attributes:
        retry_after: seconds that it asked to wait, if it did.
        may_pass: whether the same message may be taken later.
    """

    def __init__(self, reason: str, retry_after: float | None = None, *, may_pass: bool = False) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.may_pass = may_pass


class TurnFailed(ConnectorError):
    """A turn did not come to its end; the message says why, without personal data.

    Attributes:
        is_no_fault_of_it: whether any turn would have failed then, as where the action server is away.
    """

    def __init__(self, reason: str, *, is_no_fault_of_it: bool = False) -> None:
        super().__init__(reason)
        self.is_no_fault_of_it = is_no_fault_of_it


class TwilioError(ConnectorError):
    """Twilio did not take a message.

    Twilio's own message is left out: it quotes phone numbers.

    Attributes:
        code: Twilio's error code (https://www.twilio.com/docs/api/errors), if it gave one.
    """

    def __init__(self, summary: str, code: int | None = None) -> None:
        super().__init__(f"{summary} (code {code})" if code else summary)
        self.code = code


class TwilioRejected(TwilioError):
    """Twilio refuses this request and would refuse it again."""


class TwilioUnavailable(TwilioError):
    """Twilio cannot take the request now; the same request may work later.

    Attributes:
        retry_after: seconds that Twilio asked to wait, if it did.
        may_be_taken: whether Twilio may have taken the request although it did not say so.
    """

    def __init__(
        self,
        summary: str,
        code: int | None = None,
        retry_after: float | None = None,
        *,
        may_be_taken: bool = False,
    ) -> None:
        super().__init__(summary, code)
        self.retry_after = retry_after
        self.may_be_taken = may_be_taken
