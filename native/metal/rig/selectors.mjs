// The selectors that the stub of Metal.h declares. Each has to be one of Apple's, listed in selectors.txt: a misspelt one would compile
// against the stub and fail only on a Mac.

/** Selectors of the methods and properties of an Objective-C header. */
export function selectorsOf(header) {
  const text = header.replace(/\/\/.*$/gm, '');
  const found = new Set();
  for (const [, declaration] of text.matchAll(/^- \([^)]*(?:\([^)]*\)[^)]*)?\)([^;]+);/gm)) {
    const labels = [...declaration.matchAll(/(\w+):/g)].map(([, label]) => `${label}:`);
    found.add(labels.length ? labels.join('') : declaration.trim());
  }
  for (const [, qualifiers, name] of text.matchAll(/^@property\(([^)]*)\)[^;]*?(\w+);/gm)) {
    found.add(name);
    if (!qualifiers.includes('readonly')) found.add(`set${name[0].toUpperCase()}${name.slice(1)}:`);
  }
  return [...found].sort();
}
