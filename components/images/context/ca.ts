// Finds the certificates that builds need beyond the public ones, on networks with a private CA.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";

/** Where Debian, Ubuntu and Alpine keep the public ones that they ship. */
const SHIPPED = "/usr/share/ca-certificates/mozilla";
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

const found = new Map<string, string>();

/**
 * The private CA certificates in a bundle, in PEM; empty if it has none, or if there is no bundle.
 * Public ones are left out: a build has those by itself, and a whole bundle (200 KB) in the state of
 * every image makes each preview seconds longer.
 * @param path the bundle; without one, what `SSL_CERT_FILE` and `NODE_EXTRA_CA_CERTS` name
 */
export function privateCertificates(path?: string, env: NodeJS.ProcessEnv = process.env): string {
  const sources: [string, string | undefined][] =
    path === undefined
      ? ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"].map((name) => [name, env[name]])
      : [["ca", path]];
  const named = sources.filter((source): source is [string, string] => Boolean(source[1]));
  const key = JSON.stringify(named);
  const known = found.get(key);
  if (known !== undefined) return known;

  const bundle = named.flatMap(([name, file]) => readBundle(name, file));
  const unique = new Map(bundle.map((certificate) => [bodyOf(certificate), certificate]));
  if (unique.size > 0) for (const body of publicBodies()) unique.delete(body);
  const result = [...unique.values()].map((certificate) => `${certificate}\n`).join("");
  found.set(key, result);
  return result;
}

function readBundle(name: string, file: string): string[] {
  try {
    return readFileSync(file, "utf8").match(CERTIFICATE) ?? [];
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Error(
      `\`${name}\` names the CA bundle \`${file}\`, which cannot be read (${reason}). Name one that can, or unset it.`,
      { cause: error },
    );
  }
}

function publicBodies(): Set<string> {
  const bodies = new Set(rootCertificates.map(bodyOf));
  for (const file of shipped()) {
    for (const certificate of readFileSync(file, "utf8").match(CERTIFICATE) ?? []) {
      bodies.add(bodyOf(certificate));
    }
  }
  return bodies;
}

function shipped(): string[] {
  try {
    return readdirSync(SHIPPED).map((name) => join(SHIPPED, name));
  } catch {
    return [];
  }
}

/** Line breaks differ between bundles. */
function bodyOf(certificate: string): string {
  return certificate.replace(/-----[A-Z ]+-----|\s/g, "");
}
