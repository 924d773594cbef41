/** A made-up volume with a stack's record: its files, its lock and its numbers, as lock.sh, fence.sh and commit.sh treat them. */
import { FakeSession } from "./session.ts";

export class FakeRecord {
  /** By whole path. */
  readonly files = new Map<string, string>();
  /** The last number that a release took, and the word of whoever had the lock last. */
  reservation = { number: 0, token: "" };
  /** The proxy that the forwarder leads to. */
  entry = "";
  readonly #queue: { session: FakeSession; line: string; token: string }[] = [];

  /** Who holds the lock, as that line. */
  get holder(): string | undefined {
    return this.#queue[0]?.line;
  }

  /** lock.sh, whose holder introduces itself with `line`. */
  lock(container: string, line: string, token: string): FakeSession {
    const session = new FakeSession(container, {
      hear: (word) => session.say(this.#answer(word)),
      end: () => this.#leave(session),
    });
    const { holder } = this;
    this.#queue.push({ session, line, token });
    session.say(holder === undefined ? this.#locked() : `held ${holder}`);
    return session;
  }

  /** fence.sh: an answer other than undefined is its complaint. */
  refusal(token: string): string | undefined {
    const newest = this.reservation;
    if (newest.token === "" || newest.token === token) return undefined;
    return `somebody else has had the lock since then, and has released up to number ${newest.number}\n`;
  }

  /** commit.sh in a proxy's container. */
  commit(container: string, paths: string[]): void {
    for (const path of paths) {
      const name = path.split("/").at(-1) ?? "";
      this.files.set(`/etc/longshore/${name}`, this.files.get(path) ?? "");
      this.files.delete(path);
    }
    this.entry = container;
  }

  #locked(): string {
    this.files.set("/etc/longshore/lock.holder", `${this.holder}\n`);
    this.reservation.token = this.#queue[0]?.token ?? "";
    return `locked ${this.reservation.number}`;
  }

  #leave(session: FakeSession): void {
    const held = this.#queue[0]?.session === session;
    const at = this.#queue.findIndex((each) => each.session === session);
    if (at >= 0) this.#queue.splice(at, 1);
    if (held) this.#queue[0]?.session.say(this.#locked());
  }

  #answer(line: string): string {
    const [verb, number] = line.split(" ");
    if (verb === "beat") return "beat";
    if (Number(number) <= this.reservation.number) return `refused ${this.reservation.number}`;
    this.reservation.number = Number(number);
    return `reserved ${number}`;
  }
}
