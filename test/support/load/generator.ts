/**
 * The load generator, a process of its own: what the test itself does must not delay it. Started by
 * mix.ts with the plan as its argument; marks and the end come as messages.
 */
import { setPriority } from "node:os";
import { LoadClock, now } from "./clock.ts";
import { Requests } from "./requests.ts";
import { Streams } from "./streams.ts";
import type { Failure, FromGenerator, LoadPlan, ToGenerator } from "./types.ts";

const KEPT_FAILURES = 200;

const plan = JSON.parse(process.argv[2] ?? "") as LoadPlan;
const failures: Failure[] = [];
let failed = 0;

try {
  setPriority(-10); // measured is the system, not who gets the processor
} catch {
  // Only root may; the report says how late the requests were.
}

// Opening all of them takes the generator's time: done before anything is measured.
const streams = new Streams(plan, fail);
streams.start();
await new Promise((resolve) => setTimeout(resolve, 1500));
const clock = new LoadClock();
const requests = new Requests(plan, clock, fail);
requests.start();
tell({ ready: true });

process.on("message", (message: ToGenerator) => {
  if ("mark" in message) clock.mark(message.mark, message.at);
  else void finish();
});
// Whoever started this is gone.
process.on("disconnect", () => process.exit());

function fail(failure: Failure): void {
  failed++;
  if (failures.length < KEPT_FAILURES) failures.push(failure);
}

function tell(message: FromGenerator, then?: () => void): void {
  process.send?.(message, undefined, undefined, then);
}

async function finish(): Promise<void> {
  const until = now(); // what still ends after it must not look like a gap
  await requests.stop();
  streams.stop();
  const { gap, at } = clock.longestGap(clock.startedAt, until);
  const { answeredPosts, posts, count, keepAlive, versions } = requests;
  const counted = await get(`/counted?run=${plan.run}&ids=${posts}`);
  tell(
    {
      counted,
      report: {
        startedAt: clock.startedAt,
        seconds: count / plan.rate,
        requests: count,
        keepAlive,
        failed,
        failures,
        longestGap: gap,
        longestGapAt: at,
        phases: clock.phases(until),
        versions,
        posts,
        answeredPosts,
        webSockets: streams.webSockets,
        downloads: { whole: streams.whole, unfinished: streams.unfinished },
        cuts: streams.cuts,
        lateness: clock.lateness,
      },
    },
    () => process.exit(),
  );
}

async function get(path: string): Promise<string> {
  const answer = await fetch(plan.url + path, { signal: AbortSignal.timeout(30_000) });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.text();
}
