/** A made-up program that a deployer talks to line by line, as real ones are in a container. */
import type { Session } from "../../../components/engine/host.ts";

export interface Program {
  /** Gets each line of input. */
  hear: (line: string, session: FakeSession) => void;
  /** Its input has ended, whether by `close` or because the deployer is gone. */
  end?: () => void;
}

export class FakeSession implements Session {
  readonly container: string;
  readonly ended: Promise<void>;
  readonly #program: Program;
  readonly #unread: string[] = [];
  readonly #waiting: ((line: string | undefined) => void)[] = [];
  #over = false;
  #tellEnd: () => void = () => {};

  constructor(container: string, program: Program) {
    this.container = container;
    this.#program = program;
    this.ended = new Promise((resolve) => (this.#tellEnd = resolve));
  }

  /** The program prints a line. */
  say(line: string): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#unread.push(line);
    else next(line);
  }

  /** Its connection breaks, or its container ends. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#program.end?.();
    for (const next of this.#waiting.splice(0)) next(undefined);
    this.#tellEnd();
  }

  send(line: string): void {
    if (!this.#over) this.#program.hear(line, this);
  }

  next(): Promise<string | undefined> {
    const line = this.#unread.shift();
    if (line !== undefined || this.#over) return Promise.resolve(line);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): Promise<void> {
    this.end();
    return Promise.resolve();
  }
}
