// The sandbox's HTTP interface, and the stream of what happens in it.

const CONTACTS = "/sandbox/contacts";

const chat = (phone) => `${CONTACTS}/${encodeURIComponent(phone)}`;

async function call(method, path, body) {
  const request = { method };
  if (body !== undefined) {
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  const response = await fetch(path, request);
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  return response.status === 204 ? null : response.json();
}

export const contacts = () => call("GET", CONTACTS);
export const saveContact = (phone, name) => call("PUT", chat(phone), { name });
export const thread = (phone) => call("GET", `${chat(phone)}/messages`);
export const write = (phone, message) => call("POST", `${chat(phone)}/messages`, message);
export const retry = (message) => call("POST", `${chat(message.phone)}/messages/${message.sid}/webhook`);
export const clear = (phone) => call("DELETE", `${chat(phone)}/messages`);
export const look = (phone) => call("POST", `${chat(phone)}/read`);
export const faults = () => call("GET", "/sandbox/faults");
export const setFaults = (values) => call("PUT", "/sandbox/faults", values);

export const mails = () => call("GET", "/sandbox/mails");

// Calls handlers[event](data) for each event, and handlers.lost() while there is no connection.
export function listen(handlers) {
  const source = new EventSource("/sandbox/events");
  for (const event of ["hello", "contact", "message", "typing", "cleared", "faults", "mail"]) {
    source.addEventListener(event, (frame) => handlers[event](JSON.parse(frame.data)));
  }
  source.addEventListener("error", handlers.lost);
}
