/** Formatting of everything prettier understands. */
export default { printWidth: 100, trailingComma: "all" };
