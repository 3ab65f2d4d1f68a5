// The public API for this page: session, requests, updates socket.

const SESSION = "forexelite.session";
const MOST_PAGES = 10;
// Longer than the cloud itself waits for the trader's computer.
const READ_MS = 30_000, ACT_MS = 120_000;
const UNREACHABLE = "The cloud can't be reached. Check your connection; this page tries again by itself.";
const NOT_SIGNED = "The cloud can't be reached. Check your connection and try again.";
const UNANSWERED = "The cloud gave no answer, so this may not have been done, and it is not tried again by itself. "
  + "Check your connection and what is shown here, then press again.";
const NOT_SET_UP = "Accept the risk notice in the desktop program first; then everything is shown here.";

// Browsers have randomUUID() on https and this very computer alone, and a stop must work on any other address too.
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Problem extends Error {
  // `silence` is what is said where the cloud gave no reason.
  constructor(status, body, silence) {
    const unfinished = body.code === "ONBOARDING_INCOMPLETE";
    super(unfinished ? NOT_SET_UP : body.detail || silence);
    this.status = status;
    this.code = body.code || "SERVICE_UNAVAILABLE";
  }
}

export class Api {
  // `onSignedOut(expired)` is called when the session has ended, by itself or by its user.
  constructor(onSignedOut) {
    this.onSignedOut = onSignedOut;
    this.session = JSON.parse(sessionStorage.getItem(SESSION) || "null");
    this.refreshing = null;
  }

  get signedIn() {
    return this.session !== null;
  }

  async signIn(email, password) {
    this.keep(await this.send("POST", "/auth/login", { email, password }));
  }

  // The device forgets the session at once, whether the cloud can be told or not.
  signOut() {
    const session = this.session;
    this.keep(null);
    this.onSignedOut(false);
    if (session) this.send("POST", "/auth/logout", { refresh_token: session.refresh_token }).catch(() => {});
  }

  // Lists come whole, page after page.
  async get(path, query = {}) {
    const page = (more) => this.authorised("GET", `${path}?${new URLSearchParams({ ...query, ...more })}`);
    let answer = await page({}), next = answer.next;
    for (let pages = 1; next && pages < MOST_PAGES; pages += 1) {
      const more = await page({ cursor: next });
      answer = answer.concat(more);
      next = more.next;
    }
    return answer;
  }

  // One key a press: a repeated request after a lost answer does nothing twice.
  post(path, body) {
    return this.authorised("POST", path, body, { "Idempotency-Key": newKey() });
  }

  delete(path, query) {
    const key = { "Idempotency-Key": newKey() };
    return this.authorised("DELETE", `${path}?${new URLSearchParams(query)}`, undefined, key);
  }

  async authorised(method, path, body, headers = {}) {
    if (this.session && this.session.until - Date.now() < 60_000) await this.refresh();
    const signed = () => ({ ...headers, Authorization: `Bearer ${this.session?.access_token}` });
    try {
      return await this.send(method, path, body, signed());
    } catch (problem) {
      if (problem.code !== "INVALID_JWT") throw problem;
      await this.refresh();
      return this.send(method, path, body, signed());
    }
  }

  // Refresh tokens work once, so all who wait share one request.
  async refresh() {
    this.refreshing ??= this.send("POST", "/auth/refresh", { refresh_token: this.session?.refresh_token })
      .then((answer) => this.keep(answer))
      .catch((problem) => {
        if (problem.status !== 401 && problem.status !== 400) throw problem;
        this.keep(null);
        this.onSignedOut(true);
        throw problem;
      })
      .finally(() => { this.refreshing = null; });
    await this.refreshing;
  }

  async send(method, path, body, headers = {}) {
    const silence = path.startsWith("/auth/") ? NOT_SIGNED : method === "GET" ? UNREACHABLE : UNANSWERED;
    let response;
    try {
      response = await fetch(`/api/v1${path}`, {
        method,
        headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(silence === UNANSWERED ? ACT_MS : READ_MS),
      });
    } catch {
      throw new Problem(0, {}, silence);
    }
    const answer = response.status === 204 ? null : await response.json().catch(() => ({}));
    if (!response.ok) throw new Problem(response.status, answer, silence);
    if (Array.isArray(answer)) answer.next = response.headers.get("X-Next-Cursor");
    return answer;
  }

  // Calls `onUpdate(kind)` for each change and connects again by itself. `renew()` connects anew at once: a socket of
  // before a phone slept may be dead without knowing.
  watch(onUpdate) {
    let delay = 1000, waiting = null, socket = null, ended = false;
    const open = async () => {
      clearTimeout(waiting);
      if (this.session && this.session.until - Date.now() < 60_000) await this.refresh().catch(() => {});
      if (ended || !this.session) return;
      const scheme = location.protocol === "https:" ? "wss" : "ws";
      const made = new WebSocket(`${scheme}://${location.host}/ws/updates`, ["bearer", this.session.access_token]);
      socket?.close();
      socket = made;
      made.onmessage = (message) => {
        const { kind } = JSON.parse(message.data);
        if (kind === "hello") delay = 1000;
        if (socket === made && !ended) onUpdate(kind);
      };
      made.onclose = () => {
        if (socket !== made || ended) return;
        waiting = setTimeout(open, delay);
        delay = Math.min(delay * 2, 30_000);
      };
    };
    open();
    return { renew: open, end: () => { ended = true; clearTimeout(waiting); socket?.close(); } };
  }

  keep(answer) {
    this.session = answer && { ...answer, until: Date.now() + answer.expires_in * 1000 };
    if (this.session) sessionStorage.setItem(SESSION, JSON.stringify(this.session));
    else sessionStorage.removeItem(SESSION);
  }
}
