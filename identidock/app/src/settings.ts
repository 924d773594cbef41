// Numbers from the environment, checked. The same file is in app/ and dnmonster/ (see service.ts).

/** A setting that cannot be used; its message says which one, what is wrong, and what is wanted. */
export class SettingProblem extends Error {}

/** A whole number from the environment, or the default where it is not set. */
export function wholeNumber(
  env: NodeJS.ProcessEnv,
  name: string,
  fallback: number,
  range: { from: number; to: number },
): number {
  const text = env[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < range.from || value > range.to) {
    throw new SettingProblem(
      `${name} is "${text}". Give a whole number from ${range.from} to ${range.to}, or leave it out for ${fallback}.`,
    );
  }
  return value;
}
