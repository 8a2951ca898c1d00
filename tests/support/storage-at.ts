import { pino } from "pino";
import { type Clock, systemClock } from "../../src/platform/base/clock.js";
import { Keyring } from "../../src/platform/crypto/keyring.js";
import { createStorage } from "../../src/platform/storage/create-storage.js";
import { MediaLinks } from "../../src/platform/storage/media-links.js";
import { storageLocation, storageSettings } from "../../src/platform/storage/storage.config.js";
import type { Storage } from "../../src/platform/storage/storage.js";

const keyring = new Keyring(["a secret of at least thirty-two bytes"]);

/** The storage that these settings name. */
export function storageAt(
  settings: Record<string, string>,
  { clock = systemClock, logger = pino({ level: "silent" }) }: { clock?: Clock; logger?: pino.Logger } = {},
): Promise<Storage> {
  const links = new MediaLinks(keyring, () => "http://here.test");
  return createStorage(storageLocation(storageSettings.parse(settings), "unused"), { links, clock, logger });
}
