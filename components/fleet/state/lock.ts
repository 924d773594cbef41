/** One release at a time of a stack on a host, whoever starts it and from wherever. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ReleaseHost, Session } from "../../engine/host.ts";
import { type Holder, nameHolder } from "../../releases/holder.ts";
import { BEAT, Lease, LockLost } from "./lease.ts";

export { type Holder, ownHolder } from "../../releases/holder.ts";

const script = readFileSync(new URL("./lock.sh", import.meta.url), "utf8");

/** Another release is in progress on the host. */
export class HostLocked extends Error {
  override readonly name = "HostLocked";
}

/** A host's number is taken: a release that knows a newer number has been there. */
export class NumberTaken extends Error {
  override readonly name = "NumberTaken";
}

export interface LockOptions {
  /** Seconds to wait for another holder. @default 0 */
  wait?: number;
  /** Gets a line for each holder that is waited for. */
  log?: (line: string) => void;
}

/** A host's lock that this process holds, in a container of its own. */
export class HostLock {
  readonly lease: Lease;
  /** Whether somebody else held it first. */
  readonly waited: boolean;
  /** The last number that a release took here. */
  readonly lastNumber: number;
  /** A word that the host knows this holder by, and that no other one has. */
  readonly token: string;
  readonly #host: string;
  readonly #session: Session;
  readonly #beat: NodeJS.Timeout;
  #closing = false;

  /** Takes over a session of lock.sh that has just said `locked`. */
  constructor(
    host: string,
    session: Session,
    { token, lastNumber, waited }: Pick<HostLock, "token" | "lastNumber" | "waited">,
  ) {
    this.#host = host;
    this.#session = session;
    this.token = token;
    this.lastNumber = lastNumber;
    this.waited = waited;
    this.lease = new Lease(host);
    void session.ended.then(() => {
      if (!this.#closing) this.lease.lose("its keeper on the host has ended");
    });
    this.#beat = setInterval(() => void this.#ask("beat").catch(() => {}), BEAT * 1000).unref();
  }

  /** Name of the container that keeps the lock; the stack's record is mounted in it. */
  get container(): string {
    return this.#session.container;
  }

  /**
   * Takes a release's number on the host.
   * @throws NumberTaken if the number, or a higher one, was taken before.
   */
  async reserve(number: number): Promise<void> {
    const answer = await this.#ask(`reserve ${number}`);
    if (answer === `reserved ${number}`) return;
    throw new NumberTaken(
      `Host \`${this.#host}\` has seen release ${answer.replace("refused ", "")}, and this one would be ` +
        `number ${number}. Run \`pulumi up\` again: it takes the next number.`,
    );
  }

  /** Lets the next one have the host. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#beat);
    await this.#session.close();
  }

  /** Answers come in the order of the words. */
  async #ask(word: string): Promise<string> {
    const answered = this.lease.word();
    this.#session.send(word);
    const answer = await this.#session.next();
    if (answer === undefined) {
      this.lease.lose("its keeper on the host has ended");
      throw new LockLost(this.#host, "its keeper on the host has ended");
    }
    answered();
    return answer;
  }
}

/**
 * Takes the lock of a stack on a host. It lives beside the stack's record, in a container of its own, and
 * is freed when this process ends in whatever way.
 * @param proxy a proxy container of the stack, running or not: its image and the record that it mounts.
 * @throws HostLocked naming the holder.
 */
export async function lockHost(
  host: ReleaseHost,
  proxy: string,
  holder: Holder,
  { wait = 0, log = () => {} }: LockOptions = {},
): Promise<HostLock> {
  const token = randomBytes(12).toString("base64url");
  const session = await host.helperSession({
    use: "lock",
    like: proxy,
    command: ["bash", "-c", script, "lock", token],
    input: `${JSON.stringify(holder)}\n`,
  });
  const until = AbortSignal.timeout(Math.ceil(wait * 1000) || 1);
  const over = new Promise<"over">((resolve) => {
    until.addEventListener("abort", () => resolve("over"), { once: true });
  });
  let held: string | undefined;
  for (;;) {
    // The first answer is waited for in any case: it says who holds it.
    const line = session.next();
    const answer = held === undefined ? await line : await Promise.race([line, over]);
    if (answer?.startsWith("locked ") === true) {
      const lastNumber = Number(answer.slice("locked ".length));
      return new HostLock(host.name, session, { token, lastNumber, waited: held !== undefined });
    }
    if (answer?.startsWith("held ") === true) {
      held = answer.slice("held ".length);
      if (wait > 0) log(`waiting up to ${wait} s for ${nameHolder(held)} on ${host.name}`);
      else break;
    } else if (answer === "over") {
      break;
    } else {
      await session.close();
      throw new Error(`Host \`${host.name}\` cannot be locked: ${answer ?? "no answer"}`);
    }
  }
  await session.close();
  throw new HostLocked(lockedBy(host.name, held ?? "").message);
}

/** What is said of a host that somebody else holds. @param line the holder's, as lock.sh has it. */
export function lockedBy(host: string, line: string): { holder: string; message: string } {
  const holder = nameHolder(line);
  const message =
    `Another release is in progress on host \`${host}\`: ${holder}. Nothing was changed. ` +
    "Wait for it to end and run this again; a holder that dies frees the lock by itself.";
  return { holder, message };
}
