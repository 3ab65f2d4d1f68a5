import { Api } from "./api.js";
import { age, count, figure, price, signClass, units } from "./format.js";
import { notice, sure, toast } from "./messages.js";
import { byId, fill } from "./tables.js";

const CHOICE = "forexelite.account";
const REFRESH_MS = 10_000, RETRY_MS = 5_000, LOOK_MS = 1_000, STALE_MS = 30_000;
const NOT_KNOWN = "Not known yet.", NOT_KNOWN_OFFLINE = "Not known while the computer is offline.";
// What an empty list says once it is known to be empty.
const NONE = {
  positions: "No open positions.", orders: "No pending orders.", alerts: "No open alerts.",
  deployments: "Nothing is deployed. Deploy an Expert Advisor from the desktop program.",
};
const RUNNING = new Set(["running", "starting", "offline"]);
const api = new Api(showSignIn);

let brokers = [], agents = [], deployments = [], positions = [], orders = [], connection = null;
let visit = 0, timer = null, lookTimer = null, watching = null, due = new Set(), dueTimer = null, stopping = false;
// When the figures shown were asked for, by their reader's name.
const asOf = new Map();

function known(...ids) {
  for (const id of ids) byId(`${id}-none`).textContent = NONE[id];
}

function forget(...ids) {
  for (const id of ids) byId(`${id}-none`).textContent = NOT_KNOWN;
}

function tell(problem, what) {
  if (problem.code !== "INVALID_JWT") toast(`${what}: ${problem.message}`, { bad: true });
}

// Shows an answer, unless another account was chosen, or somebody else has signed in, since it was asked for, or one
// that was asked for later is shown already.
function reader(path, query, show) {
  let asked = 0, shown = 0;
  return async () => {
    const [account, person, turn] = [connection, visit, asked += 1];
    if (!query()) return;
    const answer = await api.get(path, query());
    if (person !== visit || turn < shown || (account !== connection && query === chosen)) return;
    shown = turn;
    show(answer);
  };
}

// What is read, each by its name; a change of one kind reads again what it concerns.
const all = () => ({}), open = () => ({ unresolved: true });
const readers = {
  agents: reader("/agents", all, (rows) => { agents = rows; showAgent(); showLastKnown(); }),
  account: reader("/account", chosen, showAccount),
  positions: reader("/positions", chosen, (rows) => { showPositions(rows); known("positions"); }),
  orders: reader("/orders", chosen, (rows) => { showOrders(rows); known("orders"); }),
  deployments: reader("/deployments", all, (rows) => { deployments = rows; showDeployments(); known("deployments"); }),
  alerts: reader("/alerts", open, (rows) => { showAlerts(rows); known("alerts"); }),
};
const troubles = new Map();
const concerns = {
  hello: Object.keys(readers), resync: Object.keys(readers), agent: ["agents", "deployments"],
  deployment: ["deployments"], alert: ["alerts"], account: ["account"],
  positions: ["account", "positions"], trade_event: ["account", "positions", "orders"],
};

// Names the chosen account, if it can be asked.
function chosen() {
  return reachable() ? { broker_connection_id: connection.id } : null;
}

function agentOf() {
  return connection && agents.find((agent) => agent.id === connection.agent_id);
}

function reachable() {
  return connection && (connection.type !== "MT5" || agentOf()?.status === "online");
}

function readSoon(names) {
  names.forEach((name) => due.add(name));
  dueTimer ??= setTimeout(readDue, 400);
}

async function readDue() {
  const names = Object.keys(readers).filter((name) => due.has(name)), person = visit;
  due = new Set();
  clearTimeout(dueTimer);
  dueTimer = null;
  const account = connection, now = Date.now();
  const read = (name) => readers[name]().then(() => "", (problem) => problem.message).then((text) => {
    if (person !== visit || account !== connection) return;
    troubles.set(name, text);
    if (!text && reachable()) asOf.set(name, Math.max(now, asOf.get(name) || 0));
  });
  // Whether the computer is there decides what is asked of it.
  if (names[0] === "agents") await read(names.shift());
  await Promise.all(names.map(read));
  if (person !== visit || !api.signedIn) return;
  notice([...troubles.values()].find((text) => text) ?? past());
  showLive();
}

// How old the figures are: a phone that slept, or a connection that hangs, leaves old ones on the screen.
function showLive() {
  showAgent();
  const moments = ["account", "positions"].map((name) => asOf.get(name));
  const known = moments.every((moment) => moment), oldest = Math.min(...moments);
  const failing = ["agents", "account", "positions"].some((name) => troubles.get(name));
  const fresh = known && !failing && Date.now() - oldest < STALE_MS;
  byId("live").textContent = fresh ? "Up to date" : known ? `Figures of ${age(oldest)}` : "No figures yet";
  byId("live").className = `state ${fresh ? "good" : "bad"}`;
  byId("board").classList.toggle("stale", !fresh);
}

// Why the figures are not those of now, if they are not.
function past() {
  const agent = agentOf();
  if (!connection || connection.type !== "MT5" || agent?.status === "online") return "";
  if (!agent) return "No computer is paired for this account. Pair it in the desktop program.";
  const told = asOf.get("account");
  const figures = told ? `These are the figures of ${age(told)}` : "There are no figures of it yet";
  return `${agent.agent_name} is offline: nothing can be closed or stopped from here. ${figures}.`;
}

function showLastKnown() {
  for (const id of ["positions-none", "orders-none"]) {
    if (connection && !reachable()) byId(id).textContent = NOT_KNOWN_OFFLINE;
    else if (byId(id).textContent === NOT_KNOWN_OFFLINE) byId(id).textContent = NOT_KNOWN;
  }
  // What can't be reached can't be closed.
  showPositions(positions);
  showOrders(orders);
  if (!connection || reachable()) return;
  const { account, positions: held } = agentOf()?.metrics || {};
  if (account?.account_number !== connection.account_number) return;
  const told = new Date(account.as_of).getTime();
  if (told < (asOf.get("account") || 0)) return;
  showAccount(account);
  showPositions(held || []);
  for (const name of ["account", "positions"]) asOf.set(name, told);
}

function showAgent() {
  const agent = agentOf(), state = byId("agent");
  state.hidden = connection?.type === "OANDA";
  state.textContent = agent ? `${agent.agent_name}: ${agent.status}, seen ${age(agent.last_seen_at)}` : "No agent";
  state.className = `state ${agent?.status === "online" ? "good" : "bad"}`;
}

function showAccount(account) {
  const real = account.account_type === "live";
  byId("top").classList.toggle("real", real);
  byId("account-type").textContent = real ? "LIVE" : "DEMO";
  byId("account-type").hidden = false;
  const result = Number(account.equity) - Number(account.balance);
  byId("equity").textContent = `${figure(account.equity)} ${account.currency}`;
  byId("balance").textContent = figure(account.balance);
  byId("result").textContent = figure(result);
  byId("result").className = signClass(result);
  byId("margin-used").textContent = figure(account.margin_used);
  byId("margin-level").textContent = account.margin_level ? `${figure(account.margin_level, 0)} %` : "–";
}

function showPositions(rows) {
  positions = rows;
  const account = { broker_connection_id: connection?.id };
  fill("positions", rows, (row) => {
    const close = async () => {
      const text = `${row.side} ${units(row.units)} ${row.instrument}, result now ${figure(row.pnl)}.`;
      if (!await sure("Close this position?", text, "Close position")) return;
      const done = await api.delete(`/positions/${encodeURIComponent(row.position_id)}`, account);
      const closed = units(done.units ?? row.units);
      toast(`${row.side} ${closed} ${row.instrument} closed at ${done.closed_price}, result ${figure(done.pnl)}.`);
      readSoon(["account", "positions"]);
    };
    const at = (value) => [price(value, row.instrument), "n wide"];
    return {
      key: `${account.broker_connection_id} ${row.position_id}`,
      cells: [
        [row.instrument, "", row.sl ? `Stop ${price(row.sl, row.instrument)}` : "No stop"],
        [row.side, row.side === "BUY" ? "up" : "down"], [units(row.units), "n"],
        at(row.open_price), at(row.current_price), at(row.sl), at(row.tp),
        [figure(row.pnl), `n ${signClass(row.pnl)}`],
      ],
      act: { text: "Close", what: `${row.side} ${row.instrument}`, run: close, disabled: !reachable() },
    };
  }, tell);
}

function showOrders(rows) {
  orders = rows;
  const account = { broker_connection_id: connection?.id };
  fill("orders", rows, (row) => {
    const cancel = async () => {
      const text = `${row.side} ${row.type} ${units(row.units)} ${row.instrument} at ${price(row.price, row.instrument)}.`;
      if (!await sure("Cancel this order?", text, "Cancel order")) return;
      await api.delete(`/orders/${encodeURIComponent(row.order_id)}`, account);
      toast("The order is cancelled.");
      readSoon(["orders"]);
    };
    const at = (value, className) => [price(value, row.instrument), className];
    return {
      key: `${account.broker_connection_id} ${row.order_id}`,
      cells: [
        [row.instrument], [`${row.side} ${row.type}`, row.side === "BUY" ? "up" : "down"],
        [units(row.units), "n"], at(row.price, "n"), at(row.sl, "n wide"), at(row.tp, "n wide"),
      ],
      act: { text: "Cancel", what: `${row.side} ${row.type} ${row.instrument}`, run: cancel, disabled: !reachable() },
    };
  }, tell);
}

function showDeployments() {
  fill("deployments", deployments, (row) => {
    const account = brokers.length > 1 && brokers.find((broker) => broker.id === row.broker_connection_id);
    const version = `${row.project_name} v${row.version_number}`, chart = `${row.symbol} ${row.timeframe}`;
    const name = account ? `${version} (${account.label})` : version;
    const act = async (verb) => {
      await api.post(`/deployments/${row.id}/${verb}`);
      readSoon(["deployments"]);
    };
    const run = async () => {
      const text = row.allow_trading ? `It may trade on its account, on ${chart}.` : `It may not trade, on ${chart}.`;
      if (await sure(`Run ${name}?`, text, "Run")) await act("run");
    };
    const stop = () => act("stop"), what = `${name}, ${chart}`;
    const tone = { running: "up", error: "down", offline: "warn" }[row.status] || "";
    return {
      key: row.id,
      cells: [
        [name, "", row.last_error || ""], [chart], [row.status, tone], [age(row.last_heartbeat_at), "wide"],
        [row.last_error || "", "wrap wide"],
      ],
      act: RUNNING.has(row.status)
        ? { text: "Stop", what, run: stop, className: "danger" }
        : { text: "Run", what, run, disabled: row.status === "stopping" },
    };
  }, tell);
}

function showAlerts(rows) {
  byId("alerts").replaceChildren(...rows.map((row) => {
    const item = document.createElement("li"), time = document.createElement("time");
    time.textContent = age(row.created_at);
    item.append(time, row.message);
    item.className = { error: "down", warning: "warn" }[row.level] || "";
    return item;
  }));
  byId("alerts").classList.toggle("filled", rows.length > 0);
}

function choose(id) {
  connection = brokers.find((broker) => broker.id === id) || null;
  // Phones load a page again that they had put away.
  if (connection) sessionStorage.setItem(CHOICE, id);
  else sessionStorage.removeItem(CHOICE);
  byId("connection").value = id;
  asOf.clear();
  showKill();
  byId("account-type").hidden = true;
  byId("top").classList.remove("real");
  for (const name of ["equity", "balance", "result", "margin-used", "margin-level"]) byId(name).textContent = "–";
  byId("result").className = "";
  showPositions([]);
  showOrders([]);
  forget("positions", "orders");
  troubles.clear();
  showLastKnown();
  showLive();
  if (connection) readSoon(["account", "positions", "orders"]);
}

function showKill() {
  byId("kill").disabled = connection === null || stopping;
  byId("kill").textContent = stopping ? "Stopping everything…" : "Stop everything";
}

async function showBoard() {
  const person = visit;
  byId("sign-in").hidden = true;
  byId("board").hidden = false;
  byId("board").classList.add("unconnected");
  if (byId("notice").hidden) notice("Loading.");
  let accounts, computers;
  try {
    accounts = (await api.get("/onboarding/brokers")).filter((broker) => broker.is_active);
    computers = accounts.length ? await api.get("/agents") : [];
  } catch (problem) {
    if (person !== visit) return;
    notice(problem.message);
    timer = setTimeout(showBoard, RETRY_MS);
    return;
  }
  if (person !== visit) return;
  if (accounts.length === 0) {
    notice("No account is connected yet. Connect one in the desktop program.");
    timer = setTimeout(showBoard, REFRESH_MS);
    return;
  }
  [brokers, agents] = [accounts, computers];
  byId("connection").replaceChildren(...brokers.map((broker) => new Option(broker.label, broker.id)));
  byId("board").classList.remove("unconnected");
  notice("");
  choose((brokers.find((broker) => broker.id === sessionStorage.getItem(CHOICE)) || brokers[0]).id);
  readSoon(Object.keys(readers));
  watching = api.watch((kind) => readSoon(concerns[kind] || []));
  lookTimer = setInterval(showLive, LOOK_MS);
  timer = setInterval(() => {
    if (document.hidden) return;
    showDeployments();
    readSoon(["agents", "account", "positions", "orders"]);
  }, REFRESH_MS);
}

// The phone was awakened, or has a network again: what is old is said, and everything is read at once.
function comeBack() {
  if (document.hidden || !watching) return;
  showLive();
  watching.renew();
  readSoon(Object.keys(readers));
  readDue();
}

async function stopAll(broker) {
  try {
    const done = await api.post("/stop-all", { broker_connection_id: broker.id });
    const told = `${broker.label}: closed ${count(done.closed_positions, "position")}, cancelled `
      + `${count(done.cancelled_orders, "order")}, stopped ${count(done.stopped_eas, "Expert Advisor")}.`;
    toast([told, ...done.failed].join("\n"), { bad: done.failed.length > 0, stays: true });
  } catch (problem) {
    toast(`${broker.label}: ${problem.message}`, { bad: true });
  }
}

// Nothing of one user is left for the next one at the same device.
function showSignIn(expired = false) {
  visit += 1;
  watching?.end();
  watching = null;
  clearInterval(timer);
  clearInterval(lookTimer);
  clearTimeout(dueTimer);
  dueTimer = null;
  due = new Set();
  brokers = [];
  deployments = [];
  agents = [];
  choose("");
  showDeployments();
  showAlerts([]);
  forget("deployments", "alerts");
  byId("connection").replaceChildren();
  byId("toasts").replaceChildren();
  byId("confirm").close("no");
  notice("");
  byId("board").hidden = true;
  byId("sign-in").hidden = false;
  byId("sign-in-error").textContent = expired ? "Your session has ended. Sign in again." : "";
}

byId("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target, enter = form.querySelector("button");
  byId("sign-in-error").textContent = "";
  enter.disabled = true;
  try {
    await api.signIn(form.elements.email.value, form.elements.password.value);
    form.reset();
    byId("toasts").replaceChildren();
    showBoard();
  } catch (problem) {
    byId("sign-in-error").textContent = problem.message;
  }
  enter.disabled = false;
});
byId("sign-out").addEventListener("click", () => api.signOut());
byId("connection").addEventListener("change", (event) => choose(event.target.value));
byId("kill").addEventListener("click", async () => {
  const text = `Closes all positions, cancels all orders and stops all Expert Advisors of ${connection.label}.`;
  if (!await sure("Stop everything?", text, "Stop everything", { several: brokers.length > 1 })) return;
  stopping = true;
  showKill();
  await Promise.all((byId("all-accounts").checked ? brokers : [connection]).map(stopAll));
  stopping = false;
  showKill();
  readSoon(Object.keys(readers));
});
document.addEventListener("visibilitychange", comeBack);
window.addEventListener("pageshow", (event) => { if (event.persisted) comeBack(); });
window.addEventListener("online", comeBack);

if (api.signedIn) showBoard();
else showSignIn();
