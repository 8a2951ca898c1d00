// Runs first in a server none of whose links can be made.
import { MediaLinks } from "../../../dist/platform/storage/media-links.js";

MediaLinks.prototype.sign = async () => {
  throw new Error("no link today");
};
