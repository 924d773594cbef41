/** How long a deployer may be sure that a host's lock is still its own. */

/** Seconds without a word after which the host frees the lock, see lock.sh. */
export const SILENCE = 15;
/** Seconds after the last word that the host has answered for which the lock is surely held. */
const SURE = 10;
/** Seconds between two words. */
export const BEAT = 2;

/** The host's lock went to somebody else, or may have: whoever sees this leaves at once and undoes nothing. */
export class LockLost extends Error {
  override readonly name = "LockLost";

  constructor(host: string, why: string) {
    super(
      `The lock of host \`${host}\` is lost: ${why}. This release stopped at once and has undone nothing ` +
        "there, since another one may be in progress. Run `pulumi up` again: it goes on from what is there.",
    );
  }
}

/** A moment by two clocks: one that the system may set, and one that stands still while it sleeps. */
interface Moment {
  wall: number;
  steady: number;
}

/** The lock of one host, as far as its holder can know. */
export class Lease {
  /** Rejects with `LockLost` when the lock is lost; never resolves. */
  readonly lost: Promise<never>;
  readonly #host: string;
  readonly #now: () => Moment;
  /** When the last word was sent that has been answered. */
  #sure: Moment;
  #reason: LockLost | undefined;
  #reject: (reason: LockLost) => void = () => {};

  /** @param now for tests. */
  constructor(host: string, now: () => Moment = bothClocks) {
    this.#host = host;
    this.#now = now;
    this.#sure = now();
    this.lost = new Promise<never>((_, reject) => (this.#reject = reject));
    this.lost.catch(() => {}); // told to whoever asks
  }

  /** A word that is being sent now: call the result when it has been answered. */
  word(): () => void {
    const sent = this.#now();
    return () => (this.#sure = sent);
  }

  /**
   * Before anything is changed on the host.
   * @throws LockLost
   */
  check(): void {
    const { wall, steady } = this.#now();
    // The larger counts: a machine that slept may show it on one of its clocks only.
    const age = Math.max(wall - this.#sure.wall, steady - this.#sure.steady) / 1000;
    if (age > SURE) {
      const why = "this process was suspended, or the engine does not answer";
      this.lose(`the host has confirmed it last ${age.toFixed(0)} s ago (${why})`);
    }
    if (this.#reason !== undefined) throw this.#reason;
  }

  /** Gives the lock up for lost. */
  lose(why: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = new LockLost(this.#host, why);
    this.#reject(this.#reason);
  }

  /** Whether it is known to be lost. */
  get isLost(): boolean {
    return this.#reason !== undefined;
  }
}

function bothClocks(): Moment {
  return { wall: Date.now(), steady: performance.now() };
}
