/** Which images a repository of ECR removes by itself. Pure. */

/** Days after which images without a tag go: what a cache's or another moved tag has left. */
const UNTAGGED_DAYS = 7;
/** Images of each kind of cache that stay. */
const CACHES = 10;

/**
 * A lifecycle policy.
 * @param keep how many images stay, beside caches.
 * @param cacheTags patterns of the caches' tags. An image that a rule is for is none of a later rule's.
 */
export function lifecyclePolicy(keep: number, cacheTags: readonly string[]): string {
  const selections = [
    {
      tagStatus: "untagged",
      ...{ countType: "sinceImagePushed", countUnit: "days", countNumber: UNTAGGED_DAYS },
    },
    // A rule each: a rule with several patterns is for images that match all of them.
    ...[...cacheTags].sort().map((pattern) => ({
      ...{ tagStatus: "tagged", tagPatternList: [pattern] },
      ...{ countType: "imageCountMoreThan", countNumber: CACHES },
    })),
    { tagStatus: "any", countType: "imageCountMoreThan", countNumber: keep },
  ];
  const rules = selections.map((selection, at) => ({
    ...{ rulePriority: at + 1, selection, action: { type: "expire" } },
  }));
  return JSON.stringify({ rules });
}
