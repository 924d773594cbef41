/**
 * Tells each host that a release is written down in the stack's state: a process of its own that runs when
 * Pulumi has saved what the release printed. Until then the host takes a state that knows nothing of the
 * release for that of an update which was killed; afterwards, for an old replica. Never fails: without the
 * word, a replica is not noticed.
 */
import { text } from "node:stream/consumers";
import { printer } from "../../output/printer.ts";
import { connectHost } from "../../engine/engine-host.ts";
import type { HostRequest } from "../types.ts";
import { confirm } from "./record.ts";
import { messageOf } from "../../output/log.ts";

/** What the process is told on standard input. */
export interface ConfirmRequest {
  release: number;
  hosts: Pick<HostRequest, "name" | "dockerHost" | "proxy">[];
}

const log = printer();
const { release, hosts } = JSON.parse(await text(process.stdin)) as ConfirmRequest;
await Promise.all(
  hosts.map(async ({ name, dockerHost, proxy }) => {
    try {
      await confirm(connectHost(name, dockerHost), proxy, release);
    } catch (error) {
      log(`${name}: release ${release} is not confirmed: ${messageOf(error)}`);
    }
  }),
);
