"""The API's description: `python -m sandbox.internal_api.contract` writes `contract/internal_api.yaml`."""

from pathlib import Path
from typing import Any

import yaml

from sandbox.internal_api.api import OPEN_PATH, create_api
from sandbox.internal_api.problems import MEDIA_TYPE, VerificationPaused
from sandbox.mail.mailbox import Mailbox
from sandbox.settings import Settings

FILE = Path(__file__).parents[2] / "contract" / "internal_api.yaml"

_ABOUT = """\
The business's system, as the assistant calls it.

Every path but /v1/health needs `Authorization: Bearer INTERNAL_API_TOKEN`. Times are ISO 8601 with their
offset, in the business's time zone; money is a decimal string and an ISO 4217 currency. A person is named by
`X-Customer-Email`, which they claim, and writes in the conversation `X-Conversation-Id`. There are two ways of
being verified for that e-mail:

* by phone: `X-Contact-Phone`, which WhatsApp vouches for, is the one on file, whichever of the two has the 1
  of Mexico's mobiles (+52 1) or the 9 of Argentina's (+54 9);
* by code: `POST /v1/verifications` has a code sent to the e-mail, `POST /v1/verifications/{verification_id}/check`
  takes it for a token, and `X-Verification` carries that token. It counts only together with the e-mail and
  the conversation that it was made for, until it expires.

What only verified persons may do is refused to all others with 403 `verification_required` before anything
about the thing itself is looked at. An e-mail that nobody has is answered as one that somebody has, here and
when a code is asked for: no mail goes out, that is all. What is unknown and what is somebody else's are
answered alike. Refusals are RFC 9457 problems whose `code` says which, some with a `customer_message` that may
be told to the customer.

A change carries an `Idempotency-Key`, unique to the action: repeated with the same request it gets the first
result again, refusals included, with the header `Idempotency-Replayed: true`; with another request, on
whatever path, it is refused. The token is no part of the request in this sense. 401 and 403 are never kept:
who may is judged anew every time, so that after being verified the same action is tried under the same key.

A call may carry an `X-Request-Id`: the assistant's name for the turn it is in, to be written into the log beside it.
"""


class _Dumper(yaml.SafeDumper):
    """Writes every value out, and paragraphs as they are."""

    def ignore_aliases(self, data: object) -> bool:
        """Write what occurs twice twice: a contract is read by people."""
        return True


def _represent_text(dumper: Any, value: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _represent_text)


def describe() -> dict[str, Any]:
    """Return the OpenAPI document of the API as it is."""
    document: dict[str, Any] = create_api(Settings.construct(internal_api_token=""), Mailbox()).openapi()
    document["info"]["description"] = _ABOUT
    document["servers"] = [{"url": "http://127.0.0.1:8090", "description": "The sandbox; INTERNAL_API_URL otherwise."}]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _describe_refusals(operation)
            _describe_replay(operation)
            if path == OPEN_PATH:
                del operation["security"], operation["responses"]["401"]
    for schema in document["components"]["schemas"].values():
        schema.pop("title", None)
        for described in schema.get("properties", {}).values():
            described.pop("title", None)
    return document


def write(file: Path = FILE) -> None:
    """Write the description where the project keeps it."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(text(), encoding="utf-8")


def text() -> str:
    """Return the description as YAML."""
    written: str = yaml.dump(describe(), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return written


def _describe_refusals(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if int(status) == VerificationPaused.status:
            response["headers"] = {"Retry-After": {"description": "In seconds.", "schema": {"type": "string"}}}
        if int(status) >= 400:
            response["content"] = {MEDIA_TYPE: response["content"].pop("application/json")}
    for parameter in operation.get("parameters", []):
        parameter["schema"].pop("title", None)


def _describe_replay(operation: dict[str, Any]) -> None:
    keyed = any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", []))
    for status, response in operation["responses"].items():
        if keyed and int(status) < 300:
            response["headers"] = {
                "Idempotency-Replayed": {
                    "description": "Present on a result given again.",
                    "schema": {"type": "string", "enum": ["true"]},
                }
            }


if __name__ == "__main__":
    write()
