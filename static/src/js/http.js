// What our modules share when they talk to the portal.

// Refusal is an answer of the portal that is not 2xx, in its own words: a problem document
// (RFC 9457) with a detail, and fields where input was wrong.
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || "The portal did not understand that. Please load the page again.");
    this.status = status;
    this.fields = problem.fields || [];
  }
}

// post sends a body to the portal and gives back the JSON that it answers.
export async function post(url, body, signal) {
  const json = !(body instanceof URLSearchParams);
  let answer;
  try {
    answer = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      redirect: "error",
      signal,
      headers: {
        Accept: "application/json, application/problem+json",
        "Content-Type": json ? "application/json" : "application/x-www-form-urlencoded;charset=UTF-8",
      },
      body: json ? JSON.stringify(body) : body.toString(),
    });
  } catch (e) {
    if (e.name === "AbortError") throw e;
    throw new Refusal(0, { detail: "The portal can't be reached. Please check your connection and try again." });
  }
  const read = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(answer.status, read);
  return read;
}
