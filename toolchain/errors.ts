/** An error whose message is meant for the user: what is wrong, where, and what to do next. */
export class ToolchainError extends Error {
  override name = "ToolchainError";
}

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${messageOf(error.cause)}` : "";
  return `${error.message}${cause}`;
}
