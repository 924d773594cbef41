/** What the environment of an update allows it to do where others are at a host, or have been. */
import { SILENCE } from "./lease.ts";

/** Seconds after which a holder that died together with its engine has lost the lock, and some more. */
const DEAD_HOLDER = SILENCE + 2;

export interface HostPolicy {
  /** Seconds to wait for another release to end. */
  wait: number;
  /** Goes on although a host belongs to another state, or knows later releases. */
  takeOver: boolean;
}

/** `LONGSHORE_WAIT` and `LONGSHORE_TAKE_OVER`. */
export function hostPolicy(env: NodeJS.ProcessEnv): HostPolicy {
  return {
    wait: Number(env.LONGSHORE_WAIT ?? DEAD_HOLDER),
    takeOver: env.LONGSHORE_TAKE_OVER === "1",
  };
}
