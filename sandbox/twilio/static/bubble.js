// One message as it stands in the chat.

import { clock, element, formatted, icon, isOnlyEmoji, summary } from "./format.js";

const STATES = {
  waiting: ["clock", "enviando"],
  sent: ["tick", "enviado"],
  delivered: ["ticks", "entregado"],
  read: ["ticks", "leído"],
};

function stateOf(message, answered) {
  if (message.webhook.state === "pending") return "waiting";
  if (message.webhook.state === "failed") return "sent";
  return answered || message.status === "read" ? "read" : "delivered";
}

function meta(message, answered) {
  const shown = element("span", "meta", clock(message.at));
  if (message.direction === "inbound") {
    const state = stateOf(message, answered);
    const [name, label] = STATES[state];
    const ticks = element("span", state, icon(name));
    ticks.setAttribute("role", "img");
    ticks.setAttribute("aria-label", label);
    shown.append(ticks);
  }
  return shown;
}

function medium({ url, content_type: type }) {
  if (type.startsWith("image/")) {
    const isSticker = type === "image/webp";
    const photo = element("img", isSticker ? "photo sticker" : "photo");
    photo.src = url;
    photo.alt = isSticker ? "Sticker" : "Foto";
    return photo;
  }
  if (type.startsWith("audio/")) {
    const voice = element("audio", "voice");
    voice.src = url;
    voice.controls = true;
    return voice;
  }
  const file = element("a", "", "📎 Archivo");
  file.href = /^https?:/.test(url) ? url : "#";
  file.target = "_blank";
  file.rel = "noopener noreferrer";
  return file;
}

function place({ latitude, longitude, label, address }) {
  const words = element("div", "", label ?? "Ubicación");
  words.append(element("small", "", address ?? `${latitude}, ${longitude}`));
  const pin = element("span", "", "📍");
  pin.setAttribute("aria-hidden", "true");
  return element("div", "place", pin, words);
}

function bubble(message, context, on) {
  const shown = element("div", `bubble ${message.direction === "inbound" ? "from-me" : "from-bot"}`);
  if (context.quoted) shown.append(element("span", "quoted", summary(context.quoted)));
  for (const attached of message.media) shown.append(medium(attached));
  if (message.location) shown.append(place(message.location));
  const text = element("span", "text", formatted(message.text));
  text.classList.toggle("emoji", isOnlyEmoji(message.text));
  const answer = element("button", "icon answer", icon("reply"));
  answer.type = "button";
  answer.setAttribute("aria-label", "Responder a este mensaje");
  answer.addEventListener("click", () => on.quote(message));
  shown.append(text, meta(message, context.answered), answer);
  return shown;
}

function choices(message, chosen, on) {
  const { list } = message;
  const shown = element("div", list ? "choices list" : "choices");
  shown.setAttribute("role", "group");
  shown.setAttribute("aria-label", list?.button ?? "Respuestas rápidas");
  if (list) shown.append(element("p", "", `☰ ${list.button}`));
  for (const choice of list?.items ?? message.buttons) {
    const made = element("button", "", choice.title);
    made.type = "button";
    made.disabled = Boolean(chosen);
    if (chosen) made.setAttribute("aria-pressed", String((chosen.list_item?.id ?? chosen.button.payload) === choice.id));
    made.addEventListener("click", () => on.choose(message, choice));
    shown.append(made);
  }
  return shown;
}

function trouble(message, on) {
  if (message.direction === "outbound") {
    return message.error_code ? element("p", "trouble", `No llegó al teléfono (error ${message.error_code})`) : null;
  }
  if (message.webhook.state !== "failed") return null;
  const { status, error } = message.webhook;
  const reasons = { "connection failed": "no responde", "no answer in time": "tardó demasiado", lost: "el webhook se perdió" };
  const reason = status ? `respondió ${status}` : reasons[error] ?? "cortó la conexión";
  const again = element("button", "", "Reintentar");
  again.type = "button";
  again.addEventListener("click", () => on.retry(message));
  return element("p", "trouble", `No entregado al asistente (${reason}). `, again);
}

// context: quoted (the message answered), answered (the assistant wrote later), chosen (the tap), turn (first of its side).
export function row(message, context, on) {
  const shown = element("li", "row", bubble(message, context, on));
  shown.classList.toggle("mine", message.direction === "inbound");
  shown.classList.toggle("turn", context.turn);
  if (message.buttons.length || message.list) shown.append(choices(message, context.chosen, on));
  const problem = trouble(message, on);
  if (problem) shown.append(problem);
  return shown;
}
