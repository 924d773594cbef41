/** Where images are. */
export { EcrRepository, type EcrRepositoryArgs } from "./ecr-repository.ts";
