// The exports of the kernels by their names. Their modules export by number (tools/number-exports.mjs).

/** The section that lists the names, by number. */
const SECTION = 'lanewise.names';

/** Writes what an instance exports to `into`, by its names. A module without the section has exported by name. */
export function exportsOf(
  module: WebAssembly.Module,
  { exports }: WebAssembly.Instance,
  into: Record<string, unknown> = Object.create(null) as Record<string, unknown>, // has no shape that each name changes
): Record<string, unknown> {
  const [section] = WebAssembly.Module.customSections(module, SECTION);
  if (section === undefined) return Object.assign(into, exports);
  const names = new TextDecoder().decode(section).split(' ');
  for (let i = 0; i < names.length; i++) into[names[i]!] = exports[i];
  return into;
}
