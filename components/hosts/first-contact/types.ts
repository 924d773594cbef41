/** What the first contact with a machine that a cloud has made is told. Plain JSON. */
import type { SshTarget } from "../../ssh/target.ts";

/** The host key by which a new machine is known for its first minutes. */
export interface OneTimeKey {
  /** As in `/etc/ssh/ssh_host_ecdsa_key`. */
  privateKey: string;
  /** Its type and the key. */
  publicKey: string;
}

/** Makes a one-time host key. */
export interface KeyRequest {
  step: "key";
  name: string;
}

/** Lets the machine make its own host key, and reads that. */
export interface MeetRequest {
  step: "meet";
  name: string;
  /** The cloud's id of the machine: another one is another machine, and only then anything is done. */
  machine: string;
  /** With the one-time key. */
  target: SshTarget;
}

/** Ends the one-time key, and brings about who may log in. */
export interface SettleRequest {
  step: "settle";
  name: string;
  /** With the machine's own key. */
  target: SshTarget;
  /** Public keys, as in `authorized_keys`. All others end. */
  authorizedKeys: string[];
  /** Folders that must be on a volume of their own. */
  mounted: string[];
}

export type ContactRequest = KeyRequest | MeetRequest | SettleRequest;

/** What `meet` has found. */
export interface Met {
  machine: string;
  hostKey: string;
}
