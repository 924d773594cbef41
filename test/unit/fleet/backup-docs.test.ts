/** docs/backup.md in step with the code: its example, as it is declared, and its properties. */
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import type { BackupArgs } from "../../../components/fleet/index.ts";
import type { BackupRequest } from "../../../components/hosts/backup/types.ts";
import { isSecret, mockPulumi, plain, settled } from "../../support/program.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const docs = read("../../../docs/backup.md");

/** The compiler sees to it that none is missing. */
const PROPERTIES: Record<keyof BackupArgs, true> = {
  ...{ to: true, password: true, s3: true, sftp: true },
  ...{ before: true, after: true, schedule: true, keep: true },
};

it("shows the example that declares a backup of its volume", async () => {
  const example = read("./backup-example.ts")
    .split("\n")
    .slice(1)
    .join("\n")
    .replaceAll(/"(?:\.\.\/){3}components\/(\w+)\/index\.ts"/g, '"longshore/$1"');
  expect(docs).toContain(`\`\`\`ts\n${example}\`\`\``);

  const resources = await mockPulumi("shop", "prod");
  const image = (name: string) => `registry.example/${name}:v1@sha256:${"a".repeat(64)}`;
  const images = { proxy: image("proxy"), web: image("web"), redis: image("redis") };
  pulumi.runtime.setAllConfig(
    {
      "shop:images": JSON.stringify(images),
      "shop:hostKey": `ssh-ed25519 ${"A".repeat(60)}`,
      "shop:backupPassword": "word",
      ...{ "shop:backupKeyId": "id", "shop:backupKey": "key" },
    },
    ["shop:backupPassword", "shop:backupKey"],
  );
  await import("./backup-example.ts");
  await settled();
  const [found] = resources.filter(({ name }) => name === "shop-web-1-backup");
  expect(isSecret(found?.inputs.stdin)).toBe(true);
  expect(JSON.parse(String(plain(found?.inputs.stdin))) as BackupRequest).toMatchObject({
    volumes: [
      {
        ...{ volume: "redis/redis-data", name: "shop-web-1-redis-redis-data-0000000" },
        before: ["redis-cli", "-e", "SAVE"],
      },
    ],
    ...{ password: "word", s3: { accessKeyId: "id", secretAccessKey: "key" } },
  });
});

it("lists every property, and no other", () => {
  const [table = ""] = docs.split("## What is on a host");
  const rows = [...table.matchAll(/^\| `(\w+)` /gm)].map(([, word]) => word);
  expect(rows.sort()).toEqual(Object.keys(PROPERTIES).sort());
});
