/** A property, what is wrong with it, and how to fix it. */
export interface ArgumentFault {
  propertyPath: string;
  reason: string;
}
