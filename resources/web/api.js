// The public API for this page: session, requests, updates socket.

const SESSION = "forexelite.session";
const MOST_PAGES = 10;
const UNREACHABLE = "The cloud can't be reached. Check your connection; this page tries again by itself.";
const NOT_SET_UP = "Accept the risk notice in the desktop program first; then everything is shown here.";

export class Problem extends Error {
  constructor(status, body) {
    const unfinished = body.code === "ONBOARDING_INCOMPLETE";
    super(unfinished ? NOT_SET_UP : body.detail || UNREACHABLE);
    this.status = status;
    this.code = body.code || "SERVICE_UNAVAILABLE";
  }
}

export class Api {
  // `onSignedOut` is called when the session has ended.
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

  async signOut() {
    const session = this.session;
    this.keep(null);
    if (session) await this.send("POST", "/auth/logout", { refresh_token: session.refresh_token }).catch(() => {});
    this.onSignedOut();
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
    return this.authorised("POST", path, body, { "Idempotency-Key": crypto.randomUUID() });
  }

  delete(path, query) {
    const key = { "Idempotency-Key": crypto.randomUUID() };
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
        this.onSignedOut();
        throw problem;
      })
      .finally(() => { this.refreshing = null; });
    await this.refreshing;
  }

  async send(method, path, body, headers = {}) {
    let response;
    try {
      response = await fetch(`/api/v1${path}`, {
        method,
        headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch {
      throw new Problem(0, {});
    }
    const answer = response.status === 204 ? null : await response.json().catch(() => ({}));
    if (!response.ok) throw new Problem(response.status, answer);
    if (Array.isArray(answer)) answer.next = response.headers.get("X-Next-Cursor");
    return answer;
  }

  // Calls `onUpdate(kind, data)` for each change and `onState(connected)`; connects again by itself.
  watch(onUpdate, onState) {
    let delay = 1000, ended = false, socket = null;
    const open = async () => {
      if (ended || !this.session) return;
      if (this.session.until - Date.now() < 60_000) await this.refresh().catch(() => {});
      if (ended || !this.session) return;
      const scheme = location.protocol === "https:" ? "wss" : "ws";
      socket = new WebSocket(`${scheme}://${location.host}/ws/updates`, ["bearer", this.session.access_token]);
      socket.onmessage = (message) => {
        const { kind, data } = JSON.parse(message.data);
        if (kind === "hello") { delay = 1000; onState(true); }
        onUpdate(kind, data);
      };
      socket.onclose = () => {
        onState(false);
        setTimeout(open, delay);
        delay = Math.min(delay * 2, 30_000);
      };
    };
    open();
    return () => { ended = true; socket?.close(); };
  }

  keep(answer) {
    this.session = answer && { ...answer, until: Date.now() + answer.expires_in * 1000 };
    if (this.session) sessionStorage.setItem(SESSION, JSON.stringify(this.session));
    else sessionStorage.removeItem(SESSION);
  }
}
