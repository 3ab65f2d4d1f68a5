import { Api } from "./api.js";
import { age, count, figure, price, signClass, units } from "./format.js";

const REFRESH_MS = 10_000, RETRY_MS = 5_000;
const NOT_KNOWN = "Not known yet.", NOT_KNOWN_OFFLINE = "Not known while the computer is offline.";
// What an empty list says once it is known to be empty.
const NONE = {
  positions: "No open positions.", orders: "No pending orders.", alerts: "No open alerts.",
  deployments: "Nothing is deployed. Deploy an Expert Advisor from the desktop program.",
};
const RUNNING = new Set(["running", "starting", "offline"]);
const byId = (id) => document.getElementById(id);
const api = new Api(showSignIn);

let brokers = [], agents = [], deployments = [], connection = null;
let visit = 0, timer = null, unwatch = null, due = new Set(), dueTimer = null;

function cell(text, className = "") {
  const td = document.createElement("td");
  td.textContent = text;
  td.className = className;
  return td;
}

function button(text, action, className = "", disabled = false) {
  const made = document.createElement("button");
  made.textContent = text;
  made.className = className;
  made.disabled = disabled;
  made.addEventListener("click", async () => {
    made.disabled = true;
    await action().catch(tell);
    made.disabled = false;
  });
  return made;
}

function fill(id, rows, build) {
  const table = byId(id);
  table.tBodies[0].replaceChildren(...rows.map((row) => {
    const tr = document.createElement("tr");
    tr.append(...build(row));
    return tr;
  }));
  table.parentElement.classList.toggle("filled", rows.length > 0);
  table.classList.toggle("bare", rows.length === 0);
}

function known(...ids) {
  for (const id of ids) byId(`${id}-none`).textContent = NONE[id];
}

function forget(...ids) {
  for (const id of ids) byId(`${id}-none`).textContent = NOT_KNOWN;
}

function toast(text, bad = false) {
  const line = document.createElement("p");
  line.textContent = text;
  line.className = bad ? "bad" : "";
  byId("toasts").append(line);
  setTimeout(() => line.remove(), bad ? 12_000 : 6_000);
}

function tell(problem) {
  if (problem.code !== "INVALID_JWT") toast(problem.message, true);
}

async function sure(title, text, yes, { several = false } = {}) {
  const dialog = byId("confirm");
  byId("confirm-all").hidden = !several;
  byId("all-accounts").checked = false;
  byId("confirm-title").textContent = title;
  byId("confirm-text").textContent = text;
  byId("confirm-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  await new Promise((done) => dialog.addEventListener("close", done, { once: true }));
  return dialog.returnValue === "yes";
}

// Shows an answer, unless another account was chosen, or somebody else has signed in, since it was asked for.
function reader(path, query, show) {
  return async () => {
    const [account, person] = [connection, visit];
    if (!query()) return;
    const answer = await api.get(path, query());
    if (person === visit && (account === connection || query !== chosen)) show(answer);
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
  dueTimer = null;
  const account = connection;
  const read = (name) => readers[name]().then(() => "", (problem) => problem.message).then((text) => {
    if (person === visit && account === connection) troubles.set(name, text);
  });
  // Whether the computer is there decides what is asked of it.
  if (names[0] === "agents") await read(names.shift());
  await Promise.all(names.map(read));
  if (person === visit && api.signedIn) notice([...troubles.values()].find((text) => text) ?? past());
}

function notice(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = !text;
}

// Why the figures are not those of now, if they are not.
function past() {
  const agent = agentOf();
  if (!connection || connection.type !== "MT5" || agent?.status === "online") return "";
  if (!agent) return "No computer is paired for this account. Pair it in the desktop program.";
  const last = agent.metrics.account;
  const figures = last ? `These are the figures of ${age(last.as_of)}` : "There are no figures of it yet";
  return `${agent.agent_name} is offline: nothing can be closed or stopped from here. ${figures}.`;
}

function showLastKnown() {
  if (!connection || reachable()) return;
  for (const id of ["positions-none", "orders-none"]) byId(id).textContent = NOT_KNOWN_OFFLINE;
  const { account, positions } = agentOf()?.metrics || {};
  if (account?.account_number !== connection.account_number) return;
  showAccount(account);
  showPositions(positions || []);
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
  const account = { broker_connection_id: connection?.id };
  fill("positions", rows, (row) => {
    const actions = cell("");
    actions.append(button("Close", async () => {
      const text = `${row.side} ${units(row.units)} ${row.instrument}, result now ${figure(row.pnl)}.`;
      if (!await sure("Close this position?", text, "Close position")) return;
      const done = await api.delete(`/positions/${encodeURIComponent(row.position_id)}`, account);
      toast(`Closed at ${done.closed_price}, result ${figure(done.pnl)}.`);
      readSoon(["account", "positions"]);
    }, "", !reachable()));
    const at = (value) => cell(price(value, row.instrument), "n wide");
    return [
      cell(row.instrument), cell(row.side, row.side === "BUY" ? "up" : "down"), cell(units(row.units), "n"),
      at(row.open_price), at(row.current_price), at(row.sl), at(row.tp),
      cell(figure(row.pnl), `n ${signClass(row.pnl)}`), actions,
    ];
  });
}

function showOrders(rows) {
  const account = { broker_connection_id: connection?.id };
  fill("orders", rows, (row) => {
    const actions = cell("");
    actions.append(button("Cancel", async () => {
      const text = `${row.side} ${row.type} ${units(row.units)} ${row.instrument} at ${price(row.price, row.instrument)}.`;
      if (!await sure("Cancel this order?", text, "Cancel order")) return;
      await api.delete(`/orders/${encodeURIComponent(row.order_id)}`, account);
      readSoon(["orders"]);
    }));
    const at = (value, className) => cell(price(value, row.instrument), className);
    return [
      cell(row.instrument), cell(`${row.side} ${row.type}`, row.side === "BUY" ? "up" : "down"),
      cell(units(row.units), "n"), at(row.price, "n"), at(row.sl, "n wide"), at(row.tp, "n wide"), actions,
    ];
  });
}

function showDeployments() {
  fill("deployments", deployments, (row) => {
    const name = `${row.project_name} v${row.version_number}`, chart = `${row.symbol} ${row.timeframe}`;
    const act = async (verb) => {
      await api.post(`/deployments/${row.id}/${verb}`);
      readSoon(["deployments"]);
    };
    const run = async () => {
      const text = row.allow_trading ? `It may trade on its account, on ${chart}.` : `It may not trade, on ${chart}.`;
      if (await sure(`Run ${name}?`, text, "Run")) await act("run");
    };
    const actions = cell("");
    actions.append(RUNNING.has(row.status) ? button("Stop", () => act("stop"), "danger") : button("Run", run));
    const tone = { running: "up", error: "down", offline: "warn" }[row.status] || "";
    return [
      cell(name), cell(chart), cell(row.status, tone), cell(age(row.last_heartbeat_at), "wide"),
      cell(row.last_error || "", "wrap wide"), actions,
    ];
  });
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
  byId("kill").disabled = connection === null;
  byId("account-type").hidden = true;
  byId("top").classList.remove("real");
  for (const name of ["equity", "balance", "result", "margin-used", "margin-level"]) byId(name).textContent = "–";
  showPositions([]);
  showOrders([]);
  forget("positions", "orders");
  troubles.clear();
  showAgent();
  showLastKnown();
  if (connection) readSoon(["account", "positions", "orders"]);
}

async function showBoard() {
  byId("sign-in").hidden = true;
  byId("board").hidden = false;
  byId("board").classList.add("unconnected");
  try {
    brokers = (await api.get("/onboarding/brokers")).filter((broker) => broker.is_active);
    agents = brokers.length ? await api.get("/agents") : [];
  } catch (problem) {
    if (!api.signedIn) return;
    notice(problem.message);
    timer = setTimeout(showBoard, RETRY_MS);
    return;
  }
  byId("connection").replaceChildren(...brokers.map((broker) => new Option(broker.label, broker.id)));
  byId("board").classList.toggle("unconnected", brokers.length === 0);
  if (brokers.length === 0) {
    notice("No account is connected yet. Connect one in the desktop program.");
    return;
  }
  notice("");
  choose(brokers[0].id);
  readSoon(Object.keys(readers));
  unwatch = api.watch((kind) => readSoon(concerns[kind] || []), (connected) => {
    byId("live").textContent = connected ? "Up to date" : "Connecting";
    byId("live").className = `state ${connected ? "good" : "bad"}`;
  });
  timer = setInterval(() => {
    if (document.hidden) return;
    showDeployments();
    readSoon(["agents", "account", "positions"]);
  }, REFRESH_MS);
}

async function stopAll(broker) {
  try {
    const done = await api.post("/stop-all", { broker_connection_id: broker.id });
    toast(`${broker.label}: closed ${count(done.closed_positions, "position")}, cancelled `
      + `${count(done.cancelled_orders, "order")}, stopped ${count(done.stopped_eas, "Expert Advisor")}.`);
    done.failed.forEach((line) => toast(`${broker.label}: ${line}`, true));
  } catch (problem) {
    toast(`${broker.label}: ${problem.message}`, true);
  }
}

// Nothing of one user is left for the next one at the same device.
function showSignIn() {
  visit += 1;
  unwatch?.();
  unwatch = null;
  clearInterval(timer);
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
}

byId("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  byId("sign-in-error").textContent = "";
  try {
    await api.signIn(form.elements.email.value, form.elements.password.value);
    form.reset();
    await showBoard();
  } catch (problem) {
    byId("sign-in-error").textContent = problem.message;
  }
});
byId("sign-out").addEventListener("click", () => api.signOut());
byId("connection").addEventListener("change", (event) => choose(event.target.value));
byId("kill").addEventListener("click", async () => {
  const text = `Closes all positions, cancels all orders and stops all Expert Advisors of ${connection.label}.`;
  if (!await sure("Stop everything?", text, "Stop everything", { several: brokers.length > 1 })) return;
  byId("kill").disabled = true;
  await Promise.all((byId("all-accounts").checked ? brokers : [connection]).map(stopAll));
  byId("kill").disabled = false;
  readSoon(Object.keys(readers));
});

if (api.signedIn) showBoard();
else showSignIn();
