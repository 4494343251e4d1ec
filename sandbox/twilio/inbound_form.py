"""The form of an incoming WhatsApp message, field by field as Twilio posts it.

https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

import json

from sandbox.twilio.bot_client import channel_fields
from sandbox.twilio.media_resource import media_path
from sandbox.twilio.phones import address, wa_id
from sandbox.twilio.records import Message
from sandbox.twilio.segments import count_segments


def inbound_form(message: Message, account_sid: str, business: str, api_url: str) -> dict[str, str]:
    """Return the webhook's form for a customer's message to the business address, with its files at the API."""
    sender = address(message.phone)
    form = channel_fields(account_sid, message.sid, sender, business)
    form |= {
        "Body": message.text,
        "Forwarded": "false",
        "FrequentlyForwarded": "false",
        "MessageType": _kind(message),
        "NumMedia": str(len(message.media)),
        "NumSegments": str(count_segments(message.text)),
        "ReferralNumMedia": "0",
        "SmsMessageSid": message.sid,
        "SmsStatus": "received",
        "WaId": wa_id(message.phone),
    }
    form |= _choice(message) | _media(message, account_sid, api_url) | _location(message)
    if message.profile_name:
        form["ProfileName"] = message.profile_name
    if message.reply_to:
        form |= {"OriginalRepliedMessageSid": message.reply_to, "OriginalRepliedMessageSender": business}
    form["ChannelMetadata"] = _channel_metadata(form)
    return form


def _kind(message: Message) -> str:
    if message.button or message.list_item:
        return "interactive"
    if message.location:
        return "location"
    if message.media:
        kind = str(message.media[0]["content_type"]).partition("/")[0]
        return kind if kind in ("image", "audio", "video") else "document"
    return "text"


def _choice(message: Message) -> dict[str, str]:
    if message.button:
        return {"ButtonText": message.button["text"], "ButtonPayload": message.button["payload"]}
    if message.list_item:
        return {
            "ListId": message.list_item["id"],
            "ListTitle": message.list_item["title"],
            "ListDescription": message.list_item["description"],
        }
    return {}


def _media(message: Message, account_sid: str, api_url: str) -> dict[str, str]:
    fields = {}
    for number, medium in enumerate(message.media):
        fields[f"MediaUrl{number}"] = api_url + media_path(account_sid, message, number)
        fields[f"MediaContentType{number}"] = str(medium["content_type"])
    return fields


def _location(message: Message) -> dict[str, str]:
    place = message.location
    if place is None:
        return {}
    fields = {"Latitude": str(place["latitude"]), "Longitude": str(place["longitude"])}
    if place.get("address"):
        fields["Address"] = place["address"]
    if place.get("label"):
        fields["Label"] = place["label"]
    return fields


def _channel_metadata(form: dict[str, str]) -> str:
    shared = ("ButtonText", "Forwarded", "FrequentlyForwarded", "ProfileName", "WaId")
    context = {name: form[name] for name in shared if name in form}
    return json.dumps({"type": "whatsapp", "data": {"context": context}}, ensure_ascii=False)
