/** Machines without and with Docker, as tests change them. */
import type { MachineFacts } from "../../../components/hosts/install/facts.ts";

export const NOW = 1_800_000_000;
export const BARE: MachineFacts = {
  ...{ os: "debian", system: "Debian GNU/Linux 13 (trixie)", architecture: "x86_64", clock: NOW },
  ...{ hasSystemd: true, hasApt: true, packages: {}, hasEngine: false, engine: undefined },
  ...{ containers: 0, liveRestore: false, daemon: undefined, groups: ["deploy"], free: 5_000_000 },
  mostFiles: undefined,
  wanted: undefined,
  storage: {
    ...{ kernel: "6.12.48", disk: "ext2/ext3", ftype: undefined, knows: ["overlay"] },
    ...{ programs: [], current: undefined, holds: 0 },
  },
};
export const HAS: MachineFacts = {
  ...BARE,
  ...{ packages: { "docker.io": "26.1.5" }, hasEngine: true, engine: "26.1.5", containers: 3 },
  ...{ groups: ["deploy", "docker"], daemon: '{"debug":true}' },
  storage: { ...BARE.storage, current: "overlay2", holds: 7 },
};
