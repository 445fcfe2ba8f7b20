// What came back from the gateway, in words, beside Swagger UI: who answered, what is left of
// the limits, and the way out where it was refused.
//
//   <div id="answer" data-explain=URL data-usage=URL data-limits=URL data-subscribe=URL>
//
// Everything is written as text; nothing that an API answers becomes markup.
const place = document.getElementById("answer");

const element = (name, text, className) => {
  const e = document.createElement(name);
  if (text) e.textContent = text;
  if (className) e.className = className;
  return e;
};

const link = (text, href, className = "inline") => {
  const a = element("a", text, className);
  a.href = href;
  return a;
};

const button = (text, href) => link(text, href, "btn btn-sm");

const meanings = {
  200: "OK", 201: "made", 202: "accepted, and done later", 204: "done, with nothing to show", 301: "moved", 302: "elsewhere", 304: "not changed",
  400: "the call was not understood", 401: "not identified", 403: "not allowed", 404: "not found", 405: "not with this method", 406: "not in the wanted form",
  408: "too slow", 409: "in conflict with what is there", 410: "gone for good", 412: "changed in the meantime", 413: "too large", 415: "of a type that is not taken",
  422: "understood, and not accepted", 429: "too many calls", 500: "the server failed", 501: "not offered", 502: "the API could not be reached, or answered wrongly",
  503: "not available just now", 504: "the API did not answer in time",
};
const classes = { 2: "it worked", 3: "look elsewhere", 4: "the call was at fault", 5: "the server was at fault" };

const lasting = (seconds) => {
  for (const [size, one, many] of [[86400, "day", "days"], [3600, "hour", "hours"], [60, "minute", "minutes"]]) {
    if (seconds >= 2 * size || seconds === size) {
      const n = Math.round(seconds / size);
      return `${n} ${n === 1 ? one : many}`;
    }
  }
  return seconds === 1 ? "1 second" : `${seconds} seconds`;
};

// A list of RFC 9651 as RateLimit and RateLimit-Policy have it: "minute";r=3;t=20, …
function items(header) {
  const all = new Map();
  for (const part of (header || "").split(",")) {
    const [name, ...parameters] = part.split(";").map((s) => s.trim());
    if (!name) continue;
    all.set(name.replaceAll('"', ""), Object.fromEntries(parameters.map((p) => [p.split("=")[0], Number(p.split("=")[1])])));
  }
  return all;
}

const number = (n) => n.toLocaleString("en");

const limitName = (name) =>
  ({ minute: "in a minute", second: "in a second", hour: "in an hour", day: "in a day", "quota-day": "today", "quota-month": "this month", "mock-minute": "to mocks, in a minute" })[name] ||
  name.replace(/^token-/, "with one token, in a ").replace(/^operation-/, "to this operation, in a ");

function limits(headers) {
  const policy = items(headers["ratelimit-policy"]);
  const left = items(headers["ratelimit"]);
  const list = element("ul", "", "stack stack-xs small");
  for (const [name, { q }] of policy) {
    const now = left.get(name);
    const words = now
      ? `${number(now.r)} of ${number(q)} calls left ${limitName(name)}` + (now.t > 0 ? (now.r > 0 ? `, all again in ${lasting(now.t)}` : `, the next in ${lasting(now.t)}`) : "")
      : `${number(q)} calls ${limitName(name)}`;
    list.append(element("li", words));
  }
  return list.children.length ? [element("h3", "Limits"), list] : [];
}

// Which way out there is, by what the gateway refused for.
const ways = {
  subscription_required: (at) => [button("Subscribe", at.subscribe)],
  subscription_pending: (at) => [button("See the request", at.limits)],
  subscription_paused: (at) => [button("See the subscription", at.limits)],
  rate_limited: (at) => [button("See limits", at.limits)],
  quota_exceeded: (at) => [button("See limits", at.limits)],
};

const upstreamFailed = (code) => code.startsWith("upstream_") || code === "credential_detached";

function who(status, code, mock) {
  if (code && upstreamFailed(code)) return "The gateway took the call, and the API’s own server failed. Your call is not to blame; its publisher can be told the request id.";
  if (code && mock) return "The mock’s gateway refused this. Nothing was asked of the API.";
  if (code) return "The gateway refused this. The API’s own server never saw the call.";
  if (mock) return "The mock made this up from the documentation. The API’s own server never saw the call.";
  if (status >= 500) return "The gateway let the call through, and the API’s own server answered that it failed.";
  if (status >= 400) return "The gateway let the call through, and the API’s own server refused it. Its documentation says what this status means.";
  return "The gateway let the call through, and the API’s own server answered.";
}

function detailOf(answer) {
  try {
    const problem = JSON.parse(answer.text ?? answer.data ?? "");
    return { title: String(problem.title || ""), detail: String(problem.detail || ""), type: String(problem.type || "") };
  } catch {
    return {};
  }
}

// explain shows an answer of the gateway.
export function explain(answer) {
  // Swagger UI makes a list of a value with commas in it.
  const headers = Object.fromEntries(Object.entries(answer.headers || {}).map(([name, value]) => [name, [].concat(value).join(", ")]));
  const code = headers["gatehouse-error"];
  const mock = headers["gatehouse-mock"] === "true";
  const status = answer.status;
  const problem = code ? detailOf(answer) : {};
  const head = element("p");
  head.append(element("strong", `${status}: ${meanings[status] || classes[Math.floor(status / 100)] || "an unusual status"}`));
  const parts = [head, element("p", who(status, code, mock), "small")];
  if (problem.title) parts.push(element("p", `${problem.title}. ${problem.detail}`, "small"));
  const wait = Number(headers["retry-after"]);
  if (wait > 0) parts.push(element("p", `The same call passes in ${lasting(wait)}.`, "small"));
  parts.push(...limits(headers));
  const end = Date.parse(headers["gatehouse-token-expiration"]);
  if (end) parts.push(element("p", `This page’s token works until ${new Date(end).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}; a new one is made when it is needed.`, "small muted"));
  const out = element("div", "", "row");
  if (code) out.append(...(ways[code]?.(place.dataset) ?? []));
  if (/^https?:\/\//.test(problem.type)) out.append(button("About this error", problem.type));
  const id = headers["gatehouse-request-id"];
  if (id && /^[0-9a-z_-]+$/i.test(id)) {
    out.append(button("Explain this answer", place.dataset.explain + encodeURIComponent(id)));
    parts.push(element("p", `Request ${id}`, "tiny muted cut"));
  }
  out.append(link("See it in your usage", place.dataset.usage, "inline small"));
  parts.push(out);
  place.replaceChildren(...parts);
}

// unanswered says what may be the reason where the browser was given nothing to show.
export function unanswered() {
  const list = element("ul", "", "stack stack-xs small");
  for (const reason of [
    navigator.onLine === false ? "This computer is offline." : "The gateway can’t be reached from here: a network, a firewall or a proxy is in between.",
    "The operation takes headers of its own. A browser’s page may send Authorization and Content-Type alone; code may send any. Leave them out, or copy a code sample from the documentation.",
  ]) list.append(element("li", reason));
  const head = element("p");
  head.append(element("strong", "No answer came back"));
  place.replaceChildren(head, element("p", "The browser does not say why. Whether the call had an effect is not known. It may be:", "small"), list);
}
