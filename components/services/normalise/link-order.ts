/** Start order of services that link to each other. */

/** An order in which what is linked to comes first, and the circles that make it impossible. */
export interface LinkOrder {
  /** All names; a circle's are in the order they were met. */
  order: string[];
  /** Each a closed walk without its end, e.g. `["a", "b"]` for a → b → a. */
  circles: string[][];
}

/**
 * Orders services so that each comes after those it links to; among equals by name.
 * @param links service → the services it links to; other names are ignored.
 * @example linkOrder({ app: ["redis"], redis: [] }).order // ["redis", "app"]
 */
export function linkOrder(links: Readonly<Record<string, readonly string[]>>): LinkOrder {
  const order: string[] = [];
  const circles: string[][] = [];
  const done = new Set<string>();
  const visit = (name: string, walk: string[]) => {
    const start = walk.indexOf(name);
    if (start >= 0) circles.push(walk.slice(start));
    if (start >= 0 || done.has(name)) return;
    for (const next of [...(links[name] ?? [])].sort()) {
      if (Object.hasOwn(links, next)) visit(next, [...walk, name]);
    }
    done.add(name);
    order.push(name);
  };
  for (const name of Object.keys(links).sort()) visit(name, []);
  return { order, circles };
}
