/** What the backups of a machine are told. Plain JSON; it holds secrets. */
import type { SshTarget } from "../../ssh/target.ts";

/** Which snapshots of a volume stay, beside all of the last 24 hours. */
export interface BackupKeep {
  /** Days of which the last snapshot is kept. @default 7 */
  daily?: number;
  /** Weeks of which the last snapshot is kept. @default 4 */
  weekly?: number;
  /** Months of which the last snapshot is kept. @default 6 */
  monthly?: number;
}

/** A volume that is saved. */
export interface SavedVolume {
  /** `SERVICE/VOLUME`, as the definition calls them. */
  volume: string;
  /** The Docker volume's name on the machine. */
  name: string;
  /** Command in the service's container before; empty: none. */
  before: string[];
  /** And after. */
  after: string[];
}

export interface BackupRequest {
  /** What the machine is called. */
  name: string;
  target: SshTarget;
  /** Name of the volume with the stack's record, whose lock releases take. */
  record: string;
  /** Identity of the stack's state. */
  identity: string;
  volumes: SavedVolume[];
  /** As restic names it. */
  to: string;
  password: string;
  s3?: { accessKeyId: string; secretAccessKey: string; region?: string };
  sftp?: { privateKey: string; hostKey: string; port?: number };
  /** As systemd's `OnCalendar`. */
  schedule: string;
  keep: Required<BackupKeep>;
}
