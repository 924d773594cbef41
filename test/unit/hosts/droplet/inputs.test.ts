/** Every resource of droplets, with its exact inputs. */
import { readFileSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { DATA_FOLDERS } from "../../../../components/hosts/first-contact/user-data.ts";
import { KEY, declareAll } from "./declare.ts";

vi.mock("../../../../components/ssh/remote-forward.ts", () => ({
  forwardToHere: () => Promise.resolve(undefined),
}));

const all = await declareAll();
const stdin = (name: string) =>
  JSON.parse(all.find((entry) => entry.name === name)?.inputs.stdin as string) as unknown;

it("are these, and no others", () => {
  const found = all
    .filter(({ type }) => type.startsWith("digitalocean:"))
    .map(({ type, name, inputs, options }) => {
      const rest = { ...inputs };
      delete rest.userData;
      const { protect, ignoreChanges, deleteBeforeReplace = false } = options;
      const key = `${type.split(":").at(-1) ?? ""} ${name}`;
      return [key, { inputs: rest, options: { protect, ignoreChanges, deleteBeforeReplace } }];
    });
  const expected = readFileSync(new URL("./expected.json", import.meta.url), "utf8");
  expect(Object.fromEntries(found)).toEqual(JSON.parse(expected));
});

it("user data names the volume, and is a secret", () => {
  const sent = all.find(({ name }) => name === "web-1-droplet")?.inputs.userData;
  const { value: text } = sent as { value: string };
  const config = JSON.parse(text.slice(text.indexOf("\n"))) as Record<string, unknown>;
  expect(config.ssh_keys).toMatchObject({ ecdsa_private: "PRIVATE" });
  expect(config.runcmd).toContainEqual([
    "/usr/local/sbin/longshore-data-volume",
    "/dev/disk/by-id/scsi-0DO_Volume_web-1-data-0000000",
  ]);
});

it("the machine is met by the one-time key, and settled by its own", () => {
  expect(stdin("web-1-first-contact")).toEqual({
    ...{ step: "meet", name: "web-1", machine: "1001" },
    target: { user: "deploy", host: "203.0.113.7", hostKey: "ecdsa-sha2-nistp256 ONCE" },
  });
  expect(stdin("db-1-settled")).toEqual({
    ...{ step: "settle", name: "db-1", authorizedKeys: [KEY], mounted: DATA_FOLDERS },
    target: {
      ...{ user: "ops", host: "203.0.113.9", identityFile: "~/.ssh/deploy" },
      hostKey: `ssh-ed25519 ${"B".repeat(68)}`,
    },
  });
});
