/** The form of a machine's public host key. */

export const KEY_TYPES = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
];

/** Its type and the key; a comment may follow. */
export const HOST_KEY = new RegExp(
  `^\\s*(${KEY_TYPES.join("|")})\\s+[A-Za-z0-9+/]{40,}={0,2}(\\s|$)`,
);
