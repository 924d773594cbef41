/** What of a container's `user` is known without its image: the numbers. Pure. */

/**
 * Who owns what is made for the container, where the user is a number; without a group, the group of the same number.
 * @example numericOwner("1000") // { uid: "1000", gid: "1000" }
 */
export function numericOwner(user = ""): { uid: string; gid: string } | undefined {
  const [, uid, gid = uid] = /^(\d+)(?::(\d+))?$/.exec(user) ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/**
 * The owner of a folder in memory as options of its mount, as far as it is a number. runc before 1.1.8 (Debian 12's)
 * gives a folder that the image has already the image's mode instead of the wanted one: then only its owner may write
 * there.
 */
export function ownerOptions(user = ""): string[] {
  const [uid = "", gid = ""] = user.split(":");
  if (!/^\d+$/.test(uid)) return [];
  return [`uid=${uid}`, ...(/^\d+$/.test(gid) ? [`gid=${gid}`] : [])];
}
