/** The system under load with HTTPS by a certificate authority of the test's own. */
import { X509Certificate } from "node:crypto";
import { type Pair, TestAuthority } from "../../support/certificates.ts";
import { LoadSystem } from "../../support/load/system.ts";
import { shownAt } from "../../support/secure.ts";
import { freePort } from "../../support/test-stack.ts";

export class SecureSite {
  readonly system: LoadSystem;
  readonly authority: TestAuthority;
  /** For HTTPS, on this computer. */
  readonly port: number;
  /** The pair that the last change was to serve. */
  pair: Pair;
  /** What commands printed. */
  readonly printed: string[] = [];

  private constructor(system: LoadSystem, authority: TestAuthority, port: number) {
    this.system = system;
    this.authority = authority;
    this.port = port;
    this.pair = this.issue();
  }

  /** An empty stack. `name` must be unique among what runs at the same time. */
  static async create(name: string): Promise<SecureSite> {
    const system = await LoadSystem.create(name, { drain: 2 });
    return new SecureSite(system, new TestAuthority(), await freePort());
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}/`;
  }

  /** The authority's own certificate. */
  get ca(): string {
    return this.authority.root.certificate;
  }

  issue(key?: string): Pair {
    return this.authority.issue("DNS:shop.example,IP:127.0.0.1", key);
  }

  /** The next update is to serve it; returns what was wanted before. */
  serve(pair: Pair) {
    this.pair = pair;
    return this.system.change({
      proxy: { tls: { ...pair, port: this.port, hsts: { maxAge: 86400 } } },
    });
  }

  async up(): Promise<string> {
    const { output } = await this.system.up();
    this.printed.push(output);
    return output;
  }

  /** Whether a new connection is shown the certificate of a pair. */
  async shows({ certificate }: Pair): Promise<boolean> {
    const { fingerprint } = await shownAt(this.port, this.ca);
    return fingerprint === new X509Certificate(certificate).fingerprint256;
  }

  async destroy(): Promise<void> {
    this.authority.remove();
    await this.system.destroy();
  }
}
