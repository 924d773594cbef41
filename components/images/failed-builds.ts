// Reports what a failed build printed. docker-build's own error names the command that failed and no
// more, and Pulumi shows the lines of a running build only while it runs.
import * as pulumi from "@pulumi/pulumi";
import { describeFailedStep, readFailedStep } from "./build-log.ts";

export interface WatchedBuild {
  /** The image's name, e.g. `app`. */
  name: string;
  target: string;
  builder: pulumi.Input<string>;
  /** The staged context. */
  context: string;
  /** Known once the build has succeeded. */
  digest: pulumi.Output<string>;
  /** What the report is shown with; not the build, which never becomes known if it fails. */
  component: pulumi.Resource;
}

/** Builds that have not succeeded yet. */
const unfinished = new Set<WatchedBuild>();

/** Pulumi waits five seconds for an interrupted program. */
const DEADLINE = 3000;

/**
 * Has a failure of this build reported with what it printed. When an update fails, Pulumi interrupts
 * the program and still takes messages from it.
 */
export function watchBuild(build: WatchedBuild): void {
  if (pulumi.runtime.isDryRun()) return;
  if (unfinished.size === 0) process.once("SIGINT", onInterrupt);
  unfinished.add(build);
  build.digest.apply(() => unfinished.delete(build));
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

async function report(build: WatchedBuild): Promise<void> {
  const { name, target, context, component } = build;
  const builder = await valueOf(build.builder);
  const since = Math.floor(performance.timeOrigin);
  const step = await readFailedStep({ builder, context, target, since });
  if (step !== undefined) await pulumi.log.error(describeFailedStep(name, step), component);
}

function valueOf(input: pulumi.Input<string>): Promise<string> {
  return new Promise((resolve) => pulumi.output(input).apply(resolve));
}
