/** Maps in a stable order, and without what is not given. */

/** By code units: the same on every machine. */
export const compare = (x: string, y: string) => (x < y ? -1 : x > y ? 1 : 0);

/** The same map, in the order of its keys. */
export function sorted<Value>(map: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(map).sort(([x], [y]) => compare(x, y)));
}

export function mapValues<From, To>(
  map: Readonly<Record<string, From>>,
  change: (value: From, key: string) => To,
): Record<string, To> {
  return sorted(
    Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)])),
  );
}

/** The same object without what is `undefined`, so that it can be spread over defaults. */
export function given<Args extends object>(args: Args | undefined) {
  const entries = Object.entries(args ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Args]: Exclude<Args[Key], undefined> };
}

/** Whether something that was given, whatever it is, has properties by name. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
