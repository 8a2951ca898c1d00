import { openKeyring } from "../app/secrets.js";
import { systemClock } from "../platform/base/clock.js";
import { createStorage } from "../platform/storage/create-storage.js";
import { MediaLinks } from "../platform/storage/media-links.js";
import type { Storage } from "../platform/storage/storage.js";
import type { CommandTools } from "./with-database.js";

/** The storage that the settings name. */
export function openStorage({ config, logger }: CommandTools): Promise<Storage> {
  const keyring = openKeyring(config.AUTH_SECRET, config.DATA_DIR);
  const links = new MediaLinks(keyring, () => config.PUBLIC_URL ?? "http://localhost");
  return createStorage(config.storage, { links, clock: systemClock, logger });
}
