// Swagger UI on a slice of a document, through the gateway, with a token that the portal
// gives to this page alone. The token lives in a variable of this module: never in the page,
// never in storage, never in the address.
//
//   <div id="swagger" data-spec=URL data-token-url=URL data-tenant=SLUG data-gateway=ORIGIN></div>
//   <div id="swagger-status" role="status"></div>
//
// data-token-url takes a POST and answers {"token": …, "expires_at": RFC 3339}. Without it
// (a reader who is not subscribed) calls go out without a token.
import { explain, unanswered } from "./answer.js";
import { post } from "./http.js";

const root = document.getElementById("swagger");
const status = document.getElementById("swagger-status");
const early = 30_000; // ms before its end that a token is no longer used

let held; // {token, until} or undefined
let asking; // the request for one under way, shared by calls made at once

async function token() {
  if (held && Date.now() < held.until - early) return held.token;
  asking ??= post(root.dataset.tokenUrl, new URLSearchParams({ tenant: root.dataset.tenant })).finally(() => (asking = undefined));
  const got = await asking;
  held = { token: got.token, until: Date.parse(got.expires_at) };
  return held.token;
}

function say(words) {
  status.replaceChildren();
  if (!words) return;
  const notice = document.createElement("div");
  notice.className = "notice notice-warn";
  const line = document.createElement("p");
  line.textContent = words;
  notice.append(document.createElement("span"), line);
  status.append(notice);
}

const toGateway = (url) => new URL(url, location.href).origin === root.dataset.gateway;

async function authorise(request) {
  if (request.loadSpec || !root.dataset.tokenUrl || !toGateway(request.url)) return request;
  try {
    request.headers.Authorization = `Bearer ${await token()}`;
    say("");
  } catch (refused) {
    say(refused.message); // the call goes out without a token, and shows what the gateway says
  }
  return request;
}

function seen(answer) {
  if (answer.status === 401 && toGateway(answer.url)) {
    held = undefined;
    say("The gateway no longer took this page's token. Press Execute again: a new one is fetched.");
  }
  try {
    if (toGateway(answer.url)) explain(answer);
  } catch (e) {
    console.error(e); // the answer itself is shown all the same
  }
  return answer;
}

// Swagger UI's dark colours hang on a class of its own.
function follow() {
  const chosen = document.querySelector("input[name=theme]:checked")?.value;
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark-mode", dark);
}
follow();
document.addEventListener("change", follow);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", follow);

// Operations and nothing around them: the page has its title, its address and its <main>,
// and authorises by itself.
const nothing = () => () => null;
const bare = ({ React }) => ({
  components: {
    Bare: ({ getComponent, specSelectors }) => {
      const failed = specSelectors.loadingStatus() === "failed";
      return React.createElement("div", { className: "swagger-ui" }, React.createElement(getComponent(failed ? "errors" : "operations", true)));
    },
  },
  wrapComponents: { authorizeBtn: nothing, authorizeOperationBtn: nothing },
});

// Swagger UI resolves an operation's references after it has shown it. Pressed earlier,
// Execute would look for it under a name that it does not have, and do nothing: it waits.
const resolved = () => ({
  statePlugins: {
    spec: {
      wrapActions: {
        setResponse: (set) => (path, method, answer) => {
          if (answer.error && !answer.status) unanswered();
          return set(path, method, answer);
        },
        execute: (execute, { specSelectors }) => async (call) => {
          const at = ["paths", call.path, call.method];
          const whole = () => specSelectors.specResolvedSubtree(at)?.get("operationId") && specSelectors.specResolvedSubtree(at);
          for (let tries = 0; !whole() && tries < 100; tries++) await new Promise((go) => setTimeout(go, 50));
          return execute({ ...call, operation: whole() || specSelectors.specJson().getIn(at) });
        },
      },
    },
  },
});

window.SwaggerUIBundle({
  domNode: root,
  url: root.dataset.spec,
  presets: [window.SwaggerUIBundle.presets.apis],
  plugins: [bare, resolved],
  layout: "Bare",
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
  queryConfigEnabled: false,
  deepLinking: false,
  persistAuthorization: false,
  tryItOutEnabled: true,
  docExpansion: root.dataset.many ? "list" : "full",
  requestInterceptor: authorise,
  responseInterceptor: seen,
  syntaxHighlight: { theme: "obsidian" }, // the one whose colours are told from the ground
  showMutatedRequest: false, // the curl line must not show the token
});

// What assistive technology misses in Swagger UI's own markup. It is drawn anew whenever
// something changes, so this looks again each time.
function name(field) {
  if (field.labels?.length || field.ariaLabel) return;
  const row = field.closest("[data-param-name]");
  const words = row ? row.dataset.paramName : field.closest(".opblock-section-request-body") ? "Request body" : field.matches(".content-type") ? "Media type" : field.placeholder;
  if (words) field.ariaLabel = words;
}

const levels = { H3: "2", H4: "3", H5: "4" }; // the page's own title is the only h1

function mend() {
  for (const code of root.querySelectorAll("pre.microlight")) code.tabIndex = 0; // to scroll it by keys
  for (const h of root.querySelectorAll("h3, h4, h5")) {
    h.setAttribute("role", "heading");
    h.ariaLevel = levels[h.tagName];
  }
  root.querySelectorAll("input:not([type=hidden]), select, textarea").forEach(name);
}

let waits = false;
new MutationObserver(() => {
  if (waits) return;
  waits = true;
  requestAnimationFrame(() => {
    waits = false;
    mend();
  });
}).observe(root, { childList: true, subtree: true });
