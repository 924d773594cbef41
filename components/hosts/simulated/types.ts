/** What the processes that make simulated machines are told, and what they find. Plain JSON. */
import type { EngineAddress } from "../../engine/address.ts";

/** Label of all that belongs to one site: its value is the site's. */
export const SITE_LABEL = "longshore.site";

/** What a stack's site is called. @param stack value of the label `longshore.stack`. */
export function siteOf(stack: string): string {
  return stack.replaceAll("/", "-");
}

/** The machines' networks. */
export interface SiteRequest {
  /** Names the site on its engine. */
  site: string;
  dockerHost: EngineAddress;
}

/** A network, and its addresses. */
export interface SiteNetwork {
  name: string;
  subnet: string;
}

export interface SiteFacts {
  /** People and whoever deploys come this way. */
  outside: SiteNetwork;
  /** The machines' own. */
  inside: SiteNetwork;
}

/** One machine. */
export interface MachineRequest extends SiteRequest, SiteFacts {
  name: string;
  /** Tells its addresses: the networks' first ones and ten and this. */
  number: number;
  /** An image that the engine has. */
  image: string;
  /** Of whoever may log in as `deploy`. */
  publicKey: string;
  /** Another text is another machine, with an empty disk. */
  generation: string;
}

export interface MachineFacts {
  address: string;
  privateAddress: string;
  /** Its public host key, made when it first booted. */
  hostKey: string;
}
