/** The runtime-neutral definition: what to run. */
export type * from "./args.ts";
export type * from "./types.ts";
export { DEFAULTS } from "./defaults.ts";
