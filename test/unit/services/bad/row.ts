/** Parts of the table of bad definitions: what a row is, and valid services to spoil. */

/** A definition that breaks one rule, once. */
export interface Row {
  /** The rule it breaks. */
  rule: string;
  definition: unknown;
  /** The one problem it has. */
  path: string;
  message: string;
  fix: string;
}

type Args = Record<string, unknown>;

export const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
export const IMAGE = `registry.example/shop:1.2@${DIGEST}`;

/** A valid app called `web`. */
export const web = (args: Args = {}) => ({
  web: { role: "app", image: IMAGE, port: 8080, ...args },
});
/** A valid worker without a port called `job`. */
export const job = (args: Args = {}) => ({
  job: { role: "worker", image: IMAGE, healthCheck: { runningFor: 5 }, ...args },
});
/** A valid cache called `redis`. */
export const redis = (args: Args = {}) => ({
  redis: { role: "cache", image: IMAGE, port: 6379, ...args },
});
/** A valid proxy called `edge` that leads to `web`. */
export const edge = (args: Args = {}) => ({
  edge: { role: "proxy", routes: [{ to: "web" }], ...args },
});
