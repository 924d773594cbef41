/** Runs the points of a matrix one after the other on one system, each into a row of its section. */
import type { LoadSystem } from "../../test/support/load/system.ts";
import { say } from "./outcome.ts";
import { Section, circumstances } from "./report.ts";
import { messageOf } from "../../components/output/log.ts";

/** What a point showed: its row, unless it broke off, and what is not as it must be. */
export interface PointResult {
  row: string[] | undefined;
  faults: string[];
}

/** Brings a system up in a place of its own, and takes both down again whatever happens. */
export type Stage<Place> = <T>(
  name: string,
  options: { drain?: number },
  measure: (system: LoadSystem, place: Place) => Promise<T>,
) => Promise<T>;

export interface Matrix<Point extends { name: string }, Place> {
  title: string;
  /** How it was measured, beside date, commit and machine. */
  about: string;
  columns: string[];
  points: Point[];
  /** Where it runs. */
  stage: Stage<Place>;
  /** Name of the system and of where it runs. */
  stack: string;
  /** Seconds that the system's services drain. */
  drain: number;
  /** Called once, before the first point; what it returns tries one point. */
  prepare: (system: LoadSystem, place: Place) => Promise<(point: Point) => Promise<PointResult>>;
  /** The row of a point that broke off. */
  unmeasured: (point: Point) => string[];
}

/**
 * @param only texts; points whose name contains none of them are left out. Undefined: all points.
 * @returns the exit code: 0 if all was as it must be, 2 if no point is called so.
 */
export async function runMatrix<Point extends { name: string }, Place>(
  matrix: Matrix<Point, Place>,
  only: string[] | undefined,
): Promise<number> {
  const { title, columns, stage, stack, drain } = matrix;
  const points = matrix.points.filter(
    ({ name }) => only === undefined || only.some((part) => name.includes(part)),
  );
  if (points.length === 0) {
    const names = matrix.points.map(({ name }) => `  ${name}`).join("\n");
    console.error(`error: no point is called so. Points are:\n${names}`);
    return 2;
  }
  const problems: string[] = [];
  say(`${points.length} points; bringing the system up`);
  await stage(stack, { drain }, async (system, place) => {
    const { Version } = await system.docker.version();
    const section = new Section(title, await circumstances(Version, matrix.about), columns);
    const attempt = await matrix.prepare(system, place);
    for (const point of points) {
      say(point.name);
      const { row, faults } = await attempt(point).catch(async (error: unknown) => {
        await system.up().catch(() => undefined); // the next point begins with a whole system
        return { row: undefined, faults: [messageOf(error)] };
      });
      section.put(row ?? matrix.unmeasured(point));
      for (const fault of faults) {
        problems.push(`${point.name}: ${fault}`);
        say(`  PROBLEM ${fault}`);
      }
    }
  });
  say(`${points.length} points, ${problems.length} problems`);
  for (const problem of problems) console.error(`PROBLEM ${problem}`);
  return problems.length === 0 ? 0 : 1;
}
