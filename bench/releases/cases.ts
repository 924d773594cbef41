/** The cases that must lose nothing: releases, rollbacks, failed releases, scaling, the proxy's settings. */
import { crash } from "../../test/support/load/kill.ts";
import type { Change, ServiceSettings } from "../../test/support/load/settings.ts";
import type { LoadSystem } from "../../test/support/load/system.ts";
import type { Update } from "../../test/support/load/update.ts";

export interface BenchCase {
  /** As `--case` takes it. */
  name: string;
  /** As the results call it. */
  title: string;
  /** Losing requests is what this case is about. */
  lossy?: boolean;
  /** A bad version serves for a while: most seconds in which all requests may fail. */
  badFor?: number;
  /** Not measured. */
  prepare?: (system: LoadSystem) => Promise<unknown>;
  /** Under load. */
  change: (system: LoadSystem) => Promise<Update[]>;
  /** What the updates must have said. */
  says?: RegExp;
  /** Not measured: back to a system that the next case can begin with. */
  restore?: (system: LoadSystem) => Promise<unknown>;
}

const CANARY = { canary: { steps: [10, 50], watch: 4, maxErrors: 1, maxLatency: 200 } };

/** @param hosts that app is on. */
export function goodCases(hosts = 1): BenchCase[] {
  const [few, many, fewer] = hosts === 1 ? [2, 4, 1] : [hosts, 2 * hosts, hosts + 1];
  return [
    {
      name: "app",
      title: "release of app",
      says: /switched/,
      change: async (system) => {
        system.change({ app: await system.newVersion() });
        return [await system.up()];
      },
    },
    {
      name: "worker",
      title: "release of dnmonster, which app calls",
      says: /switched/,
      change: async (system) => {
        system.change({ dnmonster: await system.newVersion() });
        return [await system.up()];
      },
    },
    {
      name: "both",
      title: "release of app and dnmonster (`pulumi up`)",
      says: /switched/,
      change: async (system) => {
        await newVersions(system);
        return [await system.up()];
      },
    },
    {
      name: "cli",
      title: "`longshore up` of app and dnmonster",
      says: /switched/,
      change: async (system) => {
        await newVersions(system);
        return [await system.longshore("up")];
      },
    },
    rollback(),
    {
      name: "canary-promote",
      title: "canary that is promoted",
      says: /switched/,
      change: async (system) => {
        system.change({ app: { ...(await system.newVersion()), strategy: CANARY } });
        return [await system.up()];
      },
      restore: (system) => withoutStrategy(system),
    },
    {
      name: "canary-abort",
      title: "canary that is too slow, and aborted",
      ...failing(
        { fault: "sluggish", strategy: CANARY },
        /its canary at 10 % was aborted: an answer takes [0-9.]+ ms on average/,
      ),
    },
    {
      name: "ramped",
      title: "ramped release of app, replica by replica",
      says: /new replica (\d) of \1 is healthy/,
      change: async (system) => {
        system.change({ app: { ...(await system.newVersion()), strategy: "ramped" } });
        return [await system.up()];
      },
      restore: (system) => withoutStrategy(system),
    },
    {
      name: "scale",
      title: `scale of app ${few} → ${many} → ${fewer}`,
      change: async (system) => {
        system.change({ app: { replicas: many } });
        const up = await system.up();
        system.change({ app: { replicas: fewer } });
        return [up, await system.up()];
      },
      restore: (system) => {
        system.change({ app: { replicas: few } });
        return system.up();
      },
    },
    {
      name: "service-added",
      title: "a service that listens is added",
      says: /extra v\d+: healthy/,
      change: async (system) => {
        system.change({ extra: await system.newVersion() });
        return [await system.up()];
      },
      restore: (system) => {
        system.change({ extra: undefined });
        return system.up();
      },
    },
    {
      name: "service-removed",
      title: "a service that listens is removed",
      prepare: async (system) => {
        system.change({ extra: await system.newVersion() });
        await system.up();
      },
      change: async (system) => {
        system.change({ extra: undefined });
        return [await system.up()];
      },
    },
    {
      name: "proxy",
      title: "the proxy's settings (reload)",
      says: /proxy on \S+ reloaded/,
      change: async (system) => {
        const serverTimeout = system.settings.proxy.serverTimeout + 1;
        system.change({ proxy: { serverTimeout } });
        return [await system.up()];
      },
    },
    {
      name: "proxy-image",
      title: "another image of the proxy",
      says: /proxy on \S+ replaced: no downtime/,
      change: async (system) => {
        system.change({ proxy: { image: await system.newProxy() } });
        return [await system.up()];
      },
    },
    {
      name: "proxy-container",
      title: "a setting of the proxy's container",
      says: /proxy on \S+ replaced: no downtime/,
      change: async (system) => {
        system.change({ proxy: { cpus: (system.settings.proxy.cpus ?? 1) + 0.01 } });
        return [await system.up()];
      },
    },
  ];
}

/** Shows that losses are seen. */
export const NEGATIVE_CONTROL: BenchCase = {
  name: "control",
  title: "negative control: SIGKILL of both serving replicas of app",
  lossy: true,
  change: async (system) => {
    for (const { id } of (await system.containers()).app ?? []) await crash(system, id);
    return [];
  },
};

/** A case in which the release must fail, for the reason that it names. */
export function failing(
  broken: Partial<ServiceSettings>,
  says: RegExp,
): Pick<BenchCase, "says" | "change" | "restore"> {
  return failedRelease(says, async (system, change) => {
    change({ app: { ...(await system.newVersion()), ...broken } });
    return [await system.up({ fails: true })];
  });
}

/**
 * A case whose release must fail, after which the settings of before are released again.
 * @param release changes the system's settings by `change`, once, and releases them.
 */
export function failedRelease(
  says: RegExp,
  release: (system: LoadSystem, change: (to: Change) => void) => Promise<Update[]>,
): Pick<BenchCase, "says" | "change" | "restore"> {
  let good: ReturnType<LoadSystem["change"]>;
  return {
    says,
    change: (system) => release(system, (to) => void (good = system.change(to))),
    restore: (system) => {
      system.restore(good);
      return system.up();
    },
  };
}

function rollback(): BenchCase {
  let before: ReturnType<LoadSystem["change"]>;
  return {
    name: "rollback",
    title: "`longshore rollback` of app and dnmonster",
    says: /switched/,
    prepare: async (system) => {
      before = await newVersions(system);
      await system.up();
    },
    change: async (system) => {
      const update = await system.longshore("rollback");
      system.restore(before); // what the program wants from now on
      return [update];
    },
  };
}

/** The next update is to release app and dnmonster; returns what was wanted before. */
async function newVersions(system: LoadSystem): Promise<ReturnType<LoadSystem["change"]>> {
  return system.change({ app: await system.newVersion(), dnmonster: await system.newVersion() });
}

async function withoutStrategy(system: LoadSystem): Promise<void> {
  system.change({ app: { strategy: undefined } });
  await system.up();
}
