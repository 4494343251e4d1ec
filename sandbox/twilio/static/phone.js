// The phone: contacts on one side, the open chat on the other, both following the sandbox's events.

import * as api from "./api.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { contactDialog, FaultsDialog } from "./dialogs.js";
import { element } from "./format.js";
import { MailsDialog } from "./mails.js";
import { People } from "./people.js";

const STARTERS = [
  "Hola 👋",
  "Quiero agendar una cita para mañana a las 3pm",
  "¿Qué paquetes tienen?",
  "¿Qué horarios hay el viernes?",
  "Ayuda",
];

const byId = (id) => document.getElementById(id);
const narrow = matchMedia("(max-width: 720px)");

const people = new People(open);
const chat = new Chat({ choose, quote: (message) => composer.quote(message), retry });
const composer = new Composer(send);
const faults = new FaultsDialog();
const mails = new MailsDialog();
contactDialog((contact) => open(contact.phone));

const current = () => people.chosen;
const isWatching = (phone) => phone === current() && !document.hidden && byId("messages").offsetParent !== null;

function open(phone) {
  if (decodeURIComponent(location.hash.slice(1)) === phone) route();
  else location.hash = phone;
}

async function route() {
  const phone = decodeURIComponent(location.hash.slice(1));
  const known = people.contacts.has(phone);
  document.body.dataset.view = known ? "chat" : "contacts";
  if (!known) {
    people.draw();
    return;
  }
  people.chosen = phone;
  people.unread.delete(phone);
  showPresence();
  people.draw();
  const { messages } = await api.thread(phone);
  if (phone !== current()) return;
  chat.show(messages.map((message) => ({ ...message, phone })));
  api.look(phone);
  if (!narrow.matches) byId("text").focus();
}

function showPresence() {
  const contact = people.contacts.get(current());
  const writing = people.writing.has(current());
  byId("presence").textContent = writing ? "escribiendo…" : `Escribes como ${contact?.name ?? ""} · ${current()}`;
  byId("presence").classList.toggle("writing", writing);
  byId("text").placeholder = contact ? `Mensaje de ${contact.name}` : "Escribe un mensaje";
  chat.typing(writing);
}

function send(message) {
  if (current()) api.write(current(), message).catch(lost);
}

function choose(message, { title, id }) {
  const tap = message.list ? { list_item: { id, title } } : { button: { text: title, payload: id } };
  send({ ...tap, reply_to: message.sid });
}

function retry(message) {
  api.retry(message).catch(lost);
}

function lost() {
  byId("offline").hidden = false;
}

async function refresh({ business_phone: business }) {
  byId("offline").hidden = true;
  byId("business").textContent = business;
  const { contacts } = await api.contacts();
  people.contacts = new Map(contacts.map((contact) => [contact.phone, contact]));
  people.writing = new Set(contacts.filter((contact) => contact.typing).map((contact) => contact.phone));
  faults.show(await api.faults());
  mails.show((await api.mails()).mails);
  if (!location.hash && !narrow.matches && contacts.length) {
    history.replaceState(null, "", `#${contacts[0].phone}`);
  }
  await route();
}

function arrived({ phone, message }) {
  const contact = people.contacts.get(phone);
  if (!contact) return;
  const isNew = message.receipts.length === 1 && message.direction === "outbound";
  if (isNew && !isWatching(phone)) people.unread.set(phone, (people.unread.get(phone) ?? 0) + 1);
  if (message.status === "delivered" && isWatching(phone)) api.look(phone);
  if (!contact.last_message || message.at >= contact.last_message.at) contact.last_message = message;
  if (phone === current()) chat.put({ ...message, phone });
  people.draw();
}

function typed({ phone, on }) {
  if (on) people.writing.add(phone);
  else people.writing.delete(phone);
  if (phone === current()) showPresence();
  people.draw();
}

function cleared({ phone }) {
  const contact = people.contacts.get(phone);
  if (contact) contact.last_message = null;
  people.unread.delete(phone);
  if (phone === current()) chat.show([]);
  people.draw();
}

function contactChanged(contact) {
  people.contacts.set(contact.phone, contact);
  if (contact.phone === current()) showPresence();
  people.draw();
}

for (const text of STARTERS) {
  const starter = element("button", "", text);
  starter.type = "button";
  starter.addEventListener("click", () => send({ text }));
  byId("starters").append(starter);
}
byId("back").addEventListener("click", () => (location.hash = ""));
byId("clear").addEventListener("click", () => current() && api.clear(current()));
addEventListener("hashchange", route);
document.addEventListener("visibilitychange", () => current() && isWatching(current()) && open(current()));
api.listen({
  hello: refresh,
  contact: contactChanged,
  message: arrived,
  typing: typed,
  cleared,
  faults: (values) => faults.show(values),
  mail: (mail) => mails.add(mail),
  lost,
});
