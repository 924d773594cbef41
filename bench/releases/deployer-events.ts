/** What happens to a release in progress: a second deployer, a suspension, Ctrl-C, or the end of a part of it. */
import { ownProcesses, serving } from "../../test/support/load/inventory.ts";
import type { LoadSystem } from "../../test/support/load/system.ts";
import type { Update } from "../../test/support/load/update.ts";
import type { Place } from "./deployer-places.ts";

/** Seconds that the second deployer waits where it shall wait, and more than a lost lock needs. */
const WAIT = 90;
/** Seconds of a suspension that the lock outlives. */
const SHORT = 5;

export interface Trial {
  place: Place;
  system: LoadSystem;
  /** The release in progress. */
  first: Update;
  /** Another checkout with the state of before it; it wants a version of its own. */
  second: LoadSystem;
  /** Versions that served before. */
  before: { app: string; dnmonster: string };
}

export interface Outcome {
  /** Whose version serves in the end. */
  winner: "first" | "second";
  updates: Update[];
  /** What should not have been. */
  faults: string[];
}

export interface Event {
  name: string;
  /** What must come of it, beside that the next `up` ends as wanted. */
  expected: string;
  act: (trial: Trial) => Promise<Outcome>;
}

const HOLDER = /Another release is in progress on host `local`: \S+@\S+, process \d+, since \S+/;

export const EVENTS = {
  refused: {
    name: "second deployer, does not wait",
    expected: "second: refused, names the first",
    act: async (trial) => {
      const other = trial.second.startUp({ LONGSHORE_WAIT: "0" });
      const faults = [
        ...(await ends(other, "the second deployer", "fails", HOLDER)),
        ...(await ends(trial.first, "the first deployer", "succeeds")),
      ];
      return { winner: "first", updates: [trial.first, other], faults };
    },
  },
  waiting: {
    name: "second deployer, waits",
    expected: "second: refused when the first has released",
    act: async (trial) => {
      const other = trial.second.startUp({ LONGSHORE_WAIT: String(WAIT) });
      const faults = [
        ...(await ends(trial.first, "the first deployer", "succeeds")),
        ...(await ends(
          other,
          "the second deployer",
          "fails",
          /While this (update|release) waited/,
        )),
      ];
      return { winner: "first", updates: [trial.first, other], faults };
    },
  },
  takingOver: {
    name: "suspended, second deployer releases, resumed",
    expected: "first: says that its lock is lost, undoes nothing",
    act: async (trial) => {
      const pids = signal(trial.system, "release process", "SIGSTOP");
      const other = trial.second.startUp({ LONGSHORE_WAIT: String(WAIT) });
      const faults = await ends(other, "the second deployer", "succeeds");
      for (const pid of pids) process.kill(pid, "SIGCONT");
      faults.push(
        ...(await ends(trial.first, "the first deployer", "fails", /lock of host `local` is lost/)),
      );
      return { winner: "second", updates: [trial.first, other], faults };
    },
  },
  suspended: {
    name: `suspended for ${SHORT} s`,
    expected: "goes on",
    act: async (trial) => {
      const pids = signal(trial.system, "release process", "SIGSTOP");
      await seconds(SHORT);
      for (const pid of pids) process.kill(pid, "SIGCONT");
      const faults = await ends(trial.first, "the release", "succeeds");
      return { winner: "first", updates: [trial.first], faults };
    },
  },
  ctrlC: {
    name: "Ctrl-C",
    expected: "old version serves",
    act: async (trial) => {
      trial.first.interrupt();
      return interrupted(trial);
    },
  },
  ctrlCTwice: {
    name: "Ctrl-C twice",
    expected: "old version serves",
    act: async (trial) => {
      trial.first.interrupt();
      await seconds(1);
      trial.first.interrupt();
      return interrupted(trial);
    },
  },
  sigterm: {
    name: "SIGTERM to the release",
    expected: "says so, old version serves",
    act: async (trial) => {
      signal(trial.system, "release process", "SIGTERM");
      const said = trial.place.serves === undefined ? /interrupted and rolled back/ : undefined;
      return interrupted(trial, said);
    },
  },
  pluginKilled: {
    name: "command plugin killed",
    expected: "old version serves",
    act: async (trial) => {
      signal(trial.system, "plugin", "SIGKILL");
      return interrupted(trial);
    },
  },
} satisfies Record<string, Event>;

/** The release ends without success, and soon what served before it serves. */
async function interrupted(
  { system, first, place, before }: Trial,
  said?: RegExp,
): Promise<Outcome> {
  const faults = await ends(first, "the release", "fails", said);
  // What the host itself brings back takes as long as a lock that nobody frees, and a start.
  const deadline = Date.now() + 30_000;
  let now = await serving(system);
  const isBack = () => now.app === before.app && now.dnmonster === before.dnmonster;
  while (place.serves === undefined && !isBack() && Date.now() < deadline) {
    await seconds(0.5);
    now = await serving(system);
  }
  if (place.serves === undefined && !isBack()) {
    faults.push(`30 s later ${JSON.stringify(now)} serve, before it ${JSON.stringify(before)}`);
  }
  return { winner: "first", updates: [first], faults };
}

async function ends(
  update: Update,
  who: string,
  how: "succeeds" | "fails",
  said?: RegExp,
): Promise<string[]> {
  const code = await update.exitCode;
  const faults: string[] = [];
  if ((code === 0) !== (how === "succeeds")) faults.push(`${who} ended with ${code}`);
  // Pulumi breaks no lines here, but indents them.
  if (said !== undefined && !said.test(update.output)) faults.push(`${who} does not say ${said}`);
  return faults.map((fault) => `${fault}:\n${update.output.slice(-3000)}`);
}

const COMMANDS = {
  "release process": /release\/main\.(ts|js)/,
  plugin: /\/pulumi-resource-command /,
};

/** @returns the ids of the processes that got it. */
function signal(system: LoadSystem, what: keyof typeof COMMANDS, name: NodeJS.Signals): number[] {
  const found = ownProcesses(system).filter(({ command }) => COMMANDS[what].test(command));
  if (found.length === 0) throw new Error(`no ${what} runs`);
  for (const { pid } of found) process.kill(pid, name);
  return found.map(({ pid }) => pid);
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000));
}
