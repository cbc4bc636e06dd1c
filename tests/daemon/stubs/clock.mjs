// Loaded into every process by NODE_OPTIONS: a clock that is set back by a minute at every look.
const RealDate = Date;
const began = RealDate.now();
let looks = 0;
const now = () => began - 60_000 * looks++;
globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [now()] : args));
  }
  static now = now;
};
