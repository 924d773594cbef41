/** What the load generator is told, and what it measured. Plain JSON between two processes. */

export interface LoadPlan {
  /** The system's address, e.g. `http://127.0.0.1:8080`. */
  url: string;
  /** Requests per second, half on kept connections, half on new ones. */
  rate: number;
  /** Every so many requests one is a POST that the counter must count once. 0 is none. */
  postEvery: number;
  /** Open WebSockets, each with a message a second. */
  webSockets: number;
  /** Downloads at the same time, one after another. */
  downloads: number;
  /** Seconds that a download takes. */
  downloadSeconds: number;
  /** Milliseconds that one request may take. */
  timeout: number;
  /** Tells this load's POST ids from others'. No `-` in it. */
  run: string;
}

/** Something that went wrong. `at`: milliseconds since the epoch. */
export interface Failure {
  at: number;
  /** `GET /via, new connection`. */
  what: string;
  /** `503`, `ECONNRESET`, `timeout`, `short body`, `wrong body`. */
  why: string;
}

/** A stream that ended before it should. */
export interface Cut {
  what: "websocket" | "download";
  openedAt: number;
  at: number;
  /** Close code, or bytes of how many. */
  why: string;
}

/** Times of the requests that were sent between two marks. */
export interface Phase {
  name: string;
  requests: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Longest time between two successes, in milliseconds. */
  longestGap: number;
}

export interface LoadReport {
  startedAt: number;
  seconds: number;
  requests: number;
  keepAlive: number;
  /** How many failed; `failures` holds the first of them. */
  failed: number;
  failures: Failure[];
  longestGap: number;
  /** Milliseconds since the epoch at which the longest gap ended. */
  longestGapAt: number;
  /** From the first mark to the next, and so on; before the first it is called `before`. */
  phases: Phase[];
  /** Answers by version, as `X-Served-By` tells it; `/via` by the worker's. */
  versions: Record<string, number>;
  posts: number;
  /** Numbers of the POSTs that were answered. */
  answeredPosts: number[];
  webSockets: { opened: number; messages: number };
  /** The start and the end of each download that was whole. */
  downloads: { whole: [startedAt: number, endedAt: number][]; unfinished: number };
  cuts: Cut[];
  /** How late requests were sent, in milliseconds: the generator's own fault. */
  lateness: { p99: number; max: number };
}

export type ToGenerator = { mark: string; at: number } | { stop: true };
export type FromGenerator = { ready: true } | LoadResult;

export interface LoadResult {
  report: LoadReport;
  /** What the counter says of the POSTs, one digit for each: how often it was counted. */
  counted: string;
}
