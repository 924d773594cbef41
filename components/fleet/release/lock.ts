/** One release at a time on a host, whoever starts it and from wherever. */
import { readFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import type { ReleaseHost, Session } from "./host.ts";
import { pause } from "./proxy.ts";

const script = readFileSync(new URL("./lock.sh", import.meta.url), "utf8");

/** Who holds a lock. */
export interface Holder {
  /** `user@machine` */
  actor: string;
  pid: number;
  /** ISO 8601. */
  since: string;
}

/** Another release is at work on the host. */
export class HostLocked extends Error {
  override readonly name = "HostLocked";
}

/** This process as the holder of a lock. */
export function ownHolder(): Holder {
  return {
    actor: `${userInfo().username}@${hostname()}`,
    pid: process.pid,
    since: new Date().toISOString(),
  };
}

/**
 * Takes the host's lock, which lives in the proxy's container and is freed when this process ends in
 * whatever way.
 * @param wait seconds to wait for another holder to end; a dead one is gone after 10.
 * @throws HostLocked naming the holder.
 */
export async function lockHost(
  host: ReleaseHost,
  proxy: string,
  holder: Holder,
  wait = 0,
): Promise<Session> {
  const until = Date.now() + wait * 1000;
  for (;;) {
    const session = await host.session(
      proxy,
      ["bash", "-c", script],
      `${JSON.stringify(holder)}\n`,
    );
    if (session.line === "locked") return keepAlive(session);
    await session.close();
    if (!session.line.startsWith("held")) {
      throw new Error(`Host \`${host.name}\` cannot be locked: ${session.line || "no answer"}`);
    }
    if (Date.now() > until) throw new HostLocked(describe(host.name, session.line));
    await pause(500);
  }
}

/** Says every 2 s that the holder is there, see lock.sh. */
function keepAlive(session: Session): Session {
  const beat = setInterval(() => session.send("beat"), 2000).unref();
  return {
    ...session,
    close: () => {
      clearInterval(beat);
      return session.close();
    },
  };
}

function describe(host: string, line: string): string {
  const how = "Wait for it to end and run this again; a holder that dies frees the lock by itself.";
  try {
    const { actor, pid, since } = JSON.parse(line.slice("held ".length)) as Holder;
    return `Another release is at work on host \`${host}\`: ${actor}, process ${pid}, since ${since}. ${how}`;
  } catch {
    return `Another release is at work on host \`${host}\`. ${how}`;
  }
}
