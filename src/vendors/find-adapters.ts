import { readdirSync } from "node:fs";
import type { VendorAdapter } from "./adapter.js";

const folder = new URL("./adapters/", import.meta.url);

/** Every adapter that there is, by its file in `adapters/`; what one needs besides is in a folder there. */
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
