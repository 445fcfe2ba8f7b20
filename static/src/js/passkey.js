// Passkey ceremonies, with the browser's own conversions and no library.
//
//   <form data-passkey="create|get" data-begin=URL data-finish=URL>   sign-up, sign-in, more passkeys
//   <form data-stepup=ACTION data-object=ID>                          a fresh proof before a form is sent
//
// begin answers {"publicKey": options}; finish takes the credential as JSON and answers
// {"location": "/…"}, or for a step-up {"proof": id}, which goes along in the field step_up.
import { Refusal, post } from "./http.js";

const supported = () =>
  window.PublicKeyCredential &&
  PublicKeyCredential.parseCreationOptionsFromJSON &&
  PublicKeyCredential.parseRequestOptionsFromJSON;

let waiting; // the conditional request that offers passkeys in the e-mail field

async function ask(kind, begun, extra = {}) {
  if (kind === "create") {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(begun.publicKey);
    return navigator.credentials.create({ publicKey, ...extra });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(begun.publicKey);
  return navigator.credentials.get({ publicKey, ...extra });
}

const fields = (form) => new URLSearchParams(new FormData(form));

async function ceremony(form) {
  const { passkey, begin, finish } = form.dataset;
  const credential = await ask(passkey, await post(begin, fields(form)));
  const done = await post(finish, credential.toJSON());
  location.assign(done.location);
}

async function stepUp(form, submitter) {
  const wanted = new URLSearchParams({ action: form.dataset.stepup, object: form.dataset.object || "" });
  const credential = await ask("get", await post("/step-up/begin", wanted));
  const { proof } = await post("/step-up/finish", credential.toJSON());
  form.elements.step_up.value = proof;
  if (submitter?.name) {
    // form.submit() leaves the pressed button out
    const pressed = document.createElement("input");
    Object.assign(pressed, { type: "hidden", name: submitter.name, value: submitter.value });
    form.append(pressed);
  }
  form.submit();
}

// Sentences for what browsers report. Leaving the dialog and not having a passkey look the
// same to a page, on purpose: it must not learn which passkeys there are.
const reasons = {
  NotAllowedError: "The passkey dialog was closed, or no passkey here fits. Nothing was changed; you can try again.",
  InvalidStateError: "This device already holds a passkey for your account. Sign in with it, or add another device.",
  NotSupportedError: "This device can't make the kind of passkey that is needed. Try a phone or a security key.",
  SecurityError: "Passkeys work only at the portal's own address. Please check the address in your browser.",
  ConstraintError: "This device can't verify that it is you, with a PIN, a finger or a face. Try another one.",
};

function explain(form, error) {
  if (error.name === "AbortError") return;
  const words = error instanceof Refusal ? error.message : reasons[error.name] || "The passkey did not work. Please try again.";
  const place = form.querySelector("[data-passkey-alert]") || form.querySelector("[role=alert]");
  const notice = document.createElement("div");
  notice.className = "notice notice-bad";
  // The icon's column stays empty where no template drew one.
  notice.append(document.createElement("span"), text("strong", words));
  const list = document.createElement("ul");
  for (const f of error.fields || []) {
    list.append(text("li", f.message));
    form.elements[f.name]?.setAttribute?.("aria-invalid", "true");
  }
  if (list.children.length) notice.append(document.createElement("span"), list);
  place.replaceChildren(notice);
  place.focus();
}

function text(tag, words) {
  const node = document.createElement(tag);
  node.textContent = words;
  return node;
}

async function run(form, submitter) {
  if (form.dataset.busy) return;
  form.dataset.busy = "1";
  form.setAttribute("aria-busy", "true");
  form.querySelector("[data-passkey-alert]")?.replaceChildren();
  waiting?.abort();
  try {
    if (!supported()) throw new Refusal(0, { detail: "This browser knows no passkeys. Please use a current version of Chrome, Edge, Firefox or Safari." });
    await (form.dataset.passkey ? ceremony(form) : stepUp(form, submitter));
  } catch (e) {
    explain(form, e);
  } finally {
    delete form.dataset.busy;
    form.removeAttribute("aria-busy");
  }
}

// Captured, so that htmx does not send a form before its proof is there.
document.addEventListener(
  "submit",
  (e) => {
    const form = e.target.closest("form[data-passkey], form[data-stepup]");
    // A button that only looks at the form asks for no proof.
    if (!form || e.submitter?.formNoValidate) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    run(form, e.submitter);
  },
  true,
);

// offer shows passkeys in the e-mail field while the person is still reading, and makes the
// offer anew before the server forgets it. It ends when a button is pressed; an answer that
// fails is said like any other.
const offerAnew = 4 * 60 * 1000;

async function offer() {
  const form = document.querySelector('form[data-passkey="get"]');
  if (!form || !supported() || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  waiting?.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  const old = setTimeout(offer, offerAnew);
  try {
    const begun = await post(form.dataset.begin, new URLSearchParams(), signal);
    const credential = await ask("get", begun, { mediation: "conditional", signal });
    const done = await post(form.dataset.finish, credential.toJSON());
    location.assign(done.location);
  } catch (e) {
    if (!signal.aborted && e.name !== "NotAllowedError") explain(form, e);
  } finally {
    clearTimeout(old);
  }
}
offer();
