// Whether what is on the machine will do, or why not. Pure: facts in, decision out.
import type { Piece } from "./pieces.ts";
import type { Stamp } from "./stamp.ts";

export type Origin = "installed" | "downloaded" | "built";

export interface Facts {
  /** The program is there and may be run. */
  executable: boolean;
  /** Pulumi marks a plugin so while it installs it, and never again if that is cut off. */
  partial: boolean;
  stamp?: Stamp;
  /** The program is the one that the stamp describes. */
  stampMatches?: boolean;
  /** Of the piece's Go module as it is now. */
  fingerprint: string;
  /** What the program says its version is; undefined: it says nothing sensible. */
  version?: string;
}

export type Decision =
  { use: true; origin: Origin; version: string } | { use: false; reason: string };

/** The version is asked for only where no stamp tells it: asking costs a quarter of a second. */
export function mustAsk(facts: Facts): boolean {
  return facts.executable && !facts.partial && facts.stamp === undefined;
}

export function decide(piece: Pick<Piece, "version" | "fits">, facts: Facts): Decision {
  const no = (reason: string): Decision => ({ use: false, reason });
  if (!facts.executable) return no("is not there");
  if (facts.partial) return no("was left half installed");
  const { stamp, version } = facts;
  if (stamp !== undefined) {
    if (facts.stampMatches !== true) return no("was left half installed, or changed since");
    if (stamp.version !== piece.version && stamp.origin === "built") {
      return no(`is ${stamp.version}, and ${piece.version} is wanted`);
    }
    if (stamp.origin === "built" && stamp.fingerprint !== facts.fingerprint) {
      return no("was built from other sources than there are now");
    }
    return { use: true, origin: stamp.origin, version: stamp.version };
  }
  if (version === undefined) return no("does not run");
  if (!piece.fits(version)) return no(`is ${version}, and ${piece.version} is wanted`);
  return { use: true, origin: "installed", version };
}
