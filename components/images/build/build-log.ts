// Shows what a failed build printed. docker-build reports the command that failed and not what it
// printed; BuildKit keeps that, and buildx can read it.

export interface FailedBuild {
  builder: string;
  /** The staged context, e.g. `.longshore/contexts/app/0123456789abcdef/context`. */
  context: string;
  target: string;
  /** When the update began, in milliseconds since 1970: an earlier failure is not this one's. */
  since: number;
}

/** The step that failed, e.g. `RUN npm test`, and what it printed. */
export interface FailedStep {
  /** e.g. `test 3/3`: the stage, and the step of it. */
  stage: string;
  instruction: string;
  output: string[];
}

/** More than enough for a summary of failed tests, little enough to read. */
const SHOWN_LINES = 200;

/** The failed step of a build; undefined if the build failed elsewhere or its log cannot be had. */
export async function readFailedStep(build: FailedBuild): Promise<FailedStep | undefined> {
  const { execa } = await import("execa"); // only when a build has failed: it takes long to load
  for (const buildx of buildxCommands()) {
    const run = (...args: string[]) =>
      execa(buildx[0], [...buildx.slice(1), ...args], { all: true });
    try {
      const builder = ["--builder", build.builder];
      const list = await run("history", "ls", ...builder, "--no-trunc", "--format", "json");
      const ref = findRecord(list.stdout, build);
      if (ref === undefined) return undefined;
      const logs = await run("history", "logs", ...builder, "--progress", "plain", ref);
      return parseFailedStep(logs.all);
    } catch {
      // Not installed, or too old to have `history`: the next one may do.
    }
  }
  return undefined;
}

/** What an error says of a failed step. */
export function describeFailedStep(image: string, step: FailedStep): string {
  const what = /^test\b/.test(step.stage)
    ? `The tests of \`${image}\` failed`
    : `The build of \`${image}\` failed`;
  const left = step.output.length - SHOWN_LINES;
  const lines = step.output.slice(-SHOWN_LINES).map((line) => `  ${line}`);
  if (left > 0) lines.unshift(`  (${left} earlier lines left out)`);
  if (lines.length === 0) lines.push("  (it printed nothing)");
  return [
    `${what}; nothing was pushed. [${step.stage}] ${step.instruction} printed:`,
    ...lines,
  ].join("\n");
}

/** The newest record of a build of this very context and target, if it failed. */
export function findRecord(list: string, build: FailedBuild): string | undefined {
  const content = build.context.split("/").at(-2) ?? build.context;
  return list
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<"name" | "ref" | "status" | "created_at", string>)
    .filter((record) => record.name.includes(content))
    .filter((record) => record.name.includes(`(${build.target})`))
    .filter((record) => Date.parse(record.created_at) >= build.since)
    .sort((a, b) => (a.created_at < b.created_at ? 1 : -1))
    .slice(0, 1)
    .filter((record) => record.status === "Error")
    .map((record) => record.ref.split("/").at(-1))[0];
}

/** Finds the failed step in a log of `--progress plain`. */
export function parseFailedStep(log: string): FailedStep | undefined {
  const lines = log.split("\n");
  for (const line of lines) {
    const id = /^(#\d+) ERROR: /.exec(line)?.[1];
    if (id === undefined) continue;
    const own = lines
      .filter((other) => other.startsWith(`${id} `))
      .map((other) => other.slice(id.length + 1));
    const [, header, instruction] = /^\[(.+?)\] (.+)$/.exec(own[0] ?? "") ?? [];
    if (header === undefined || instruction === undefined || header === "internal") continue;
    // Each line of output carries the seconds since its step began; a step that was found in the
    // cache, its state, and its error do not.
    const output = own.flatMap((text) => /^\d+\.\d+(?: |$)(.*)$/.exec(text)?.[1] ?? []);
    return { stage: header.replace(/^[\w]+\/\w+(?:\/v\d)? /, ""), instruction, output };
  }
  return undefined;
}

/** `LONGSHORE_BUILDX` names one that is not on the PATH. */
function buildxCommands(): [string, ...string[]][] {
  const named = process.env.LONGSHORE_BUILDX;
  return [...(named ? [[named] as [string]] : []), ["docker-buildx"], ["docker", "buildx"]];
}
