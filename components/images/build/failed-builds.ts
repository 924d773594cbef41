// Explains failures that docker-build does not: its error for a failed build names the command and
// not what that printed, and Pulumi shows the lines of a running build only while it runs.
import * as pulumi from "@pulumi/pulumi";
import { describeFailedStep, readFailedStep } from "./build-log.ts";
import { describeMissing, isInLayout } from "./layout.ts";

interface Watched {
  /** What the explanation is shown with; not the failed resource, which never becomes known. */
  component: pulumi.Resource;
  /** Why it failed; undefined if it did not, or if that is not known. */
  explain: () => Promise<string | undefined>;
}

/** What has not succeeded yet. */
const unfinished = new Set<Watched>();

/** Pulumi waits five seconds for an interrupted program. */
const DEADLINE = 3000;

/** Has a failure of a build explained by what the failed step printed. */
export function watchBuild(
  component: pulumi.Resource,
  image: { name: string; target: string; builder: pulumi.Input<string>; context: string },
  digest: pulumi.Output<string>,
): void {
  watch(digest, {
    component,
    explain: async () => {
      const { name, target, context } = image;
      const builder = await valueOf(image.builder);
      const since = Math.floor(performance.timeOrigin);
      const step = await readFailedStep({ builder, context, target, since });
      return step && describeFailedStep(name, step);
    },
  });
}

/** Has a failure to push explained if what there is to push was built elsewhere. */
export function watchPush(
  component: pulumi.Resource,
  release: { name: string; layout: string; digest: pulumi.Output<string> },
  digest: pulumi.Output<string>,
): void {
  // Known before the push begins; what is not known then has another reason.
  let verified: string | undefined;
  release.digest.apply((known) => (verified = known));
  watch(digest, {
    component,
    explain: () => {
      const missing = verified !== undefined && !isInLayout(release.layout, verified);
      return Promise.resolve(missing ? describeMissing(release.name, "release") : undefined);
    },
  });
}

/** When an update fails, Pulumi interrupts the program and still takes messages from it. */
function watch(done: pulumi.Output<unknown>, watched: Watched): void {
  if (pulumi.runtime.isDryRun()) return;
  if (unfinished.size === 0) process.once("SIGINT", onInterrupt);
  unfinished.add(watched);
  done.apply(() => {
    unfinished.delete(watched);
    if (unfinished.size === 0) process.removeListener("SIGINT", onInterrupt);
  });
}

function onInterrupt(): void {
  // Without a listener the signal ends the program, as it would have without us.
  const end = () => process.kill(process.pid, "SIGINT");
  const timer = setTimeout(end, DEADLINE);
  void Promise.allSettled([...unfinished].map(report)).then(() => {
    clearTimeout(timer);
    end();
  });
}

async function report({ component, explain }: Watched): Promise<void> {
  const explanation = await explain();
  if (explanation !== undefined) await pulumi.log.error(explanation, component);
}

function valueOf(input: pulumi.Input<string>): Promise<string> {
  return new Promise((resolve) => pulumi.output(input).apply(resolve));
}
