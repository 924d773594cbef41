/** The library's public API. Runtimes load on demand: `longshore/fleet`. */
export * from "./services/index.ts";
