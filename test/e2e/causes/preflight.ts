/** Whether the host can hold old and new replicas: asked before anything is created. */
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import type {
  PreflightReport,
  PreflightRequest,
} from "../../../components/fleet/preflight/types.ts";
import { MIB } from "./releasing.ts";
import { STACK, type Stage } from "./stage.ts";

export function testPreflight(stage: () => Stage): void {
  describe("a preflight on a host where something serves", () => {
    const preflight = (reserve: PreflightRequest["reserve"], previous?: PreflightReport) => {
      const wanted = {
        ...{
          name: "old",
          image: `registry.invalid/old@sha256:${"0".repeat(64)}`,
          definition: "d1",
        },
        ...({ order: "start-first", ramped: false, replicas: 3, memory: 256 * MIB } as const),
      };
      const hosts = [{ name: "local", dockerHost: stage().dockerHost, services: [wanted] }];
      const request: PreflightRequest = { stack: STACK, reserve, hosts };
      return execa(process.execPath, ["components/fleet/preflight/main.ts"], {
        input: JSON.stringify(request),
        env: previous === undefined ? {} : { PULUMI_COMMAND_STDOUT: JSON.stringify(previous) },
        reject: false,
      });
    };

    it("counts what the new replicas may use, and lets pass what fits", async () => {
      const ran = await preflight({ memory: 0, disk: 0 });
      expect(ran.stderr).toBe("");
      const report = JSON.parse(ran.stdout) as PreflightReport;
      expect(report.definitions).toEqual({ old: "d1" });
      const { neededMemory, availableMemory, freeDisk } = report.hosts.local ?? expect.fail();
      expect(neededMemory).toBe(3 * 256 * MIB);
      const { MemTotal } = (await stage().docker.info()) as { MemTotal: number };
      expect(availableMemory).toBeGreaterThan(MIB);
      expect(availableMemory).toBeLessThan(MemTotal);
      expect(freeDisk).toBeGreaterThan(MIB);
    });

    it("refuses what does not, with needed, available, the biggest users and what to do", async () => {
      const pebibyte = 1024 ** 5;
      const ran = await preflight({ memory: pebibyte, disk: pebibyte });
      expect(ran.exitCode).toBe(1);
      expect(ran.stdout).toBe("");
      const lines = ran.stderr.split("\n");
      expect(lines[0]).toBe("Nothing was created: the new versions do not fit.");
      expect(lines[1]).toMatch(
        /^host `local` has not enough memory for old and new replicas together: 10737418\d\d MiB needed, \d+ MiB available\.$/,
      );
      expect(lines[2]).toMatch(/^ {4}New replicas: old 3 × \d+ MiB$/);
      expect(lines[3]).toMatch(/^ {4}Biggest users now: (\S+ \d+ MiB(, )?)+$/);
      expect(lines[4]).toContain("    What to do: release replica by replica (ramped)");
      expect(lines[5]).toMatch(
        /^host `local` has not enough disk space for new images: \d+ MiB are free, and 1073741824 MiB must be\.$/,
      );
      expect(lines[6]).toContain("`docker image prune -a`");
      expect(lines).toHaveLength(7);
    });
  });
}
