// What one step of a test run is, and what it reports back.

/** How many checks of a step passed, failed, or were left out, and what failed or was left out. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  /** One line for each failure, naming the test or tool. */
  failures: string[];
  /** One line for each thing left out that the reader can change, with how. */
  notes: string[];
}

export interface StepContext {
  /** The clone's root, where every command runs. */
  root: string;
  /** The tests' temporary folder, with the reports of this run; removed at its end. */
  scratch: string;
  /** Whether the long fault matrix was asked for. */
  full: boolean;
  /** Whether a missing tool is a failure (in CI) or a skipped check (on a computer without it). */
  strict: boolean;
}

export interface Step {
  name: string;
  title: string;
  /** Steps that must have succeeded, where they are part of the run. */
  needs?: string[];
  run(context: StepContext): Promise<Tally>;
  /** Undoes what `run` set up. Called in reverse order, after a failure or a signal too. */
  cleanUp?(): Promise<void>;
}

export function tally(part: Partial<Tally> = {}): Tally {
  return { passed: 0, failed: 0, skipped: 0, failures: [], notes: [], ...part };
}

export function addUp(tallies: Tally[]): Tally {
  return {
    passed: sum(tallies.map((t) => t.passed)),
    failed: sum(tallies.map((t) => t.failed)),
    skipped: sum(tallies.map((t) => t.skipped)),
    failures: tallies.flatMap((t) => t.failures),
    notes: tallies.flatMap((t) => t.notes),
  };
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
