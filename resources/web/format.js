// How figures and times are shown: thin spaces between thousands, a real minus sign.

export function figure(value, digits = 2) {
  if (value === null || value === undefined || value === "") return "–";
  const number = Number(value);
  const [whole, fraction] = Math.abs(number).toFixed(digits).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u2009");
  const text = fraction ? `${grouped}.${fraction}` : grouped;
  return number < 0 ? `\u2212${text}` : text;
}

// The most decimals a price of an instrument was seen with, so that prices stand below each other.
const decimals = new Map();

export function price(value, instrument) {
  if (value === null || value === undefined) return "–";
  const [whole, fraction = ""] = String(value).split(".");
  const most = Math.max(fraction.length, decimals.get(instrument) || 0);
  decimals.set(instrument, most);
  return most ? `${whole}.${fraction.padEnd(most, "0")}` : whole;
}

export function units(value) {
  return figure(value, Number.isInteger(Number(value)) ? 0 : 2);
}

export function count(number, one) {
  return `${number} ${one}${number === 1 ? "" : "s"}`;
}

export function signClass(value) {
  const number = Number(value);
  return number > 0 ? "up" : number < 0 ? "down" : "";
}

export function age(moment) {
  if (!moment) return "never";
  const seconds = Math.max(0, (Date.now() - new Date(moment).getTime()) / 1000);
  if (seconds < 60) return `${Math.round(seconds)} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86400)} d ago`;
}
