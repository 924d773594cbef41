/** Versions that fail after the switch: only what they answer themselves is lost, until the old one is back. */
import { type BenchCase, failing } from "./cases.ts";

/**
 * What is lost is written down before the run: a replica that ends is noticed by the proxy's check (every second)
 * and by the watch (every half), and what a version answers in a watch of 5 to 10 s in which 5 % may fail.
 */
export const NOTICED = 2;

export function watchedReleases(): BenchCase[] {
  return [
    {
      name: "watch-exit",
      title: "watched: exits 5 s after it was healthy",
      badFor: NOTICED,
      ...failing({ fault: "exits-later", watch: 10 }, /watched after the switch: exited /),
    },
    {
      name: "watch-5xx",
      title: "watched: answers 500 from 5 s on",
      badFor: NOTICED,
      ...failing(
        { fault: "fails-later", watch: 10 },
        /watched after the switch: \d+ of \d+ requests failed/,
      ),
    },
    {
      name: "watch-memory",
      title: "watched: OOM-killed 5 s after it was healthy",
      badFor: NOTICED,
      ...failing(
        { fault: "memory-later", memory: 96, watch: 10 },
        /watched after the switch: .*more memory than its limit/,
      ),
    },
  ];
}
