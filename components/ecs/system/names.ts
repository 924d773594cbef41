/** What things are called at AWS: the same for as long as the stack is, within AWS's limits. */
import { hashOf } from "../values.ts";

/** Project and stack. */
export interface StackNames {
  project: string;
  stack: string;
}

/** `PROJECT-STACK-PART`, of letters, digits and `-`, at most `most` characters: where it would be longer, a hash ends it. */
export function awsName({ project, stack }: StackNames, part: string, most = 255): string {
  const whole = [project, stack, part].filter((text) => text !== "").join("-");
  const name = whole.replaceAll(/[^A-Za-z0-9-]+/g, "-");
  if (name.length <= most && name === whole) return name;
  const hash = hashOf(whole);
  return `${name.slice(0, most - hash.length - 1)}-${hash}`;
}
