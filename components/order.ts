/** The order of names, the same on every machine. */

/** Compares by code units: what a locale makes of letters changes from one deployer to the next. */
export function byName(x: string, y: string): number {
  if (x === y) return 0;
  return x < y ? -1 : 1;
}
