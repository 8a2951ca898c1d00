import { readdirSync } from "node:fs";
import type { VendorAdapter } from "./adapter.js";

const folder = new URL("./adapters/", import.meta.url);

/** Imports all files in `adapters/`. Their helper files are in subfolders. */
export async function findAdapters(): Promise<VendorAdapter[]> {
  const files = readdirSync(folder).filter((name) => /^[a-z0-9-]+\.[jt]s$/.test(name));
  return Promise.all(
    files.sort().map(async (file) => {
      const { adapter } = (await import(new URL(file, folder).href)) as { adapter?: VendorAdapter };
      if (!adapter) throw new Error(`vendors/adapters/${file} exports no adapter`);
      return adapter;
    }),
  );
}
