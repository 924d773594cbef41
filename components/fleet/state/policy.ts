/** What the environment of an update allows it to do where others are at a host, or have been. */
import { SILENCE } from "./lease.ts";

/** Seconds after which a holder that died together with its engine has lost the lock, and some more. */
const DEAD_HOLDER = SILENCE + 2;
/** Seconds: a day. */
const LONGEST_WAIT = 86_400;

export interface HostPolicy {
  /** Seconds to wait for another release to end. */
  wait: number;
  /** Goes on although a host belongs to another state, or knows later releases. */
  takeOver: boolean;
  /** Releases an image that was marked bad. */
  allowBad: boolean;
  /** Does not watch new versions after the switch. */
  noWatch: boolean;
  /** Gives the forwarder the definition's image and settings: its ports are closed for a moment. */
  renewForwarder: boolean;
}

/** Variables of the environment that say nothing usable; the message has a line for each. */
export class BadEnvironment extends Error {
  override readonly name = "BadEnvironment";
}

/**
 * Reads `LONGSHORE_WAIT` (seconds, whole or not, at most a day; 17 unless set), `LONGSHORE_TAKE_OVER`,
 * `LONGSHORE_ALLOW_BAD`, `LONGSHORE_NO_WATCH` and `LONGSHORE_RENEW_FORWARDER` (`1` or `0`). An empty one is not set.
 * @throws BadEnvironment
 */
export function hostPolicy(env: NodeJS.ProcessEnv): HostPolicy {
  const problems: string[] = [];
  const read = <T>(
    name: string,
    unset: T,
    allowed: string,
    parse: (text: string) => T | undefined,
  ) => {
    const text = env[name] ?? "";
    const value = text === "" ? unset : parse(text);
    if (value === undefined) {
      problems.push(`\`${name}\` is ${JSON.stringify(text.slice(0, 40))}: it must be ${allowed}.`);
    }
    return value ?? unset;
  };
  const flag = (text: string) => ({ "0": false, "1": true })[text];
  const seconds = (text: string) => {
    const value = /^\d{1,5}(\.\d+)?$/.test(text) ? Number(text) : Infinity;
    return value <= LONGEST_WAIT ? value : undefined;
  };
  const policy = {
    wait: read("LONGSHORE_WAIT", DEAD_HOLDER, `seconds, from 0 to ${LONGEST_WAIT}`, seconds),
    takeOver: read("LONGSHORE_TAKE_OVER", false, "`1` or `0`", flag),
    allowBad: read("LONGSHORE_ALLOW_BAD", false, "`1` or `0`", flag),
    noWatch: read("LONGSHORE_NO_WATCH", false, "`1` or `0`", flag),
    renewForwarder: read("LONGSHORE_RENEW_FORWARDER", false, "`1` or `0`", flag),
  };
  if (problems.length > 0) throw new BadEnvironment(`${problems.join("\n")}\nNothing was changed.`);
  return policy;
}
