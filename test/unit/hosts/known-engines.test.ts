/** Machines are found in a state by what their components registered. */
import { expect, it } from "vitest";
import { enginesIn } from "../../../components/hosts/known-engines.ts";

const STACK = "urn:pulumi:staging::identidock::";
const ssh = { user: "deploy", host: "203.0.113.7", hostKey: "ssh-ed25519 AAAA" };
const host = (name: string, outputs: object) => ({
  [`${STACK}longshore:hosts:DropletHost::${name}`]: {
    type: "longshore:hosts:DropletHost",
    outputs: outputs as Record<string, unknown>,
  },
});
const part = (type: string, name: string) => ({
  [`${STACK}longshore:hosts:DropletHost$${type}::${name}`]: { type, outputs: {} },
});
const provider = (name: string) => part("pulumi:providers:docker", `${name}-engine`);
const droplet = (name: string) => part("digitalocean:index/droplet:Droplet", `${name}-droplet`);

it("finds those that are there, and none that was forgotten or never came up", () => {
  const engine = { ssh: { ...ssh, port: 2222 } };
  const state = {
    ...{ ...host("web-1", { engine }), ...provider("web-1"), ...droplet("web-1") },
    // Forgotten, gone by a refresh, and one that never came up.
    ...{ ...host("web-2", { engine }), ...droplet("web-2") },
    ...{ ...host("web-3", { engine }), ...provider("web-3") },
    ...{ ...host("web-4", {}), ...provider("web-4"), ...droplet("web-4") },
  };
  expect(enginesIn(state)).toEqual([{ name: "web-1", dockerHost: engine, installs: true }]);
  expect(enginesIn({})).toEqual([]);
});
