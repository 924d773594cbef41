/** The generator's long-lived streams: WebSockets with a message a second, and slow downloads. */
import { Agent, get } from "node:http";
import { now } from "./clock.ts";
import type { Cut, Failure, LoadPlan } from "./types.ts";

const GOING_DOWN_ON_PURPOSE = 1000;
const ECHO_PATIENCE = 5_000;
/** A server that refuses is asked again after this many milliseconds; each refusal is a failure. */
const AGAIN = 500;

export class Streams {
  readonly cuts: Cut[] = [];
  readonly webSockets = { opened: 0, messages: 0 };
  readonly whole: [number, number][] = [];
  unfinished = 0;
  readonly #plan: LoadPlan;
  readonly #fail: (failure: Failure) => void;
  readonly #agent = new Agent({ keepAlive: false });
  readonly #closers = new Set<() => void>();
  #stopped = false;

  constructor(plan: LoadPlan, fail: (failure: Failure) => void) {
    this.#plan = plan;
    this.#fail = fail;
  }

  /** Begins spread over a second (WebSockets) and over a download's time, not all at once. */
  start(): void {
    const { webSockets, downloads, downloadSeconds } = this.#plan;
    for (let index = 0; index < webSockets; index++) {
      setTimeout(() => this.#open(index), (1000 * index) / webSockets);
    }
    for (let index = 0; index < downloads; index++) {
      setTimeout(() => this.#download(), (downloadSeconds * 1000 * index) / downloads);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const close of this.#closers) close();
    this.#agent.destroy();
  }

  #open(index: number): void {
    if (this.#stopped) return;
    const openedAt = now();
    const socket = new WebSocket(`${this.#plan.url.replace(/^http/, "ws")}/ws`);
    let opened = false;
    let sent = 0;
    let waiting: NodeJS.Timeout | undefined;
    const beat = () => {
      const text = `${index}:${sent++}`;
      socket.send(text);
      waiting = setTimeout(() => {
        this.#fail({ at: now(), what: "websocket message", why: "no echo" });
        socket.close();
      }, ECHO_PATIENCE);
    };
    const timer = setInterval(() => {
      if (opened && waiting === undefined && socket.readyState === WebSocket.OPEN) beat();
    }, 1000);
    const close = () => socket.close(GOING_DOWN_ON_PURPOSE);
    this.#closers.add(close);
    socket.onopen = () => {
      opened = true;
      this.webSockets.opened++;
      beat();
    };
    socket.onmessage = ({ data }) => {
      clearTimeout(waiting);
      waiting = undefined;
      if (data !== `${index}:${sent - 1}`) {
        this.#fail({ at: now(), what: "websocket message", why: `wrong echo ${String(data)}` });
      }
      this.webSockets.messages++;
    };
    socket.onclose = ({ code }) => {
      clearInterval(timer);
      clearTimeout(waiting);
      this.#closers.delete(close);
      if (this.#stopped) return;
      if (opened) {
        this.cuts.push({ what: "websocket", openedAt, at: now(), why: `closed with ${code}` });
      } else {
        this.#fail({ at: now(), what: "websocket", why: `refused (${code})` });
      }
      setTimeout(() => this.#open(index), opened ? 0 : AGAIN);
    };
  }

  #download(): void {
    if (this.#stopped) return;
    const openedAt = now();
    const { url, downloadSeconds } = this.#plan;
    let ended = false;
    const again = (why?: string, got = -1) => {
      if (ended) return;
      ended = true;
      this.#closers.delete(close);
      if (this.#stopped) {
        this.unfinished++;
        return;
      }
      if (why === undefined) this.whole.push([openedAt, now()]);
      else if (got > 0) this.cuts.push({ what: "download", openedAt, at: now(), why });
      else this.#fail({ at: now(), what: "download", why });
      setTimeout(() => this.#download(), got > 0 || why === undefined ? 0 : AGAIN);
    };
    const outgoing = get(
      `${url}/download?seconds=${downloadSeconds}`,
      { agent: this.#agent },
      (answer) => {
        const length = Number(answer.headers["content-length"] ?? -1);
        let got = 0;
        const cut = (reason: string) => again(`${reason} at ${got} of ${length} bytes`, got);
        answer.on("data", (chunk: Buffer) => (got += chunk.length));
        answer.on("error", (error: NodeJS.ErrnoException) => cut(error.code ?? error.message));
        answer.on("end", () => {
          if (answer.statusCode !== 200) return again(String(answer.statusCode));
          if (got !== length) return cut("short body");
          again();
        });
      },
    );
    const close = () => outgoing.destroy();
    this.#closers.add(close);
    outgoing.on("error", (error: NodeJS.ErrnoException) => again(error.code ?? error.message));
  }
}
