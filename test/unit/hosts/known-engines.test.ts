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
const provider = (name: string) => ({
  [`${STACK}longshore:hosts:DropletHost$pulumi:providers:docker::${name}-engine`]: {
    ...{ type: "pulumi:providers:docker", outputs: {} },
  },
});

it("finds those that are there, and none that was forgotten or never came up", () => {
  const state = {
    ...host("web-1", { engine: { ssh: { ...ssh, port: 2222 } } }),
    ...provider("web-1"),
    ...host("web-2", { engine: { ssh } }),
    ...host("web-3", {}),
    ...provider("web-3"),
    ...{
      [`${STACK}longshore:hosts:DropletSite::web`]: {
        type: "longshore:hosts:DropletSite",
        outputs: { engine: { ssh } },
      },
    },
  };
  expect(enginesIn(state)).toEqual([
    { name: "web-1", dockerHost: { ssh: { ...ssh, port: 2222 } }, installs: true },
  ]);
  expect(enginesIn({})).toEqual([]);
});
