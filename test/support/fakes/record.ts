/** A made-up volume with a stack's record: its files, its lock and its numbers, as lock.sh and commit.sh treat them. */
import { FakeSession } from "./session.ts";

export class FakeRecord {
  /** By whole path. */
  readonly files = new Map<string, string>();
  /** The last number that a release took, and the word that came with it. */
  reservation = { number: 0, token: "" };
  /** The proxy that the forwarder leads to. */
  entry = "";
  readonly #queue: { session: FakeSession; line: string }[] = [];

  /** Who holds the lock, as that line. */
  get holder(): string | undefined {
    return this.#queue[0]?.line;
  }

  /** lock.sh, whose holder introduces itself with `line`. */
  lock(container: string, line: string): FakeSession {
    const session = new FakeSession(container, {
      hear: (word) => session.say(this.#answer(word)),
      end: () => this.#leave(session),
    });
    const { holder } = this;
    this.#queue.push({ session, line });
    session.say(holder === undefined ? this.#locked() : `held ${holder}`);
    return session;
  }

  /** commit.sh in a proxy's container: an answer other than undefined is its complaint. */
  commit(container: string, number: number, token: string, paths: string[]): string | undefined {
    const taken = this.reservation;
    if (taken.number > 0 && (taken.number !== number || taken.token !== token)) {
      return `release ${taken.number} has been here since this one (${number}) began\n`;
    }
    for (const path of paths) {
      const name = path.split("/").at(-1) ?? "";
      this.files.set(`/etc/longshore/${name}`, this.files.get(path) ?? "");
      this.files.delete(path);
    }
    this.entry = container;
    return undefined;
  }

  #locked(): string {
    this.files.set("/etc/longshore/lock.holder", `${this.holder}\n`);
    return `locked ${this.reservation.number}`;
  }

  #leave(session: FakeSession): void {
    const held = this.#queue[0]?.session === session;
    const at = this.#queue.findIndex((each) => each.session === session);
    if (at >= 0) this.#queue.splice(at, 1);
    if (held) this.#queue[0]?.session.say(this.#locked());
  }

  #answer(line: string): string {
    const [verb, first = "", second = ""] = line.split(" ");
    const { number } = this.reservation;
    if (verb === "beat") return "beat";
    if (verb === "reserve") {
      if (Number(first) <= number) return `refused ${number}`;
      this.reservation = { number: Number(first), token: second };
    } else {
      this.reservation = { number, token: first };
    }
    return `reserved ${this.reservation.number}`;
  }
}
