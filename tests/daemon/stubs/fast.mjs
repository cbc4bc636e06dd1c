// Loaded into every process by NODE_OPTIONS: looks and heartbeats come ten times as often.
const { setInterval } = globalThis;
globalThis.setInterval = (callback, delay, ...rest) =>
  setInterval(callback, delay >= 1000 ? delay / 10 : delay, ...rest);
