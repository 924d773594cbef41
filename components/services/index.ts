/** The runtime-neutral definition: what to run. */
export type * from "./args.ts";
export type * from "./definition.ts";
export type * from "./host-access.ts";
export type * from "./ports.ts";
export type * from "./process.ts";
export type * from "./proxy-args.ts";
export type { Hsts, HstsArgs, Tls, TlsArgs } from "./tls.ts";
export type * from "./types.ts";
export { DEFAULTS } from "./defaults.ts";
export { app, cache, defineServices, proxy, worker } from "./define.ts";
export { checkImageRef } from "./values/image-reference.ts";
export type { Problem, Rule } from "./rules/rule.ts";
export { RULES, validateServices } from "./validate.ts";
export { SECRETS_FOLDER } from "./values/variables.ts";
