/**
 * The forwarder of one host: a container that has the published ports and the proxy's address, and hands
 * connections over to the proxy that serves, by sockets in the record's volume. So another proxy takes over without
 * a closed port, and each starts again by itself, in any order. See docs/decisions/0013.
 */
import { readFileSync } from "node:fs";
import { Eta } from "eta";
import type { ReleaseHost } from "../../engine/host.ts";
import type { HostState } from "../types.ts";
import { SERVICE_TLV } from "./peers.ts";
import { PEER_PORTS } from "../../hosts/peer-ports.ts";
import { listenPorts } from "./ports.ts";
import { ADMIN_SOCKET, ENTRY_FOLDER } from "./programs.ts";
import { describeConfig, parseDescription } from "./runtime-api.ts";
import { ProxySockets } from "./sockets.ts";

const eta = new Eta({ autoEscape: false, autoTrim: false });
const template = readFileSync(new URL("./forwarder.cfg.eta", import.meta.url), "utf8");

/** The forwarder's configuration: the ports of `state`. Pure. */
export function renderForwarder(state: HostState): string {
  return render(state, forwarderShape(state));
}

/** Short name of a configuration; a running forwarder shows it as its description. */
function forwarderShape(state: HostState): string {
  return describeConfig(render(state, "*"));
}

function render(state: HostState, description: string): string {
  const { clientTimeout, serverTimeout } = state.settings;
  const text = eta.renderString(template, {
    ...{ description, adminSocket: ADMIN_SOCKET, entry: ENTRY_FOLDER },
    halfClosed: clientTimeout + serverTimeout,
    ports: listenPorts(state),
    ...{ peers: PEER_PORTS, tlv: SERVICE_TLV },
  });
  return `${text.trim()}\n`;
}

/** Controls the forwarder in `container` on `host`. Its file is written together with the proxy's. */
export class Forwarder {
  readonly container: string;
  readonly #host: ReleaseHost;
  readonly #sockets: ProxySockets;

  constructor(host: ReleaseHost, container: string) {
    this.#host = host;
    this.container = container;
    this.#sockets = new ProxySockets(host, container);
  }

  /** Starts it. @throws with its own words if it does not come up. */
  async start(): Promise<void> {
    await this.#host.start(this.container);
    await this.#sockets.untilAnswers("forwarder");
  }

  /** Whether it listens at the ports of `state`. */
  async follows(state: HostState): Promise<boolean> {
    const [answer = ""] = await this.#sockets.tell(["show info"]);
    return parseDescription(answer) === forwarderShape(state);
  }

  /** Takes the file as it is. */
  async reload(): Promise<void> {
    await this.#sockets.reload();
  }
}
