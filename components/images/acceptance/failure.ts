/** Why an acceptance test failed, for people. */
import type Docker from "dockerode";
import { explainExit } from "../../diagnosis/exit.ts";
import { explainStart } from "../../diagnosis/start.ts";
import { isAnswer, reasonOf } from "../../engine/errors.ts";
import { EngineInspection } from "../../engine/inspection.ts";
import { demultiplex } from "../../engine/stream.ts";

/** Lines of the test that are shown, as of a failed build. */
const TEST_LINES = 200;
/** Lines of a service that are shown. */
const SERVICE_LINES = 20;

/** The last lines of all that a test printed. */
export class Tail {
  readonly lines: string[] = [];
  leftOut = 0;

  push(line: string): void {
    this.lines.push(line);
    if (this.lines.length <= TEST_LINES) return;
    this.lines.shift();
    this.leftOut += 1;
  }
}

/** The test failed, as opposed to what it is run with. */
export class Failure extends Error {
  override readonly name = "Failure";
}

/** Starts something. @throws Failure if the engine refuses, with its reason. */
export async function startOf<T>(name: string, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (!isAnswer(error)) throw error;
    const { what, fix } = explainStart(reasonOf(error));
    throw new Failure(`\`${name}\` ${what}. ${fix}`, { cause: error });
  }
}

/** Why a container has ended. @param logs its last lines, if they are known. */
export async function explainEnd(
  docker: Docker,
  name: string,
  container: Docker.Container,
  logs?: string,
): Promise<Failure> {
  const inspection = new EngineInspection(docker, () => Promise.resolve(""));
  const [{ State }, facts, engine, lines] = await Promise.all([
    container.inspect(),
    inspection.container(container.id),
    inspection.engine(),
    logs ?? lastLines(container),
  ]);
  const { what, fix } = explainExit({
    view: {
      running: State.Running,
      exitCode: State.ExitCode,
      outOfMemory: State.OOMKilled,
      restarts: 0,
    },
    ...{ facts, engine, logs: lines },
  });
  return new Failure(`\`${name}\` ${what}. ${fix}`);
}

/** The last lines that a container printed. */
export async function lastLines(container: Docker.Container): Promise<string> {
  const logs = await container.logs({ stdout: true, stderr: true, tail: SERVICE_LINES });
  return demultiplex(logs).all.trimEnd();
}

/** Lines with a heading. */
export function quote(heading: string, lines: string[], leftOut = 0): string {
  const shown = lines.length === 0 ? ["(nothing)"] : lines;
  const more = leftOut === 0 ? [] : [`(${leftOut} earlier lines left out)`];
  return [heading, ...[...more, ...shown].map((line) => `  ${line}`)].join("\n");
}
