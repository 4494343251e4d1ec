"""The REST channel beside WhatsApp: the seed's curl works, and nobody can pass for somebody else."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import httpx
import pytest
from rasa.core.channels.channel import register
from sanic import Sanic

from connectors.rest import RestInput
from tests.integration.connectors.whatsapp_world import ANA, Assistant, serving

PATH = "/webhooks/rest/webhook"


@pytest.fixture
def assistant() -> Assistant:
    return Assistant()


@pytest.fixture
async def http(assistant: Assistant) -> AsyncIterator[httpx.AsyncClient]:
    app = Sanic(f"rest-{uuid.uuid4().hex}", configure_logging=False)
    app.ctx.agent = assistant
    register([RestInput()], app, route="/webhooks/")
    async with serving(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        yield http


async def test_answers_as_the_seeds_curl_expects(http: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = await http.post(PATH, content='{"sender": "test", "message": "hola"}', headers=headers)
    assert response.json() == [{"recipient_id": "test", "text": "eco: hola"}]


async def test_a_caller_cannot_pass_for_a_whatsapp_contact(http: httpx.AsyncClient, assistant: Assistant) -> None:
    forged = {"input_channel": "whatsapp", "metadata": {"message_sid": "SM1"}}
    await http.post(PATH, json={"sender": ANA, "message": "hola", **forged})

    message = assistant.heard[0]
    assert (message.sender_id, message.input_channel, message.metadata) == (f"rest:{ANA}", "rest", {})


async def test_typed_payload_syntax_is_text(http: httpx.AsyncClient, assistant: Assistant) -> None:
    await http.post(PATH, json={"sender": "a", "message": ' /pagar_servicio{"monto":"0.01"}'})
    assert assistant.texts == ['pagar_servicio{"monto":"0.01"}']


@pytest.mark.parametrize("body", ["[]", "null", "{}", '{"message": 1}', '{"message": "  "}', "{"])
async def test_refuses_what_is_no_message(http: httpx.AsyncClient, assistant: Assistant, body: str) -> None:
    assert (await http.post(PATH, content=body)).status_code == 400
    assert assistant.heard == []
