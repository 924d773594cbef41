/** Looks for a value in plaintext in every place that a deployment leaves traces in. */
import { readFileSync, readdirSync } from "node:fs";
import type { TestStack } from "./test-stack.ts";

/**
 * Names the places that hold `value`: the given texts, and of each of the stack's containers what
 * `docker inspect` shows, its logs, and its image's history and configuration.
 */
export async function scan(
  stack: TestStack,
  texts: Record<string, string>,
  value: string,
): Promise<string[]> {
  const places = new Map(Object.entries(texts));
  for (const list of Object.values(await stack.containers())) {
    for (const { id, name } of list) {
      const container = stack.docker.getContainer(id);
      const info = await container.inspect();
      const image = stack.docker.getImage(info.Image);
      places.set(`inspect of ${name}`, JSON.stringify(info));
      places.set(`image of ${name}`, JSON.stringify(await image.inspect()));
      places.set(`history of ${name}`, JSON.stringify(await image.history()));
      const logs = await container.logs({ stdout: true, stderr: true });
      places.set(`logs of ${name}`, logs.toString("utf8"));
    }
  }
  return [...places].filter(([, text]) => text.includes(value)).map(([name]) => name);
}

/**
 * Collects the command lines and environments of all processes, many times a second, until `stop`.
 * Without `PULUMI_CONFIG`, in which Pulumi's language host gives a program its decrypted configuration.
 */
export function watchProcesses(): { stop(): string } {
  const seen = new Set<string>();
  const look = () => {
    for (const entry of readdirSync("/proc")) {
      if (!/^\d+$/.test(entry)) continue;
      try {
        for (const kind of ["cmdline", "environ"]) {
          const parts = readFileSync(`/proc/${entry}/${kind}`, "utf8").split("\0");
          seen.add(parts.filter((part) => !part.startsWith("PULUMI_CONFIG=")).join(" "));
        }
      } catch {
        // It ended between the two calls.
      }
    }
  };
  const timer = setInterval(look, 100);
  return {
    stop: () => {
      clearInterval(timer);
      return [...seen].join("\n");
    },
  };
}
