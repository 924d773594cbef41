/** The names that services are told things by. */

/** Most bytes of a variable with its name, or of a word of a command: Linux, MAX_ARG_STRLEN (execve(2)). */
export const STRING_LIMIT = 131_071;

/** A service's name: a DNS label, since it is a host name too. */
export const SERVICE_NAME = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** A variable's name. Dots and dashes as Java programs read them: no shell can export such a name, and none has to. */
export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/;

/** Folder of secrets that are delivered as files. */
export const SECRETS_FOLDER = "/run/secrets";

/**
 * The variables that tell a service where to find one it links to, or a named port of it.
 * @example linkVariables("image-cache") // { host: "IMAGE_CACHE_HOST", port: "IMAGE_CACHE_PORT" }
 * @example linkVariables("api", "grpc") // { host: "API_GRPC_HOST", port: "API_GRPC_PORT" }
 */
export function linkVariables(service: string, portName?: string): { host: string; port: string } {
  const whole = portName === undefined ? service : `${service}-${portName}`;
  const prefix = whole.toUpperCase().replaceAll("-", "_");
  return { host: `${prefix}_HOST`, port: `${prefix}_PORT` };
}

/**
 * The variable that holds the path of a secret's file.
 * @example fileVariable("SESSION_KEY") // "SESSION_KEY_FILE"
 */
export function fileVariable(secret: string): string {
  return `${secret}_FILE`;
}
