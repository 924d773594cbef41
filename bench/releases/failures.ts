/** Each kind of failed release: nothing may be lost, and the cause must be named. */
import { totalmem } from "node:os";
import type { LoadSystem } from "../../test/support/load/system.ts";
import { freePort } from "../../test/support/test-stack.ts";
import { type BenchCase, failing } from "./cases.ts";

export async function failedReleases(): Promise<BenchCase[]> {
  const nowhere = `127.0.0.1:${await freePort()}/nobody/app@sha256:${"1".repeat(64)}`;
  return [
    {
      name: "fails-exit",
      title: "failed release: exits at once",
      ...failing({ fault: "exit" }, /exited with code 3/),
    },
    {
      name: "fails-deaf",
      title: "failed release: nothing listens",
      ...failing({ fault: "deaf" }, /nothing listens on port 9090/),
    },
    {
      name: "fails-loopback",
      title: "failed release: listens on 127.0.0.1 only",
      ...failing({ fault: "loopback" }, /127\.0\.0\.1/),
    },
    {
      name: "fails-status",
      title: "failed release: wrong status",
      ...failing({ fault: "status" }, /answered 500/),
    },
    {
      name: "fails-slow",
      title: "failed release: too slow",
      ...failing({ fault: "slow" }, /too slow/),
    },
    {
      name: "fails-memory",
      title: "failed release: OOM-killed",
      ...failing({ fault: "memory", memory: 96 }, /more memory than its limit/),
    },
    {
      name: "fails-image",
      title: "failed release: the image is missing",
      ...failing({}, /not found|unknown|missing/i),
      ...missingImage(),
    },
    {
      name: "fails-registry",
      title: "failed release: the registry does not answer",
      ...failing({ ref: nowhere }, /refused|does not answer/),
    },
    {
      name: "fails-architecture",
      title: "failed release: built for another processor",
      ...otherProcessor(),
    },
    {
      name: "fails-room",
      title: "failed release: not enough memory for old and new together",
      ...noRoom(),
    },
  ];
}

/** A digest that the registry does not have. */
function missingImage(): Pick<BenchCase, "change" | "restore"> {
  let inner: ReturnType<typeof failing>;
  return {
    change: (system) => {
      const ref = system.settings.app.ref.replace(/@.*/, `@sha256:${"2".repeat(64)}`);
      inner = failing({ ref }, /./);
      return inner.change(system);
    },
    restore: (system) => inner.restore?.(system) ?? Promise.resolve(),
  };
}

function otherProcessor(): Pick<BenchCase, "says" | "change" | "restore"> {
  let inner: ReturnType<typeof failing>;
  return {
    says: /architecture|exec format|exited/,
    change: async (system) => {
      inner = failing({ ref: await system.images.otherProcessor() }, /./);
      return inner.change(system);
    },
    restore: (system) => inner.restore?.(system) ?? Promise.resolve(),
  };
}

/** More memory is to stay free than the machine has. */
function noRoom(): Pick<BenchCase, "says" | "change" | "restore"> {
  let before: ReturnType<LoadSystem["change"]>;
  return {
    says: /has not enough memory for old and new replicas together: \d+ MiB needed, \d+ MiB available/,
    change: async (system) => {
      const reserve = Math.round((totalmem() / 2 ** 20) * 2);
      before = system.change({ reserve, app: await system.newVersion() });
      return [await system.up({ fails: true })];
    },
    restore: (system) => {
      system.restore(before);
      return system.up();
    },
  };
}
