/** Who is measured: a tool, and the machines that it has to itself. */
import type { Fleet } from "./fleet.ts";

export interface Contender {
  tool: string;
  fleet: Fleet;
  /** Booted machines → the page on each of them. */
  install(): Promise<unknown>;
  /** The same again, by the ways that the tool has: nothing is to be done. */
  again: { name: string; run(): Promise<unknown> }[];
  /** The app's image is another one: what is edited, and the command. */
  want(version: number): unknown;
  release(): Promise<unknown>;
  /** Closes what it keeps open to the machines: each step begins with a login. */
  disconnect(): Promise<unknown>;
  remove(): Promise<unknown>;
}

export const INSTALL = "booted machines → serving";
export const NO_CHANGE = "no change";
export const REFRESH = "no change, `--refresh`";
export const RELEASE = "release of app (another image)";
export const BOOT = "machines made and booted (not the tool's)";
