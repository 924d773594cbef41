/** Every resource of machines on EC2, with its exact inputs. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { DATA_FOLDERS } from "../../../../components/hosts/first-contact/user-data.ts";
import { KEY, declareAll } from "./declare.ts";

const all = await declareAll();
const stdin = (name: string) =>
  JSON.parse(all.find((entry) => entry.name === name)?.inputs.stdin as string) as unknown;

it("are these, and no others", () => {
  const found = all
    .filter(({ type }) => type.startsWith("aws:"))
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

it("user data names the volume, and holds no key but the one-time one", () => {
  // A secret is sent in a wrapper.
  const sent = all.find(({ name }) => name === "web-1-machine")?.inputs.userData;
  const { value: text } = sent as { value: string };
  expect(text.startsWith("#cloud-config\n")).toBe(true);
  const config = JSON.parse(text.slice(text.indexOf("\n"))) as Record<string, unknown>;
  expect(config.ssh_keys).toEqual({
    ...{ ecdsa_private: "PRIVATE", ecdsa_public: "ecdsa-sha2-nistp256 ONCE" },
  });
  expect(config.runcmd).toEqual([
    ["systemctl", "try-reload-or-restart", "ssh"],
    [
      "/usr/local/sbin/longshore-data-volume",
      "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0",
    ],
  ]);
});

it("the machine is met by the one-time key, and settled by its own", () => {
  expect(stdin("web-1-first-contact")).toEqual({
    ...{ step: "meet", name: "web-1", machine: "i-0123456789abcdef0" },
    target: { user: "deploy", host: "203.0.113.7", hostKey: "ecdsa-sha2-nistp256 ONCE" },
  });
  expect(stdin("web-1-settled")).toEqual({
    ...{ step: "settle", name: "web-1", authorizedKeys: [KEY], mounted: DATA_FOLDERS },
    target: { user: "deploy", host: "203.0.113.7", hostKey: `ssh-ed25519 ${"B".repeat(68)}` },
  });
});
