/** The session key: where it is, and where it is not. */
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { scan, watchProcesses } from "../../support/secret-scan.ts";
import type { TestStack } from "../../support/test-stack.ts";

/** What there is after the first update. */
interface Told {
  stack: TestStack;
  /** What was printed, and where else the key could be seen. */
  outputs: Record<string, string>;
  /** Of the processes that ran meanwhile. */
  sampled: string;
}

export function testSessionKey(told: () => Told): void {
  describe("the session key", () => {
    it("reaches the container as a file that only the service's user can read", async () => {
      const [app] = (await told().stack.containers()).app ?? [];
      const container = told().stack.docker.getContainer(app?.id ?? "");
      const exec = await container.exec({
        Cmd: [
          "sh",
          "-c",
          'cat "$SESSION_KEY_FILE"; stat -c " %a %u" -L "$SESSION_KEY_FILE"; id -u',
        ],
        AttachStdout: true,
      });
      const stream = await exec.start({});
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      expect(text).toContain(told().stack.sessionKey);
      expect(text).toMatch(/ 400 10001\n[\s\S]*10001\n$/);
    });

    it("is nowhere in plaintext: state, told().outputs, images, inspect, processes, logs", async () => {
      told().outputs["preview"] = (await told().stack.preview(["--diff"])).all;
      told().outputs["preview --json"] = (await told().stack.preview(["--json"])).all;
      told().outputs["state"] = told().stack.readState();
      told().outputs["Pulumi's own log files"] = told().stack.readLogs();
      told().outputs["processes during the update"] = told().sampled;
      expect(await scan(told().stack, told().outputs, told().stack.sessionKey)).toEqual([]);
    });

    it("would be found by that scan in each of these places", async () => {
      const planted = Object.fromEntries(
        Object.keys(told().outputs).map((name) => [name, `… ${told().stack.sessionKey} …`]),
      );
      expect(await scan(told().stack, planted, told().stack.sessionKey)).toEqual(
        Object.keys(planted),
      );
      // The container's name is in `docker inspect` and its history and logs are read by the same code.
      const proxy = (await told().stack.containers()).proxy?.[0]?.name ?? "";
      expect(await scan(told().stack, {}, proxy)).toContain(`inspect of ${proxy}`);
      expect(await scan(told().stack, {}, '"path":"/monster')).toContainEqual(
        expect.stringContaining("logs of"),
      );
      // A process with the value among its arguments.
      const watch = watchProcesses();
      await execa("sh", ["-c", "sleep 0.5", told().stack.sessionKey]);
      expect(watch.stop()).toContain(told().stack.sessionKey);
    });
  });
}
