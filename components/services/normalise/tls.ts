/** HTTPS with every default filled in. */
import * as pulumi from "@pulumi/pulumi";
import { DEFAULTS } from "../defaults.ts";
import type { Tls, TlsArgs } from "../tls.ts";
import { given } from "../values/maps.ts";

export function normaliseTls({ certificate, key = "", ...args }: TlsArgs): Tls {
  const { hsts: strict, ...defaults } = DEFAULTS.proxy.tls;
  const { port = defaults.port, redirect = defaults.redirect, hsts = false } = args;
  return {
    certificate: pulumi.output(certificate),
    key: pulumi.secret(key),
    ...{ port, redirect },
    hsts: hsts === false ? undefined : { ...strict, ...given(hsts) },
  };
}
