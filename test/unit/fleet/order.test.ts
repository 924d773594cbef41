/** The order of names is the same under every locale: it decides names of volumes, and what is replaced. */
import { execaNode } from "execa";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../../support/test-stack.ts";

/** Of which English and Danish, Estonian or Lithuanian make different orders. */
const NAMES = ["aa", "b", "y", "z", "ä", "Z", "i", "k", "_", "A_B", "AB"];

const PROGRAM = `
import { byName } from "${join(ROOT, "components/order.ts")}";
import { labels } from "${join(ROOT, "components/fleet/resources/container.ts")}";
import { fingerprint } from "${join(ROOT, "components/releases/fingerprint.ts")}";
const names = ${JSON.stringify(NAMES)};
const all = Object.fromEntries(names.map((name) => [name, name]));
console.log(JSON.stringify({
  locale: [...names].sort((x, y) => x.localeCompare(y)),
  byName: [...names].sort(byName),
  labels: labels("stack", all).map(({ label }) => label),
  fingerprint: fingerprint("key", "app", all),
}));`;

async function under(locale: string) {
  const { stdout } = await execaNode({
    env: { LC_ALL: locale, LANG: locale },
    nodeOptions: ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e"],
  })(PROGRAM);
  const { locale: byLocale, ...ours } = JSON.parse(stdout) as Record<string, unknown>;
  return { byLocale, ours };
}

describe("the order of names", () => {
  it("is the same where the locale's is another one", async () => {
    const english = await under("en_US.UTF-8");
    for (const locale of ["da_DK.UTF-8", "lt_LT.UTF-8"]) {
      const there = await under(locale);
      expect(there.byLocale).not.toEqual(english.byLocale);
      expect(there.ours).toEqual(english.ours);
    }
  });
});
