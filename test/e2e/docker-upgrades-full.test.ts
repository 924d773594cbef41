/** Upgrades of Docker by updates of a stack with two machines: one after the other, and not after one that failed. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SshTarget } from "../../components/ssh/target.ts";
import { MachineBench } from "../support/machine.ts";
import { ROOT, TestStack } from "../support/test-stack.ts";

const NAMES = ["web-1", "web-2"];
describe.runIf(process.env.LONGSHORE_TEST_SIZE === "full")(
  "upgrades of Docker on two machines",
  () => {
    let bench: MachineBench;
    let stack: TestStack;
    let repository: { url: string; key: string };
    const targets: SshTarget[] = [];
    const version = (revision: number) => `5:26.1.5-${revision}~debian.13~trixie`;

    beforeAll(async () => {
      bench = await MachineBench.create("docker-upgrades", "release");
      stack = await TestStack.create("docker-upgrades");
      const packages = await bench.machine("packages");
      const serve = readFileSync(join(ROOT, "test/e2e/docker-packages/serve.sh"), "utf8");
      const key = await bench.run("packages", serve);
      repository = { url: `http://${packages.host}/docker/linux`, key };
      for (const name of NAMES) targets.push(await bench.machine(name));
      const program = 'import "./test/e2e/docker-packages/program.ts";\n';
      writeFileSync(join(stack.folder, "index.ts"), program);
    });
    afterAll(async () => {
      await stack?.destroy();
      await bench?.remove();
    });

    function want(revision: number) {
      const docker = { from: "docker", repository, version: version(revision) };
      const hosts = targets.map(({ host, user, hostKey, identityFile }, index) => [
        NAMES[index] ?? "",
        { address: host, user, hostKey, identityFile, docker },
      ]);
      writeFileSync(join(stack.folder, "hosts.json"), JSON.stringify(Object.fromEntries(hosts)));
    }

    /** Each machine's version of the package, and its engine's process. */
    async function engines() {
      const script =
        "dpkg-query --show --showformat '${Version} ' docker-ce; systemctl show docker --property MainPID --value";
      const lines = await Promise.all(NAMES.map((name) => bench.run(name, script)));
      return lines.map((line) => {
        const [installed, pid] = line.trim().split(" ");
        return { installed, pid };
      });
    }

    it("stop at the first machine whose engine does not work with them, and go on with ones that do", async () => {
      want(1);
      await stack.up();
      const first = await engines();
      expect(first.map(({ installed }) => installed)).toEqual([version(1), version(1)]);

      want(3);
      const { all } = await stack.up({ fails: true });
      expect(all).toContain(`${version(3)} does not work there, and ${version(1)} is put back.`);
      expect(all).toMatch(/web-1-docker-upgrade [^\n]*failed/);
      expect(all).not.toMatch(/web-2-docker-upgrade [^\n]*(updating|updated|failed)/);
      const [one, two] = await engines();
      expect(one?.installed).toBe(version(1));
      expect(one?.pid).not.toBe(first[0]?.pid);
      // The same process as before.
      expect(two).toEqual(first[1]);

      want(2);
      const { all: good } = await stack.up();
      const [firstDone, secondBegun] = [
        good.search(/web-1-docker-upgrade [^\n]*updated/),
        good.search(/web-2-docker-upgrade [^\n]*updating/),
      ];
      expect(firstDone).toBeGreaterThan(-1);
      expect(secondBegun).toBeGreaterThan(firstDone);
      expect((await engines()).map(({ installed }) => installed)).toEqual([version(2), version(2)]);
    });
  },
);
