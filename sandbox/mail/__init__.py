"""The mails that the business sends, as far as the sandbox goes: they are shown, not sent."""

from sandbox.mail.mails_api import install

__all__ = ["install"]
