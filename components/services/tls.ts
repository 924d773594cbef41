/** HTTPS at the way in: what users write, and what runtimes read. Times in seconds. */
import type * as pulumi from "@pulumi/pulumi";

/** What certificates from a certificate authority, ordered by Longshore, will be asked for with. */
export const ACME = "acme";

export interface TlsArgs {
  /**
   * The certificate in PEM: the site's own first, then each one's issuer. `"acme"` is reserved for certificates that are
   * ordered and renewed by themselves, which come in a later version, and is refused until then.
   * @example readFileSync("fullchain.pem", "utf8")
   */
  certificate: pulumi.Input<string>;
  /**
   * Its private key in PEM, without a passphrase. Kept as a secret, whether given as one or not.
   * @example new pulumi.Config().requireSecret("tlsKey")
   */
  key?: pulumi.Input<string>;
  /**
   * Public port for HTTPS, from 1 to 65535.
   * @default 443
   */
  port?: number;
  /**
   * Whether requests by HTTP are sent to HTTPS (status 308).
   * @default true
   */
  redirect?: boolean;
  /**
   * Tells browsers to use nothing but HTTPS from now on. What they were told cannot be taken back before its time.
   * @default false
   * @example { maxAge: 86400 }
   */
  hsts?: HstsArgs | false;
}

export interface HstsArgs {
  /**
   * How long browsers remember it, in seconds; 0 makes them forget it.
   * @default 31536000
   */
  maxAge?: number;
  /**
   * Also for all domains below the visited one, whoever serves them.
   * @default false
   */
  includeSubDomains?: boolean;
  /**
   * Asks browsers to have it built in, by way of https://hstspreload.org.
   * @default false
   */
  preload?: boolean;
}

/** The same, with every default filled in. */
export interface Tls {
  /** PEM: the site's own certificate first. */
  readonly certificate: pulumi.Output<string>;
  /** PEM. Always a secret output. */
  readonly key: pulumi.Output<string>;
  /** Public port for HTTPS. */
  readonly port: number;
  /** Whether requests by HTTP are sent to HTTPS. */
  readonly redirect: boolean;
  /** `undefined`: browsers are told nothing. */
  readonly hsts: Hsts | undefined;
}

/** What browsers are told to remember. */
export type Hsts = Readonly<Required<HstsArgs>>;
