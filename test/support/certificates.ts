/** Certificates of a certificate authority of one's own, made by OpenSSL. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Pair {
  certificate: string;
  key: string;
}

/** Short name of a kind of key. */
const KEYS: Record<string, string[]> = {
  ec: ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
  secp256k1: ["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
  rsa1024: ["rsa:1024"],
  rsa2048: ["rsa:2048"],
};

export class TestAuthority {
  readonly #folder = mkdtempSync(join(tmpdir(), "longshore-certificates-"));
  /** Its own certificate, for clients to trust. */
  readonly root: Pair;

  constructor() {
    this.root = this.#make("ca", "ec", [], "keyUsage=keyCertSign");
  }

  /** A pair for names (`DNS:shop.example.com,IP:127.0.0.1`), valid for 90 days, with the authority's own behind it. */
  issue(names: string, key: keyof typeof KEYS = "ec", name = "site"): Pair {
    const issuer = ["-CA", join(this.#folder, "ca.pem"), "-CAkey", join(this.#folder, "ca.key")];
    return this.#make(name, key, issuer, `subjectAltName=${names}`);
  }

  /** The same key with a passphrase. */
  lock({ key }: Pair): string {
    const args = ["pkey", "-aes256", "-passout", "pass:x"];
    return execFileSync("openssl", args, { input: key, encoding: "utf8", stdio: "pipe" });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #make(name: string, key: string, issuer: string[], extension: string): Pair {
    const file = (ending: string) => join(this.#folder, `${name}.${ending}`);
    const files = ["-keyout", file("key"), "-out", file("pem")];
    const what = ["-subj", `/CN=${name}`, "-days", "90", "-addext", extension];
    const args = ["req", "-x509", "-nodes", "-newkey", ...(KEYS[key] ?? []), ...files, ...what];
    execFileSync("openssl", [...args, ...issuer], { stdio: "pipe" });
    const read = (ending: string) => readFileSync(file(ending), "utf8");
    return { certificate: read("pem"), key: read("key") };
  }
}
