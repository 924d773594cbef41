/** When requests were answered, and what follows from it: percentiles, and the longest gap. */
import type { Phase } from "./types.ts";

export class LoadClock {
  readonly #sent: number[] = [];
  readonly #took: number[] = [];
  readonly #late: number[] = [];
  /** Moments of success, in order. */
  readonly #successes: number[] = [];
  readonly #marks: { name: string; at: number }[] = [];
  readonly startedAt = now();

  /** A request was sent, so many milliseconds after it was due. */
  sent(late: number): void {
    this.#late.push(late);
  }

  succeeded(sentAt: number): void {
    const at = now();
    this.#sent.push(sentAt);
    this.#took.push(at - sentAt);
    this.#successes.push(at);
  }

  mark(name: string, at: number): void {
    this.#marks.push({ name, at });
  }

  get lateness(): { p99: number; max: number } {
    const sorted = this.#late.toSorted((x, y) => x - y);
    return { p99: percentile(sorted, 0.99), max: round(sorted.at(-1) ?? 0) };
  }

  /** The longest time without a success between two moments, its edges included. */
  longestGap(from = this.startedAt, to = now()): { gap: number; at: number } {
    let last = from;
    let longest = { gap: 0, at: from };
    for (const at of [...this.#successes.filter((moment) => moment > from && moment < to), to]) {
      if (at - last > longest.gap) longest = { gap: at - last, at };
      last = at;
    }
    return { gap: round(longest.gap), at: longest.at };
  }

  phases(until = now()): Phase[] {
    const edges = [{ name: "before", at: this.startedAt }, ...this.#marks];
    return edges.map(({ name, at }, index) => {
      const end = edges[index + 1]?.at ?? until;
      const took = this.#took
        .filter((_, request) => {
          const sentAt = this.#sent[request] ?? 0;
          return sentAt >= at && sentAt < end;
        })
        .sort((x, y) => x - y);
      return {
        name,
        requests: took.length,
        p50: percentile(took, 0.5),
        p99: percentile(took, 0.99),
        longestGap: this.longestGap(at, end).gap,
      };
    });
  }
}

/** Milliseconds since the epoch, with fractions. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** The smallest value that this share of the sorted ones does not exceed. */
export function percentile(sorted: number[], share: number): number {
  return round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
